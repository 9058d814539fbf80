import { fail } from "@rsdix/internal";

/** What the first directory of a TIFF file says of its image; every block lies within the file. */
export interface TiffLayout {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly samples: number;
  readonly compression: number;
  readonly photometric: number;
  readonly predictor: number;
  readonly fillOrder: number;
  readonly orientation: number;
  readonly littleEndian: boolean;
  /** Each channel in blocks of its own. */
  readonly planar: boolean;
  readonly tiled: boolean;
  /** Columns and rows of a strip or tile. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly colours: readonly number[];
  readonly blocks: readonly { readonly offset: number; readonly length: number }[];
}

const TAG = {
  width: 256,
  height: 257,
  bits: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samples: 277,
  rowsPerStrip: 278,
  stripLengths: 279,
  planes: 284,
  predictor: 317,
  colours: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileLengths: 325,
  sampleFormat: 339,
} as const;

/** Bytes of each numeric type that a size, an offset or a setting may have: BYTE, SHORT, LONG, LONG8. */
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };
/** Red, green, blue or cyan, magenta, yellow, black, with as many extra channels as Pillow takes. */
const MAX_SAMPLES = 7;
const SEPARATE = 2;
const UNSIGNED = 1;
const MAX_COLOURS = 3 * 2 ** 16;
/** The most pixels of a tile in an image that has fewer: a tile is unpacked whole. Writers make tiles of 256 to 1024 pixels a side. */
const MAX_TILE = 2 ** 24;
/** The most bytes of all blocks together in a file that has fewer: blocks may share bytes, and each is unpacked. */
const MAX_PACKED = 2 ** 28;
/** As many directories as a file has in practice, and more: one a page, or one a resolution. */
const MAX_DIRECTORIES = 65_535;

/** True for the bytes of a TIFF or BigTIFF file. */
export function isTiff(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  return (a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0) || (a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43));
}

/**
 * Reads the first directory of a TIFF file. `checkSize` is asked before the blocks are listed.
 *
 * @throws RsdixError FILE_CORRUPT where it points outside the file or contradicts itself, or where the values are no whole numbers of one size.
 */
export function readTiffDirectory(bytes: Uint8Array, name: string, checkSize: (width: number, height: number) => void): TiffLayout {
  const corrupt = (problem: string): never => fail("FILE_CORRUPT", `${name} ${problem}. It may be damaged or truncated: fetch it again.`);
  const read = readEntries(bytes, corrupt);
  const one = (tag: number, missing?: number): number =>
    read(tag, 1)[0] ??
    missing ??
    corrupt(`is a TIFF without the tag ${tag} (${Object.entries(TAG).find(([, value]) => value === tag)?.[0]})`);

  const [width, height] = [one(TAG.width), one(TAG.height)];
  if (width < 1 || height < 1) corrupt(`is a TIFF of ${width} x ${height} pixels`);
  checkSize(width, height);
  const samples = one(TAG.samples, 1);
  if (samples < 1 || samples > MAX_SAMPLES) corrupt(`is a TIFF of ${samples} channels, expected 1 to ${MAX_SAMPLES}`);
  const depths = read(TAG.bits, MAX_SAMPLES);
  const bits = depths[0] ?? 1;
  if (depths.some((depth) => depth !== bits)) corrupt(`has channels of different sizes (${depths.join(", ")} bits)`);
  const formats = read(TAG.sampleFormat, MAX_SAMPLES);
  if (formats.some((format) => format !== UNSIGNED)) {
    fail(
      "FILE_CORRUPT",
      `${name} holds ${formats[0] === 3 ? "fractions" : "signed values"}, expected whole numbers of up to 16 bits: it is data, not a picture. Scale it to 8 bits first.`,
    );
  }
  const photometric = one(TAG.photometric, 1);
  if (photometric < 2 && samples > 2) {
    fail(
      "FILE_CORRUPT",
      `${name} has ${samples} channels of grey, which may be any bands: expected red, green and blue. Write the three to show as an RGB image.`,
    );
  }

  const tiled = read(TAG.tileOffsets, 1).length > 0;
  const blockWidth = tiled ? one(TAG.tileWidth) : width;
  const blockHeight = tiled ? one(TAG.tileHeight) : Math.min(one(TAG.rowsPerStrip, height), height);
  if (blockWidth < 1 || blockHeight < 1 || blockWidth * blockHeight > Math.max(width * height, MAX_TILE)) {
    corrupt(`has blocks of ${blockWidth} x ${blockHeight} pixels`);
  }
  const planar = one(TAG.planes, 1) === SEPARATE && samples > 1;
  const count = Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight) * (planar ? samples : 1);
  const offsets = read(tiled ? TAG.tileOffsets : TAG.stripOffsets, count);
  const lengths = read(tiled ? TAG.tileLengths : TAG.stripLengths, count);
  if (offsets.length < count || lengths.length < count) {
    corrupt(`lists ${Math.min(offsets.length, lengths.length)} blocks of pixels, expected ${count}`);
  }
  const blocks = offsets.map((offset, i) => {
    const length = lengths[i]!;
    if (offset + length > bytes.length)
      corrupt(`ends at byte ${bytes.length}, before block ${i} of its pixels (${length} bytes from ${offset})`);
    return { offset, length };
  });
  const packed = lengths.reduce((sum, length) => sum + length, 0);
  if (packed > Math.max(bytes.length, MAX_PACKED))
    corrupt(`has ${packed} bytes in blocks that share them, more than the limit of ${MAX_PACKED}`);
  return {
    ...{ width, height, bits, samples, photometric, tiled, planar, blockWidth, blockHeight, blocks },
    compression: one(TAG.compression, 1),
    predictor: one(TAG.predictor, 1),
    fillOrder: one(TAG.fillOrder, 1),
    orientation: one(TAG.orientation, 1),
    littleEndian: bytes[0] === 0x49,
    colours: read(TAG.colours, MAX_COLOURS),
  };
}

/** A reader of the directory's entries: the first `most` values of a tag. */
function readEntries(bytes: Uint8Array, corrupt: (problem: string) => never) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const big = (little ? bytes[2] : bytes[3]) === 43;
  if (bytes.length < (big ? 16 : 8)) corrupt("is a TIFF that ends within its header");
  const number = (at: number, size: number): number => {
    if (at + size > bytes.length) corrupt(`is a TIFF whose directory ends outside the file (byte ${at} of ${bytes.length})`);
    if (size === 1) return view.getUint8(at);
    if (size === 2) return view.getUint16(at, little);
    return size === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little));
  };
  const word = big ? 8 : 4;
  const directory = number(big ? 8 : 4, word);
  const entries = new Map<number, { type: number; count: number; at: number }>();
  const total = number(directory, big ? 8 : 2);
  const size = 4 + 2 * word;
  const first = directory + (big ? 8 : 2);
  if (first + total * size > bytes.length) corrupt(`is a TIFF whose directory of ${total} entries ends outside the file`);
  for (let i = 0, at = first; i < total; i++, at += size) {
    const tag = number(at, 2);
    if (!entries.has(tag)) entries.set(tag, { type: number(at + 2, 2), count: number(at + 4, word), at: at + 4 + word });
  }
  const seen = new Set([directory]);
  for (let at = first + total * size; at + word <= bytes.length; ) {
    const next = number(at, word);
    if (next === 0 || next + (big ? 8 : 2) > bytes.length) break;
    if (seen.has(next)) corrupt("is a TIFF whose directories lead in a circle");
    if (seen.size >= MAX_DIRECTORIES) corrupt(`is a TIFF of more than ${MAX_DIRECTORIES} directories`);
    seen.add(next);
    at = next + (big ? 8 : 2) + number(next, big ? 8 : 2) * size;
  }
  return (tag: number, most: number): number[] => {
    const entry = entries.get(tag);
    if (!entry) return [];
    const each = TYPE_BYTES[entry.type] ?? corrupt(`is a TIFF whose tag ${tag} has the type ${entry.type}, expected a whole number`);
    const start = entry.count * each <= word ? entry.at : number(entry.at, word);
    if (start + entry.count * each > bytes.length)
      corrupt(`is a TIFF whose tag ${tag} has ${entry.count} values, which end outside the file`);
    return Array.from({ length: Math.min(entry.count, most) }, (_, i) => number(start + i * each, each));
  };
}
