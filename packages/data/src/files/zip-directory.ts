import { fail } from "@rsdix/internal";
import type { Entry, Reader } from "@zip.js/zip.js";
import { filenameProblem } from "../filename-problem";
import type { ByteSource } from "./byte-source";
import { isLitter, storeName } from "./file-name";
import { MAX_FILES } from "./file-store";
import { reasonOf } from "./reason-of";

/** Where a file lies in a zip file. The library's own entries take 7 kB each, 800 MB for the largest data sets. */
export interface ZipEntry {
  /** Where its local header begins. */
  readonly offset: number;
  /** Bytes of its name as the zip file has it. */
  readonly nameBytes: number;
  readonly compressedSize: number;
  readonly size: number;
  /** 0: stored, 8: deflate. */
  readonly method: number;
  readonly crc32: number;
  readonly encrypted: boolean;
}

/** A directory of this size has millions of files. */
const MAX_DIRECTORY_BYTES = 2 ** 30;
const LOCAL_HEADER_BYTES = 30;

/** Reads what files a zip file has. Folders, links and what macOS or Windows added are left out. */
export async function readDirectory(source: ByteSource, signal?: AbortSignal): Promise<Map<string, ZipEntry>> {
  const { Reader, ZipReader } = await import("@zip.js/zip.js"); // 200 kB: only who opens a zip file needs it
  const zip = new ZipReader(readerOf(source, Reader, signal), { useWebWorkers: false });
  const entries = new Map<string, ZipEntry>();
  const listing = zip.getEntriesGenerator({ filenameValidation: "tolerant" });
  try {
    for await (const entry of listing) {
      if (entries.size >= MAX_FILES) fail("FILE_TOO_LARGE", `${source.name} has more than ${MAX_FILES} files.`);
      add(entries, entry, source.name);
    }
  } catch (error) {
    refuse(error, source);
  }
  checkOverlaps(entries, source.name);
  return entries;
}

function readerOf(source: ByteSource, base: typeof Reader, signal: AbortSignal | undefined): Reader<void> {
  class SourceReader extends base<void> {
    override size = source.size;
    override async readUint8Array(index: number, length: number): Promise<Uint8Array> {
      if (signal?.aborted) fail("ABORTED", `Opening ${source.name} was stopped.`, signal.reason);
      if (length > MAX_DIRECTORY_BYTES) {
        fail("FILE_TOO_LARGE", `The directory of ${source.name} has ${length} bytes, more than the limit of ${MAX_DIRECTORY_BYTES}.`);
      }
      const start = Math.min(Math.max(index, 0), source.size);
      return source.read(start, Math.min(start + length, source.size), signal);
    }
  }
  return new SourceReader();
}

function add(entries: Map<string, ZipEntry>, entry: Entry, zip: string): void {
  const name = storeName(entry.filename);
  const problem = filenameProblem(entry.filename);
  if (problem) fail("FILE_CORRUPT", `${zip} isn't opened: the name of its entry ${JSON.stringify(entry.filename)} ${problem}.`);
  if (entry.directory || /[/\\]$/.test(entry.filename) || entry.symlink || isLitter(name)) return;
  if (entries.has(name)) fail("FILE_CORRUPT", `${zip} isn't opened: it has two files named "${name}", and readers differ on which counts.`);
  entries.set(name, {
    offset: entry.offset,
    nameBytes: entry.rawFilename.length,
    compressedSize: entry.compressedSize,
    size: entry.uncompressedSize,
    method: entry.compressionMethod,
    crc32: entry.crc32 ?? 0, // only encrypted ones are without
    encrypted: entry.encrypted,
  });
}

/** Files that share bytes are how a small zip file holds petabytes. */
function checkOverlaps(entries: ReadonlyMap<string, ZipEntry>, zip: string): void {
  const ordered = [...entries].sort(([, a], [, b]) => a.offset - b.offset);
  for (const [i, [name, { offset, nameBytes, compressedSize }]] of ordered.entries()) {
    const next = ordered[i + 1];
    if (next && offset + LOCAL_HEADER_BYTES + nameBytes + compressedSize > next[1].offset) {
      fail("FILE_CORRUPT", `${zip} isn't opened: its files "${name}" and "${next[0]}" overlap.`);
    }
  }
}

function refuse(error: unknown, { name, size }: ByteSource): never {
  if ((Object(error) as Error).name === "RsdixError") throw error;
  const reason = reasonOf(error);
  const why = /not recognized|not found/i.test(reason) ? "it is no zip file, or was cut off: fetch it again" : "it is refused";
  fail("FILE_CORRUPT", `${name} (${size} bytes) can't be opened as a zip file: ${why} (${reason}).`, error);
}
