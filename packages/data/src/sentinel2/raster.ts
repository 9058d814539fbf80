import { fail, type RsdixError } from "@rsdix/internal";
import type { GeoTIFF, GeoTIFFImage } from "geotiff";
import type { ByteSource } from "../files/byte-source";
import { reasonOf } from "../files/reason-of";
import { untilAborted } from "../until-aborted";
import { blockDecoder } from "./block-decoder";
import { loadGeotiff } from "./load-geotiff";

/** A band's numbers as the file has them. */
export type Samples = Uint8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

/** A GeoTIFF file that is read row by row. */
export interface Raster {
  /** What messages call it. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** How many bands it has. */
  readonly bands: number;
  /** Whether its numbers are bytes, other whole numbers, or fractions. */
  readonly numbers: "bytes" | "whole" | "fractions";
  /** The upper left corner of the first pixel, and a pixel's width and height, in the units of the reference system; north is up. */
  readonly place: { readonly west: number; readonly north: number; readonly dx: number; readonly dy: number };
  /** The reference system's EPSG number, where the file names one. */
  readonly epsg: number | undefined;
  /** What marks a pixel that was not seen, where the file says. */
  readonly noData: number | undefined;
  /** How many rows are stored together. */
  readonly blockRows: number;
  /** Rows `top` to `bottom` (excluded) of a band, row by row. FILE_CORRUPT, ABORTED. */
  rows(band: number, top: number, bottom: number, signal: AbortSignal | undefined): Promise<Samples>;
}

// A Sentinel-2 tile has 10,980 rows and columns; mosaics have more, and a header of 100 bytes can claim anything.
const MAX_SIDE = 200_000;
const MAX_BANDS = 64;
/** What rows that are stored together may have: a row of tiles of 1,024 rows over the widest mosaic. */
const MAX_BLOCK_PIXELS = 1024 * MAX_SIDE;
/** EPSG's number for "defined by the user". */
const USER_DEFINED = 32767;

/** Opens a GeoTIFF file. FILE_CORRUPT, MISSING_DEPENDENCY, ABORTED. */
export async function openRaster(source: ByteSource, signal?: AbortSignal): Promise<Raster> {
  const { GeoTIFF } = await loadGeotiff();
  const { name } = source;
  const { image, keys } = await reading(name, signal, async () => {
    const file: GeoTIFF = await GeoTIFF.fromSource(checkedSource(source) as never, {}, signal);
    const first = await file.getImage(0);
    return { image: first, keys: first.getGeoKeys() };
  });
  const [width, height, bands] = [image.getWidth(), image.getHeight(), image.getSamplesPerPixel()];
  const whole = [width, height, bands].every((count) => Number.isInteger(count) && count > 0);
  if (!whole || width > MAX_SIDE || height > MAX_SIDE || bands > MAX_BANDS) {
    fail(
      "FILE_CORRUPT",
      `${name} claims ${shown(width)} x ${shown(height)} pixels of ${shown(bands)} bands; at most ${MAX_SIDE} a side of ${MAX_BANDS} bands are read.`,
    );
  }
  const [blockRows, blockColumns] = [image.getTileHeight(), image.getTileWidth()];
  if (!(Number.isInteger(blockRows) && blockRows > 0 && blockColumns > 0) || blockRows * Math.max(width, blockColumns) > MAX_BLOCK_PIXELS) {
    fail("FILE_CORRUPT", `${name} stores blocks of ${shown(blockColumns)} x ${shown(blockRows)} pixels: too many to be read at once.`);
  }
  const decoder = blockDecoder({ name, height, littleEndian: image.littleEndian });
  return {
    name,
    width,
    height,
    bands,
    numbers: numbersOf(image, name),
    place: placeOf(image, keys, name),
    epsg: epsgOf(keys),
    noData: image.getGDALNoData() ?? undefined,
    blockRows,
    rows: (band, top, bottom, stop) =>
      reading(name, stop, async () => {
        const window = [0, top, width, bottom];
        const [samples] = await image.readRasters({
          window,
          samples: [band],
          interleave: false,
          pool: decoder as never,
          ...(stop && { signal: stop }),
        });
        const expected = width * (bottom - top);
        if (samples?.length !== expected)
          fail("FILE_CORRUPT", `${name} gave ${samples?.length} of ${expected} pixels. It may be truncated.`);
        return samples as Samples;
      }),
  };
}

type GeoKeys = ReturnType<GeoTIFFImage["getGeoKeys"]>;

/** A number of a damaged file may be none. */
function shown(value: unknown): string {
  return Number.isFinite(value) ? String(value) : "?";
}

/** What geotiff reads from: pieces of the file, none beyond its end. */
function checkedSource({ name, size, read }: ByteSource) {
  if (size === 0) fail("FILE_CORRUPT", `${name} is empty: fetch or write it again.`);
  const slice = async ({ offset, length }: { offset: number; length: number }) => {
    if (!(offset >= 0 && length >= 0 && offset < size))
      fail("FILE_CORRUPT", `${name} points to byte ${shown(offset)}, but has ${size}: it may be truncated, fetch or write it again.`);
    const bytes = await read(offset, Math.min(size, offset + length)); // the header is asked for with more than small files have
    const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    return { offset, length: bytes.length, data };
  };
  return {
    fileSize: size,
    fetchSlice: slice,
    fetch: (slices: readonly { offset: number; length: number }[]) => Promise.all(slices.map(async (part) => (await slice(part)).data)),
    close: async () => undefined,
  };
}

/** Whatever the library throws while it reads a file is about the file. The signal counts though the file's bytes never come. */
async function reading<T>(name: string, signal: AbortSignal | undefined, read: () => Promise<T>): Promise<T> {
  try {
    return await untilAborted(signal, () => `Reading ${name} was stopped.`, read);
  } catch (error) {
    if ((Object(error) as RsdixError).name === "RsdixError") throw error;
    if (error instanceof RangeError)
      fail(
        "FILE_CORRUPT",
        `${name} ends before what its header says (${reasonOf(error)}): it may be truncated, fetch or write it again.`,
        error,
      );
    return fail(
      "FILE_CORRUPT",
      `${name} can't be read as GeoTIFF (${reasonOf(error)}). The bands of a .SAFE folder are JPEG 2000: convert them with gdal_translate.`,
      error,
    );
  }
}

function numbersOf(image: GeoTIFFImage, name: string): Raster["numbers"] {
  const [format, bits] = [image.getSampleFormat(), image.getBitsPerSample()];
  if (format === 3 && (bits === 32 || bits === 64)) return "fractions";
  if (format === 1 && bits === 8) return "bytes";
  if ((format === 1 || format === 2) && (bits === 16 || bits === 32)) return "whole";
  return fail(
    "FILE_CORRUPT",
    `${name} has samples of ${shown(bits)} bits in format ${shown(format)}; 8, 16 or 32 bits, or floats, are read.`,
  );
}

function placeOf(image: GeoTIFFImage, keys: GeoKeys, name: string): Raster["place"] {
  const turned = image.fileDirectory.hasTag("ModelTransformation") ? image.fileDirectory.getValue("ModelTransformation") : undefined;
  if (turned && (turned[1] !== 0 || turned[4] !== 0)) {
    fail("INVALID_ARGUMENT", `${name} is rotated against its reference system: warp it north up first (gdalwarp).`);
  }
  let origin: number[];
  let resolution: number[];
  try {
    [origin, resolution] = [image.getOrigin(), image.getResolution()];
  } catch (error) {
    return fail("INVALID_ARGUMENT", `${name} doesn't say where on Earth it is (it has no geotransform): a GeoTIFF was expected.`, error);
  }
  const [dx, dy] = [resolution[0]!, -resolution[1]!];
  if (![origin[0], origin[1], dx, dy].every(Number.isFinite)) {
    fail(
      "FILE_CORRUPT",
      `${name} doesn't say where on Earth it is: its corner is at (${shown(origin[0])}, ${shown(origin[1])}), its pixels are ${shown(dx)} by ${shown(dy)}. ` +
        "Finite numbers were expected in its geotransform.",
    );
  }
  if (!(dx > 0 && dy > 0)) {
    fail(
      "INVALID_ARGUMENT",
      `${name} isn't north up: its pixels are ${shown(dx)} wide and ${shown(dy)} high, both must be above 0. Warp it first (gdalwarp).`,
    );
  }
  // A file may give the middle of its first pixel in place of its corner.
  const half = keys?.GTRasterTypeGeoKey === 2 ? 0.5 : 0;
  return { west: origin[0]! - half * dx, north: origin[1]! + half * dy, dx, dy };
}

function epsgOf(keys: GeoKeys): number | undefined {
  const epsg = keys?.ProjectedCSTypeGeoKey ?? keys?.GeographicTypeGeoKey;
  return Number.isInteger(epsg) && epsg > 0 && epsg !== USER_DEFINED ? epsg : undefined;
}
