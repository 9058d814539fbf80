import { crc32, fail } from "@rsdix/internal";
import { type ByteSource, pieces } from "./byte-source";
import { decompressed } from "./decompress";
import type { ZipEntry } from "./zip-directory";

const LOCAL_HEADER_BYTES = 30;
const SIGNATURE = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
/** How many bytes one byte of deflate can stand for, by its format: 258 for 2 bits. */
const MAX_EXPANSION = 1032;
/** Extra fields of local headers are longer than those of the directory by less than this; more is read again. */
const EXTRA_BYTES = 256;

/** Throws FILE_CORRUPT where a file can't be what the directory says, before anything is read or allocated. */
function checkEntry(entry: ZipEntry, what: string): void {
  const { method, size, compressedSize, encrypted } = entry;
  if (encrypted) fail("FILE_CORRUPT", `${what} is encrypted, which isn't read here. Unpack the zip file and open the folder.`);
  if (method !== STORED && method !== DEFLATED) {
    fail("FILE_CORRUPT", `${what} is compressed by method ${method}; read are stored (0) and deflate (8). Pack the zip file again.`);
  }
  const possible = method === STORED ? size === compressedSize : size <= MAX_EXPANSION * compressedSize;
  if (!possible) fail("FILE_CORRUPT", `${what} can't have ${size} bytes: the zip file has ${compressedSize} for it.`);
}

/** A file of a zip file, piece by piece, checked by its size and its CRC-32 at the end. */
export async function* entryBytes(
  source: ByteSource,
  entry: ZipEntry,
  what: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  checkEntry(entry, what);
  const packed = compressedBytes(source, entry, what, signal);
  let size = 0;
  let crc = 0;
  for await (const piece of entry.method === STORED ? packed : decompressed(packed, "deflate-raw", what)) {
    size += piece.length;
    if (size > entry.size) break;
    crc = crc32(piece, crc);
    yield piece;
  }
  if (size > entry.size) fail("FILE_CORRUPT", `${what} has more than the ${entry.size} bytes that the zip file says it has.`);
  if (size < entry.size) fail("FILE_CORRUPT", `${what} has ${size} of ${entry.size} bytes.`);
  if (crc !== entry.crc32) fail("FILE_CORRUPT", `${what} is damaged: its CRC-32 is ${hex(crc)}, not ${hex(entry.crc32)}.`);
}

const hex = (value: number) => value.toString(16).padStart(8, "0");

async function* compressedBytes(source: ByteSource, entry: ZipEntry, what: string, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const { offset, nameBytes, compressedSize } = entry;
  if (offset + LOCAL_HEADER_BYTES > source.size) fail("FILE_CORRUPT", `${what} isn't at byte ${offset}, where the zip file says it is.`);
  const guess = Math.min(LOCAL_HEADER_BYTES + nameBytes + EXTRA_BYTES + Math.min(compressedSize, 2 ** 20), source.size - offset);
  const head = await source.read(offset, offset + guess, signal);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < LOCAL_HEADER_BYTES || view.getUint32(0, true) !== SIGNATURE) {
    fail("FILE_CORRUPT", `${what} isn't at byte ${offset}, where the zip file says it is.`);
  }
  const inside = LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  const end = offset + inside + compressedSize;
  if (end > source.size) fail("FILE_CORRUPT", `${what} goes beyond the end of the zip file, by ${end - source.size} bytes.`);
  const first = head.subarray(inside, inside + compressedSize);
  if (first.length > 0) yield first;
  yield* pieces(source, offset + inside + first.length, end, signal);
}
