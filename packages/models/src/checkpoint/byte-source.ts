import { fail, show } from "@rsdix/internal";

/** A file that is read in pieces wherever it lies, never as a whole. */
export interface ByteSource {
  /** Its length in bytes. */
  readonly size: number;
  /** The bytes from `start` up to, not including, `end`; in memory of their own, which the reader may keep. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A Blob (a File that a user chose, a download) as a source: the browser keeps it on disk until a piece is asked for. */
function blobSource(blob: Blob): ByteSource {
  return { size: blob.size, read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()) };
}

/** What a reader was given, as a source. */
export function sourceOf(file: Blob | ByteSource): ByteSource {
  if (file instanceof Blob) return blobSource(file);
  if (typeof file?.read === "function" && Number.isSafeInteger(file.size) && file.size >= 0) return file;
  return fail(
    "INVALID_ARGUMENT",
    `A checkpoint is read from a Blob or a { size, read }, got ${show(file)}. Of bytes in memory, make a Blob.`,
  );
}

/** A piece of a source; fails where the source gives fewer bytes than it said it has. */
export async function readExactly(source: ByteSource, start: number, end: number): Promise<Uint8Array> {
  const bytes: unknown = await source.read(start, end);
  if (!(bytes instanceof Uint8Array))
    fail("INVALID_ARGUMENT", `A source must give a Uint8Array for bytes ${start} to ${end}, got ${show(bytes)}.`);
  if (bytes.byteLength !== end - start) {
    fail("FILE_CORRUPT", `The file ended at byte ${start + bytes.byteLength} while it was being read; its size was ${source.size}.`);
  }
  return bytes;
}

/** Throws for what often lies in the place of a checkpoint: git-lfs's pointer to it, and the web page that a wrong address gave. */
export function refuseStandIn(start: Uint8Array, expected: string): void {
  const text = String.fromCharCode(...start.subarray(0, 8)).toLowerCase();
  const isPointer = text === "version ";
  if (!isPointer && !/^\s*<(!doc|html|head|body|\?xml)/.test(text)) return;
  const found = isPointer
    ? "the pointer that git keeps in place of a large file: run `git lfs pull`, or download the file itself"
    : "a web page, as a wrong address gives, or one that wants a login";
  fail("FILE_CORRUPT", `Not a ${expected}: it is ${found}.`);
}
