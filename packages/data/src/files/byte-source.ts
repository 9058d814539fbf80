import { fail, type RsdixError, show } from "@rsdix/internal";
import { untilAborted } from "../until-aborted";
import { reasonOf } from "./reason-of";

/** Bytes that are read where they are needed, so that a large file never lies in memory. */
export interface ByteSource {
  /** For messages: a path, a file's name, an address. */
  readonly name: string;
  /** How many there are. */
  readonly size: number;
  /** The bytes from `start` to before `end`, both within it; fewer only where the file has become shorter. */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
}

/** Bytes that lie in memory which threads share as a copy that is one's own: decoders and hashes of platforms refuse the others. */
export function unshared(bytes: Uint8Array): Uint8Array {
  return show(bytes.buffer) === "[object SharedArrayBuffer]" ? new Uint8Array(bytes) : bytes;
}

/** The bytes of a Blob or of an array. FILE_NOT_FOUND where a Blob can't be read any more; ABORTED. */
export function sourceOf(content: Blob | Uint8Array, name: string): ByteSource {
  if (content instanceof Uint8Array) {
    return { name, size: content.length, read: async (start, end) => unshared(content.subarray(start, end)) };
  }
  const read = async (start: number, end: number, signal?: AbortSignal) => {
    // A file that a person picked may lie on a disk that doesn't answer, or was changed or removed since: browsers say NotReadableError or NotFoundError.
    const bytes = await untilAborted(
      signal,
      () => `Reading ${name} was stopped.`,
      () => content.slice(start, end).arrayBuffer(),
    ).catch((error) => {
      if ((Object(error) as RsdixError).name === "RsdixError") throw error; // it was stopped
      return fail("FILE_NOT_FOUND", `${name} can't be read any more (${reasonOf(error)}). Pick it again.`, error);
    });
    return new Uint8Array(bytes);
  };
  return { name, size: content.size, read };
}

/** What is read at once of what is read piece by piece. */
export const PIECE_BYTES = 2 ** 20;

/** A part of a source, piece by piece. */
export async function* pieces(source: ByteSource, start: number, end: number, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
  for (let at = start; at < end; ) {
    const piece = await source.read(at, Math.min(end, at + PIECE_BYTES), signal);
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}
