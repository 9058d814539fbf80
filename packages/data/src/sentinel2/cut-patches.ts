import type { RgbImage } from "@rsdix/image";
import { checkOptions, checkRange, checkSignal, fail, show } from "@rsdix/internal";
import { heard } from "../caller-function";
import { checkFunctions } from "../check-inputs";
import { toLonLat } from "./coordinates";
import type { Samples } from "./raster";
import { type RowAt, RowWindow } from "./row-window";
import type { Sentinel2Scene } from "./scene";
import { type Stretch, type StretchOptions, stretchesOf } from "./stretch";

/** Options of `cutPatches`. */
export interface CutPatchesOptions {
  /** Rows and columns of a patch; 224 unless told otherwise. */
  readonly size?: number;
  /** How far one patch is from the next, in pixels; `size` unless told otherwise, so that patches touch. */
  readonly stride?: number;
  /** How numbers become bytes; a reflectance of 0 to 0.3 unless told otherwise. */
  readonly stretch?: StretchOptions;
  /** The largest part of a patch that was not seen, 0 to 1; 0 unless told otherwise. What was not seen is black. */
  readonly maxNoData?: number;
  /** The largest part of a patch that is cloud, 0 to 1; 0 unless told otherwise. It wants SCL when it is given. */
  readonly maxCloud?: number;
  /** SCL's classes that count as cloud; 8, 9, 10 (medium and high probability, thin cirrus) unless told otherwise; 3 is the shadow of clouds. */
  readonly cloudClasses?: readonly number[];
  /** Told of each patch that is left out, and waited for; what it throws, or rejects with, ends the cutting, as it is. */
  readonly onSkip?: (patch: SkippedPatch) => void;
  /** Stops the cutting. */
  readonly signal?: AbortSignal;
}

/** A patch that is left out. */
export interface SkippedPatch extends PatchPart {
  /** Why. */
  readonly reason: "no data" | "cloud";
}

/** Where in the scene a patch is, and how much of it is missing. */
export interface PatchPart {
  /** Its first column in the scene. */
  readonly x: number;
  /** Its first row in the scene. */
  readonly y: number;
  /** The part of it that was not seen, 0 to 1. */
  readonly noData: number;
  /** The part of it that is cloud, 0 to 1; 0 without SCL. */
  readonly cloud: number;
}

/** A patch of a scene. */
export interface Sentinel2Patch extends PatchPart {
  /** What it shows, in true colour. */
  readonly image: RgbImage;
  /** Its edges in the units of the scene's reference system: west, south, east, north. */
  readonly bounds: readonly [west: number, south: number, east: number, north: number];
  /** EPSG number of the reference system. */
  readonly epsg: number;
  /** Longitude of its middle in degrees (WGS 84). */
  readonly longitude: number;
  /** Latitude of its middle in degrees (WGS 84). */
  readonly latitude: number;
}

/** SCL's class of pixels that were not seen. */
const NOT_SEEN = 0;

/**
 * Cuts a scene into patches in true colour, row by row from the upper left, with their coordinates; those with missing pixels or cloud are left out, and
 * so is what remains at the right and lower edge. Memory holds the rows of one patch, not the scene.
 *
 * @param scene - a scene of `openSentinel2`.
 * @param options - `size` (224), `stride` (`size`), `stretch`, what is left out (`maxNoData` 0, `maxCloud` 0, `cloudClasses`), `onSkip`, `signal`.
 * @returns the patches, one at a time.
 * @throws RsdixError INVALID_ARGUMENT for a number out of range, a patch larger than the scene, `maxCloud` without SCL, or a reference system that isn't
 * UTM, EPSG:3857 or EPSG:4326; FILE_CORRUPT naming the file, also where it lies nowhere on Earth or more than 1,000 km from the middle of its UTM zone;
 * MISSING_DEPENDENCY without proj4; ABORTED; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { cutPatches, openSentinel2 } from "@rsdix/data";
 * import { writeArrayBuffer } from "geotiff";
 * const place = { ProjectedCSTypeGeoKey: 32632, ModelPixelScale: [10, 10, 0], ModelTiepoint: [0, 0, 0, 500000, 5000000, 0] };
 * const file = await writeArrayBuffer(new Uint16Array(2 * 4 * 3).fill(1500), { width: 4, height: 2, SamplesPerPixel: 3, ...place });
 * const scene = await openSentinel2(new Uint8Array(file)); // or { red: "B04.tif", green: "B03.tif", blue: "B02.tif", scl: "SCL.tif" }
 * const degrees: number[] = [];
 * for await (const { image, longitude } of cutPatches(scene, { size: 2 })) degrees.push(longitude, image.data[0]);
 * if (degrees.length !== 4 || degrees[1] !== 128) throw new Error("expected two patches of middle grey");
 * ```
 * @see https://sentiwiki.copernicus.eu/web/s2-products
 */
export async function* cutPatches(scene: Sentinel2Scene, options: CutPatchesOptions = {}): AsyncGenerator<Sentinel2Patch, void, undefined> {
  const { size, stride, maxNoData, maxCloud, cloudClasses, onSkip, signal } = readCutOptions(options);
  if (typeof scene?.layers !== "object") fail("INVALID_ARGUMENT", `cutPatches takes a scene of openSentinel2, got ${show(scene)}.`);
  if (options.maxCloud !== undefined && !scene.hasClasses) {
    fail("INVALID_ARGUMENT", "maxCloud needs the scene classification: open the scene with scl.");
  }
  const { width, height, layers, noData } = scene;
  if (size > width || size > height)
    fail("INVALID_ARGUMENT", `A patch of ${size} pixels is larger than the scene of ${width} x ${height}.`);
  const { raster } = layers.rgb[0];
  const lonLat = await toLonLat(scene.epsg, raster.name);
  const stretches = await stretchesOf(scene, options.stretch, signal);
  const bands = layers.rgb.map((layer) => new RowWindow(layer.raster, layer.band, signal));
  const classes = layers.scl && new RowWindow(layers.scl.raster, layers.scl.band, signal);
  const factor = layers.scl ? Math.round(width / layers.scl.raster.width) : 1;
  const clouds = new Set(cloudClasses);

  for (let y = 0; y + size <= height; y += stride) {
    const rows = await Promise.all(bands.map((band) => band.moveTo(y, y + size)));
    const classRows = await classes?.moveTo(Math.floor(y / factor), Math.floor((y + size - 1) / factor) + 1);
    const classOf = classRows && ((column: number, row: number) => classRows(Math.floor(row / factor))[Math.floor(column / factor)]!);
    for (let x = 0; x + size <= width; x += stride) {
      if (signal?.aborted) fail("ABORTED", `Cutting ${raster.name} was stopped at row ${y}.`, signal.reason);
      const { image, unseen, cloudy } = cutOne(x, y, size, rows, stretches, noData, classOf, clouds);
      const part = { x, y, noData: unseen / size ** 2, cloud: cloudy / size ** 2 };
      if (part.noData > maxNoData) await heard(onSkip?.({ ...part, reason: "no data" }), signal);
      else if (part.cloud > maxCloud) await heard(onSkip?.({ ...part, reason: "cloud" }), signal);
      else {
        const { west, north, dx, dy } = raster.place;
        const bounds = [west + x * dx, north - (y + size) * dy, west + (x + size) * dx, north - y * dy] as const;
        const [longitude, latitude] = lonLat((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2);
        yield { ...part, image, bounds, epsg: scene.epsg!, longitude, latitude };
      }
    }
  }
}

/** The names of the options of `cutPatches`. */
export const CUT_OPTIONS: readonly (keyof CutPatchesOptions)[] = [
  ...(["size", "stride", "stretch", "maxNoData", "maxCloud", "cloudClasses", "onSkip", "signal"] as const),
];

/** The options with their defaults, as far as they can be checked without a scene. */
export function readCutOptions(options: CutPatchesOptions) {
  checkOptions(options, CUT_OPTIONS, "cutPatches");
  const { size = 224, stride = size, maxNoData = 0, maxCloud = 0, cloudClasses = [8, 9, 10], onSkip, signal } = options;
  checkFunctions({ onSkip });
  checkSignal(signal);
  checkRange(size, "size", { min: 1, max: 4096, integer: true });
  checkRange(stride, "stride", { min: 1, max: 1e6, integer: true });
  checkRange(maxNoData, "maxNoData", { min: 0, max: 1 });
  checkRange(maxCloud, "maxCloud", { min: 0, max: 1 });
  if (!Array.isArray(cloudClasses)) fail("INVALID_ARGUMENT", `cloudClasses must be a list of SCL's classes, got ${show(cloudClasses)}.`);
  for (const value of cloudClasses) checkRange(value, "cloudClasses", { min: 0, max: 255, integer: true });
  return { size, stride, maxNoData, maxCloud, cloudClasses, onSkip, signal };
}

/** One patch's bytes, and how many of its pixels were not seen or are cloud. */
function cutOne(
  left: number,
  top: number,
  size: number,
  rowAt: readonly RowAt[],
  stretches: readonly Stretch[],
  noData: number,
  classOf: ((column: number, row: number) => number) | undefined,
  clouds: ReadonlySet<number>,
): { image: RgbImage; unseen: number; cloudy: number } {
  const data = new Uint8Array(size * size * 3);
  let unseen = 0;
  let cloudy = 0;
  for (let y = 0; y < size; y++) {
    const rows = rowAt.map((at) => at(top + y).subarray(left, left + size));
    for (let x = 0, out = y * size * 3; x < size; x++, out += 3) {
      const seenAs = classOf?.(left + x, top + y);
      if (seenAs !== undefined && clouds.has(seenAs)) cloudy++;
      const missing = isMissing(rows, x, noData);
      if (missing || seenAs === NOT_SEEN) unseen++;
      if (missing) continue; // it stays black
      for (let c = 0; c < 3; c++) data[out + c] = stretches[c]!(rows[c]![x]!);
    }
  }
  return { image: { width: size, height: size, data }, unseen, cloudy };
}

/** Whether one of the bands has no number there. */
function isMissing(rows: readonly Samples[], x: number, noData: number): boolean {
  for (const row of rows) if (row[x] === noData || Number.isNaN(row[x])) return true;
  return false;
}
