import { unpackTiff } from "@rsdix/image/tiff";
import { fail } from "@rsdix/internal";

/** What geotiff says of a file's blocks (strips or tiles). */
interface BlockLayout {
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly predictor: number;
  readonly bitsPerSample: number | ArrayLike<number>;
  readonly planarConfiguration: number;
}

/** What is known of the image beside them. */
export interface BlockImage {
  readonly name: string;
  readonly height: number;
  readonly littleEndian: boolean;
}

/** The compressions that are read, by TIFF's numbers. */
const READ = [1, 5, 8, 32773, 32946];
/** LZW's longest code of 12 bits stands for some 3,800 bytes; deflate's best is 1,032 to 1. */
const MAX_RATIO = 2600;
const MAX_BLOCK_BYTES = 2 ** 29;

/**
 * What geotiff decodes blocks with, in place of its own decoders: those of geotiff 3 don't end on some LZW data, and inflate whatever comes. Nothing is
 * allocated that the packed bytes couldn't fill.
 */
export function blockDecoder(image: BlockImage) {
  return {
    bindParameters: (compression: number | undefined, layout: BlockLayout) => ({
      decode: async (packed: ArrayBufferLike) => decodeBlock(new Uint8Array(packed), compression ?? 1, layout, image),
    }),
  };
}

function decodeBlock(packed: Uint8Array, compression: number, layout: BlockLayout, image: BlockImage): ArrayBufferLike {
  if (!READ.includes(compression)) {
    fail(
      "FILE_CORRUPT",
      `${image.name} is compressed by TIFF's method ${compression}; none, LZW, deflate and PackBits are read: gdal_translate -co COMPRESS=DEFLATE.`,
    );
  }
  const bits = typeof layout.bitsPerSample === "number" ? [layout.bitsPerSample] : Array.from(layout.bitsPerSample);
  const samples = layout.planarConfiguration === 2 ? 1 : bits.length;
  const size = bits[0]! / 8;
  const rowBytes = layout.tileWidth * samples * size;
  const length = rowBytes * Math.min(layout.tileHeight, image.height);
  if (!Number.isInteger(length) || length > MAX_BLOCK_BYTES || length > MAX_RATIO * packed.length + 4096) {
    fail("FILE_CORRUPT", `${image.name} claims ${length} bytes of a block that ${packed.length} are stored of. It may be truncated.`);
  }
  const bytes = unpack(packed, compression, length, image.name);
  undoPredictor(bytes, rowBytes, samples, size, layout.predictor, image);
  return bytes.buffer.byteLength === bytes.length ? bytes.buffer : bytes.slice().buffer;
}

function unpack(packed: Uint8Array, compression: number, length: number, name: string): Uint8Array {
  try {
    return unpackTiff(packed, compression, length);
  } catch (error) {
    return fail("FILE_CORRUPT", `${name}: ${(error as Error).message}`, error);
  }
}

/** Rows are stored as differences to the sample before (2), of floats with their bytes sorted by weight (3); TIFF 6.0 section 14, technical note 3. */
function undoPredictor(bytes: Uint8Array, rowBytes: number, samples: number, size: number, predictor: number, image: BlockImage): void {
  if (predictor === 1) return;
  if (predictor !== 2 && predictor !== 3) fail("FILE_CORRUPT", `${image.name} has the predictor ${predictor}; 1, 2 and 3 are known.`);
  for (let at = 0; at + rowBytes <= bytes.length; at += rowBytes) {
    const row = bytes.subarray(at, at + rowBytes);
    if (predictor === 3) undoFloats(row, samples, size, image.littleEndian);
    else addUp(row, samples, size, image.littleEndian);
  }
}

/** Sums along a row, each sample on that of the pixel before, as whole numbers of `size` bytes. */
function addUp(row: Uint8Array, samples: number, size: number, littleEndian: boolean): void {
  for (let i = samples * size; i < row.length; i += size) {
    let carry = 0;
    for (let b = 0; b < size; b++) {
      const at = i + (littleEndian ? b : size - 1 - b);
      const sum = row[at]! + row[at - samples * size]! + carry;
      row[at] = sum;
      carry = sum >> 8;
    }
  }
}

function undoFloats(row: Uint8Array, samples: number, size: number, littleEndian: boolean): void {
  for (let i = samples; i < row.length; i++) row[i] = row[i]! + row[i - samples]!;
  const planes = row.slice(); // the bytes of all numbers, the heaviest first
  const count = row.length / size;
  for (let i = 0; i < count; i++) {
    for (let b = 0; b < size; b++) row[i * size + (littleEndian ? size - 1 - b : b)] = planes[b * count + i]!;
  }
}
