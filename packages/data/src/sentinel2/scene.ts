import { checkOptions, checkRange, checkSignal, fail, show } from "@rsdix/internal";
import { platform } from "#files";
import { type ByteSource, sourceOf } from "../files/byte-source";
import { openRaster, type Raster } from "./raster";

/** A GeoTIFF file: its path (Node), a `Blob` (such as a file that a person picked), or its bytes. */
export type GeoTiffSource = string | Blob | Uint8Array;

/** The bands of a scene in a file each, or (with the numbers of its bands) in one file. */
export interface Sentinel2Files {
  /** B04. */
  readonly red: GeoTiffSource;
  /** B03. */
  readonly green: GeoTiffSource;
  /** B02. */
  readonly blue: GeoTiffSource;
  /** SCL, the scene classification of L2A; without it clouds aren't known. */
  readonly scl?: GeoTiffSource;
}

/** Options of `openSentinel2`. */
export interface OpenSentinel2Options {
  /** For one file with all bands: which of them, counted from 0; 0, 1, 2 and no `scl` unless told otherwise. */
  readonly bands?: { readonly red: number; readonly green: number; readonly blue: number; readonly scl?: number };
  /** What marks a pixel that was not seen; what the file says unless told otherwise, and 0 where it says nothing. */
  readonly noData?: number;
  /** Stops the opening. */
  readonly signal?: AbortSignal;
}

/** A Sentinel-2 scene that is open: what `cutPatches` cuts. */
export interface Sentinel2Scene {
  /** Columns. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** EPSG number of its reference system (UTM: 326xx in the north, 327xx in the south), where the file names one. */
  readonly epsg: number | undefined;
  /** Its edges in the units of the reference system (metres in UTM): west, south, east, north. */
  readonly bounds: readonly [west: number, south: number, east: number, north: number];
  /** Whether SCL is there. */
  readonly hasClasses: boolean;
  /** What marks a pixel that was not seen. */
  readonly noData: number;
  /** The bands; `scl` may be coarser by a whole factor. */
  readonly layers: Sentinel2Layers;
}

/** The bands of an open scene. */
interface Sentinel2Layers {
  /** Red, green and blue, of one size. */
  readonly rgb: readonly [Layer, Layer, Layer];
  /** The scene classification. */
  readonly scl: Layer | undefined;
}

/** A band of a file. */
interface Layer {
  /** The file. */
  readonly raster: Raster;
  /** Which of its bands, counted from 0. */
  readonly band: number;
}

/**
 * Opens a Sentinel-2 L2A scene from GeoTIFF: one file with its bands, or B04, B03, B02 and SCL in a file each. Only headers are read.
 *
 * @param source - the file with all bands, or the files of `red`, `green`, `blue` and `scl`.
 * @param options - which `bands` a single file has where (0, 1, 2), what marks `noData`, and `signal`.
 * @returns the scene.
 * @throws RsdixError MISSING_DEPENDENCY without geotiff; FILE_NOT_FOUND; FILE_CORRUPT naming the file; SHAPE_MISMATCH when bands differ in size, place or
 * reference system; INVALID_ARGUMENT for a band that a file hasn't, or a file that isn't georeferenced north up; ABORTED; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { openSentinel2 } from "@rsdix/data";
 * const code = await openSentinel2(Uint8Array.of(1, 2, 3)).catch((error) => error.code);
 * if (code !== "FILE_CORRUPT") throw new Error(`three bytes are no GeoTIFF, got ${code}`);
 * ```
 * @see https://sentiwiki.copernicus.eu/web/s2-products
 */
export async function openSentinel2(source: GeoTiffSource | Sentinel2Files, options: OpenSentinel2Options = {}): Promise<Sentinel2Scene> {
  const { bands, noData, signal } = checkOptions(options, ["bands", "noData", "signal"], "openSentinel2");
  if (noData !== undefined) checkRange(noData, "noData", {});
  checkSignal(signal);
  const open: Open = async (file, what) => openRaster(await byteSource(file, what), signal);
  const layers = isFiles(source) ? await separateFiles(source, bands, open) : await oneFile(source, bands, open);
  const [red, green, blue] = layers.rgb;
  checkTogether(red, green, "green");
  checkTogether(red, blue, "blue");
  if (layers.scl) checkCoarser(red, layers.scl);
  const { width, height, epsg, place } = red.raster;
  return {
    width,
    height,
    epsg,
    bounds: [place.west, place.north - height * place.dy, place.west + width * place.dx, place.north],
    hasClasses: layers.scl !== undefined,
    noData: noData ?? red.raster.noData ?? 0,
    layers,
  };
}

type Open = (file: GeoTiffSource | undefined, what: string) => Promise<Raster>;

function isFiles(source: unknown): source is Sentinel2Files {
  return typeof source === "object" && source !== null && !(source instanceof Blob) && !(source instanceof Uint8Array);
}

async function separateFiles(source: Sentinel2Files, bands: unknown, open: Open): Promise<Sentinel2Layers> {
  checkOptions(source, ["red", "green", "blue", "scl"], "the files of a Sentinel-2 scene");
  if (bands !== undefined) fail("INVALID_ARGUMENT", "bands are of one file with all of them; here each has a file of its own.");
  const layers: Layer[] = [];
  for (const name of ["red", "green", "blue", "scl"] as const) {
    if (name !== "scl" || source.scl !== undefined) layers.push({ raster: await open(source[name], name), band: 0 });
  }
  const [red, green, blue, scl] = layers as [Layer, Layer, Layer, Layer?];
  return { rgb: [red, green, blue], scl };
}

async function oneFile(source: GeoTiffSource, given: OpenSentinel2Options["bands"], open: Open): Promise<Sentinel2Layers> {
  const bands = given ?? { red: 0, green: 1, blue: 2 };
  checkOptions(bands, ["red", "green", "blue", "scl"], "bands");
  const raster = await open(source, "the scene");
  const count = raster.bands === 1 ? "one band" : `${raster.bands} bands`;
  if (given === undefined && raster.bands < 3)
    fail(
      "INVALID_ARGUMENT",
      `${raster.name} has ${count}; red, green and blue are expected as its first three. Take a file that has them, or a file for each: { red, green, blue }.`,
    );
  const layer = (name: "red" | "green" | "blue" | "scl"): Layer => {
    const band = bands[name];
    checkRange(band, `bands.${name}`, { min: 0, integer: true });
    if (band! >= raster.bands) fail("INVALID_ARGUMENT", `bands.${name} is ${band}, but ${raster.name} has ${count}, counted from 0.`);
    return { raster, band: band! };
  };
  return { rgb: [layer("red"), layer("green"), layer("blue")], scl: bands.scl === undefined ? undefined : layer("scl") };
}

async function byteSource(source: GeoTiffSource | undefined, what: string): Promise<ByteSource> {
  if (typeof source === "string" && source !== "") return platform.openSource(source);
  if (source instanceof Blob || source instanceof Uint8Array) {
    const name = (source as Partial<File>).name;
    return sourceOf(source, typeof name === "string" && name !== "" ? name : what);
  }
  return fail("INVALID_ARGUMENT", `openSentinel2 takes a GeoTIFF's path, Blob or bytes for ${what}, got ${show(source)}.`);
}

function checkTogether(red: Layer, other: Layer, name: string): void {
  const [a, b] = [red.raster, other.raster];
  if (a === b) return;
  if (a.width !== b.width || a.height !== b.height) {
    fail(
      "SHAPE_MISMATCH",
      `${a.name} has ${a.width} x ${a.height} pixels, ${b.name} (${name}) ${b.width} x ${b.height}: they must be the same (10 m bands).`,
    );
  }
  checkPlace(a, b);
  if (a.numbers !== b.numbers)
    fail("SHAPE_MISMATCH", `${a.name} holds ${a.numbers}, ${b.name} (${name}) ${b.numbers}: they must be alike.`);
}

function checkCoarser(red: Layer, scl: Layer): void {
  const [a, b] = [red.raster, scl.raster];
  const factor = Math.round(a.width / b.width);
  if (factor < 1 || Math.ceil(a.width / factor) !== b.width || Math.ceil(a.height / factor) !== b.height) {
    fail(
      "SHAPE_MISMATCH",
      `${b.name} (scl) has ${b.width} x ${b.height} pixels, which isn't ${a.name}'s ${a.width} x ${a.height} divided by a whole number (2 for SCL at 20 m).`,
    );
  }
  checkPlace(a, b);
  if (b.numbers === "fractions") fail("INVALID_ARGUMENT", `${b.name} (scl) holds fractions: classes are whole numbers from 0 to 11.`);
}

/** The same upper left corner, to a hundredth of a pixel. */
function checkPlace(a: Raster, b: Raster): void {
  const apart = Math.max(Math.abs(a.place.west - b.place.west) / a.place.dx, Math.abs(a.place.north - b.place.north) / a.place.dy);
  if (apart > 0.01 || a.epsg !== b.epsg) {
    fail(
      "SHAPE_MISMATCH",
      `${a.name} and ${b.name} aren't of the same place: their corners are ${apart.toFixed(2)} pixels apart (EPSG ${a.epsg}, ${b.epsg}).`,
    );
  }
}
