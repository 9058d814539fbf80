import { crc32, fail } from "@rsdix/internal";
import { type ByteSource, readExactly } from "./byte-source";

/** A file of an archive, as the archive's directory describes it. */
interface ZipEntry {
  readonly name: string;
  /** Its length in bytes. */
  readonly size: number;
  /** How it is compressed: 0 is stored as it is, the only one that can be read. */
  readonly method: number;
  /** The checksum of its bytes; 0 where torch was told not to write any. */
  readonly crc: number;
  /** Where its own header lies. */
  readonly offset: number;
  /** Where it has ended at the latest: the next entry's header, or the directory. */
  readonly limit: number;
}

/** An archive whose directory was read and checked; the entries' bytes are read when they are asked for. */
export interface ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** Bytes `begin` to `end` of an entry, by default all of it. */
  read(entry: ZipEntry, begin?: number, end?: number): Promise<Uint8Array>;
}

/** GPT-2 XL has 580 arrays, each an entry; this many are an attack on memory. */
const MAX_ENTRIES = 50_000;
/** An entry of torch takes under 100 bytes of the directory. */
const MAX_DIRECTORY_BYTES = 8_000_000;

/** Entries up to here are compared with their checksum. Of larger ones it would take longer than to load them, and they are read in parts. */
const MAX_CHECKED_BYTES = 1_000_000;

const END_SIZE = 22;
const MAX_COMMENT = 0xffff;
const ZIP64_LOCATOR_SIZE = 20;
const ZIP64_END_SIZE = 56;
const ENTRY_SIZE = 46;
const LOCAL_SIZE = 30;
const IN_ZIP64 = 0xffffffff; // stands for a number that is in the 64-bit extra field

/**
 * Opens a zip archive by its directory, which lies at the end. Torch stores its entries without compression, so that any part of any of
 * them can be read alone. The checksum of a small entry that is read as a whole is compared: the pickle's, and those of small arrays.
 *
 * Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function openZip(source: ByteSource): Promise<ZipArchive> {
  const directory = await findDirectory(source);
  if (directory.count > MAX_ENTRIES || directory.size > MAX_DIRECTORY_BYTES) {
    fail(
      "FILE_TOO_LARGE",
      `The zip archive lists ${directory.count} entries in ${directory.size} bytes; at most ${MAX_ENTRIES} in ${MAX_DIRECTORY_BYTES} are read.`,
    );
  }
  const entries = parseDirectory(await readExactly(source, directory.start, directory.start + directory.size), directory);
  const starts = new Map<ZipEntry, Promise<number>>();
  return {
    entries,
    async read(entry, begin = 0, end = entry.size) {
      if (!(begin >= 0 && begin <= end && end <= entry.size)) {
        fail("INVALID_ARGUMENT", `"${entry.name}" has ${entry.size} bytes; ${begin} to ${end} were asked for.`);
      }
      const known = starts.get(entry) ?? locate(source, entry);
      starts.set(entry, known);
      const start = await known;
      const bytes = await readExactly(source, start + begin, start + end);
      if (entry.crc !== 0 && bytes.length === entry.size && entry.size <= MAX_CHECKED_BYTES && crc32(bytes) !== entry.crc) {
        corrupt(`"${entry.name}" has another checksum than the archive says: it was damaged on its way`);
      }
      return bytes;
    },
  };
}

interface Directory {
  readonly start: number;
  readonly size: number;
  readonly count: number;
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  const { size } = source;
  if (size < END_SIZE) corrupt(`it has ${size} bytes, fewer than the ${END_SIZE} of an empty one`);
  const from = Math.max(0, size - END_SIZE - MAX_COMMENT - ZIP64_LOCATOR_SIZE);
  const tail = viewOf(await readExactly(source, from, size));
  let at = tail.byteLength - END_SIZE;
  // The end record is the one whose comment ends with the file: a signature within a comment is text.
  while (at >= 0 && !(tail.getUint32(at, true) === 0x06054b50 && at + END_SIZE + tail.getUint16(at + 20, true) === tail.byteLength)) at--;
  if (at < 0) corrupt("it has no end record: it is cut off, or no zip file at all");
  const end = from + at;
  const hasLocator = at >= ZIP64_LOCATOR_SIZE && tail.getUint32(at - ZIP64_LOCATOR_SIZE, true) === 0x07064b50;
  if (hasLocator) return zip64Directory(source, numberAt(tail, at - ZIP64_LOCATOR_SIZE + 8), end - ZIP64_LOCATOR_SIZE);
  if (tail.getUint32(at + 4, true) !== 0) corrupt("it is one of several parts");
  return checkDirectory(
    tail.getUint16(at + 8, true),
    tail.getUint16(at + 10, true),
    tail.getUint32(at + 12, true),
    tail.getUint32(at + 16, true),
    end,
  );
}

async function zip64Directory(source: ByteSource, start: number, limit: number): Promise<Directory> {
  if (start + ZIP64_END_SIZE > limit) corrupt(`its 64-bit end record is said to start at byte ${start}, too near ${limit}`);
  const end = viewOf(await readExactly(source, start, start + ZIP64_END_SIZE));
  if (end.getUint32(0, true) !== 0x06064b50) corrupt(`no 64-bit end record at byte ${start}`);
  if (end.getUint32(16, true) !== 0 || end.getUint32(20, true) !== 0) corrupt("it is one of several parts");
  return checkDirectory(numberAt(end, 24), numberAt(end, 32), numberAt(end, 40), numberAt(end, 48), start);
}

/** The directory must end where the end record starts: nothing in front of the archive shifts its offsets, nothing hides in between. */
function checkDirectory(here: number, count: number, size: number, start: number, end: number): Directory {
  if (here !== count) corrupt(`its directory has ${here} of ${count} entries: it is one of several parts`);
  if (start + size !== end) corrupt(`its directory is said to take bytes ${start} to ${start + size}, but the end record starts at ${end}`);
  if (count * ENTRY_SIZE > size) corrupt(`its directory of ${size} bytes is too small for ${count} entries`);
  return { start, size, count };
}

function parseDirectory(bytes: Uint8Array, directory: Directory): Map<string, ZipEntry> {
  const view = viewOf(bytes);
  const found: (Omit<ZipEntry, "limit"> & { nameBytes: number })[] = [];
  let at = 0;
  for (let i = 0; i < directory.count; i++) {
    if (at + ENTRY_SIZE > bytes.length || view.getUint32(at, true) !== 0x02014b50) corrupt(`entry ${i} of its directory isn't one`);
    const nameBytes = view.getUint16(at + 28, true);
    const extra = at + ENTRY_SIZE + nameBytes;
    const comment = extra + view.getUint16(at + 30, true);
    const next = comment + view.getUint16(at + 32, true);
    if (next > bytes.length) corrupt(`entry ${i} of its directory goes beyond its end`);
    const name = checkName(decodeName(bytes.subarray(at + ENTRY_SIZE, extra)));
    if (view.getUint16(at + 8, true) & 1) corrupt(`"${name}" is encrypted`);
    const stated = { size: view.getUint32(at + 24, true), packed: view.getUint32(at + 20, true), offset: view.getUint32(at + 42, true) };
    const { size, packed, offset } = widened(stated, viewOf(bytes.subarray(extra, comment)), name);
    const method = view.getUint16(at + 10, true);
    if (method === 0 && packed !== size) corrupt(`"${name}" is stored, yet has ${size} bytes in ${packed}`);
    if (offset + LOCAL_SIZE + nameBytes + packed > directory.start) corrupt(`"${name}" goes beyond the archive's data: it is cut off`);
    found.push({ name, size, method, crc: view.getUint32(at + 16, true), offset, nameBytes });
    at = next;
  }
  if (at !== bytes.length) corrupt(`its directory has ${bytes.length - at} bytes more than its entries`);
  return withLimits(found, directory.start);
}

/** Entries by name, each bounded by the one that follows it in the file. */
function withLimits(found: readonly (Omit<ZipEntry, "limit"> & { nameBytes: number })[], dataEnd: number): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  const ordered = [...found].sort((a, b) => a.offset - b.offset);
  for (const [i, { nameBytes, ...entry }] of ordered.entries()) {
    const limit = ordered[i + 1]?.offset ?? dataEnd;
    const least = entry.offset + LOCAL_SIZE + nameBytes + (entry.method === 0 ? entry.size : 0);
    if (least > limit) corrupt(`"${entry.name}" overlaps what follows it at byte ${limit}`);
    if (entries.has(entry.name)) corrupt(`it has "${entry.name}" twice`);
    entries.set(entry.name, { ...entry, limit });
  }
  return entries;
}

/** Sizes and offsets of 4 GB and more lie in an extra field, in this order, each only where it is needed. */
function widened<T extends Record<"size" | "packed" | "offset", number>>(stated: T, extra: DataView, name: string): T {
  const missing = (["size", "packed", "offset"] as const).filter((key) => stated[key] === IN_ZIP64);
  if (missing.length === 0) return stated;
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const length = extra.getUint16(at + 2, true);
    if (extra.getUint16(at, true) === 1 && length >= 8 * missing.length && at + 4 + length <= extra.byteLength) {
      return { ...stated, ...Object.fromEntries(missing.map((key, i) => [key, numberAt(extra, at + 4 + 8 * i)])) };
    }
    at += 4 + length;
  }
  return corrupt(`"${name}" lacks the 64-bit numbers that it says it has`);
}

/** Where an entry's bytes start: after its own header, whose padding only the header tells. */
async function locate(source: ByteSource, { name, size, method, offset, limit }: ZipEntry): Promise<number> {
  if (method !== 0) {
    fail("FILE_CORRUPT", `"${name}" is compressed (method ${method}), which torch never does: save the checkpoint again with torch.save.`);
  }
  const header = viewOf(await readExactly(source, offset, offset + LOCAL_SIZE));
  if (header.getUint32(0, true) !== 0x04034b50) corrupt(`"${name}" has no header at byte ${offset}`);
  const nameEnd = offset + LOCAL_SIZE + header.getUint16(26, true);
  const start = nameEnd + header.getUint16(28, true);
  if (start + size > limit) corrupt(`"${name}" has ${size} bytes from byte ${start}, beyond what follows it at ${limit}`);
  if (decodeName(await readExactly(source, offset + LOCAL_SIZE, nameEnd)) !== name) corrupt(`"${name}" has another name in its own header`);
  if (header.getUint16(8, true) !== 0) corrupt(`"${name}" is compressed in its own header, but not in the directory`);
  const sizeFollows = (header.getUint16(6, true) & 8) !== 0; // streamed: the header was written before the size was known
  const stated = header.getUint32(22, true);
  if (!sizeFollows && stated !== IN_ZIP64 && stated !== size)
    corrupt(`"${name}" has ${stated} bytes in its own header, ${size} in the directory`);
  return start;
}

/** A name that leads out of its folder has no business in a checkpoint, even though nothing here is ever unpacked to disk. */
function checkName(name: string): string {
  const leads = name.startsWith("/") || /^[a-z]:/i.test(name) || /[\\\0]/.test(name) || name.split("/").includes("..");
  return leads ? corrupt(`it has an entry named ${JSON.stringify(name)}, which leads out of its folder`) : name;
}

function decodeName(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    return corrupt("it has an entry whose name isn't UTF-8", error);
  }
}

function numberAt(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : corrupt(`it claims ${value} bytes or entries`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function corrupt(what: string, cause?: unknown): never {
  fail("FILE_CORRUPT", `Not a usable zip archive: ${what}.`, cause);
}
