import { constants, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { fail, type RsdixError } from "@rsdix/internal";
import { whyUnread } from "./why-unread";

/** Without O_NONBLOCK, opening a pipe waits for somebody to write to it, and nothing can stop that. Windows has neither. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** V8's longest text, in bytes of UTF-8 at least. */
const LONGEST_TEXT = 2 ** 29 - 24;
/** As much as a pipe holds at a time, as a rule. */
const PIECE_BYTES = 1 << 16;
/** Between two looks at a pipe that has nothing to read. */
const LOOK_EVERY_MS = 20;
/** Who writes to a pipe has begun to by then. */
const BEGUN_WITHIN_MS = 5000;

/** How a file is read. */
export interface ReadFileOptions {
  /** What to name in a folder's place, for messages: "the YAML file". */
  readonly wanted: string;
  /** The most bytes, beyond which it is the wrong file; as many as a text holds unless told otherwise. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads a file that a user names, or what is written to a pipe that they name: `--config <(…)`, `/dev/stdin`, a named pipe.
 *
 * @throws RsdixError FILE_NOT_FOUND for what cannot be read, or a pipe that nobody begins to write to; FILE_TOO_LARGE; ABORTED.
 */
export async function readGiven(path: string, { wanted, maxBytes = LONGEST_TEXT, signal }: ReadFileOptions): Promise<Buffer> {
  return opened(path, wanted, signal, async (handle) => {
    const status = await handle.stat();
    if (status.isFile()) return readWhole(handle, status.size, path, maxBytes, signal);
    if (status.isDirectory()) fail("FILE_NOT_FOUND", `${path} cannot be read: it is a folder; name ${wanted}.`);
    return readStream(handle, status.isFIFO(), path, maxBytes, signal);
  });
}

/**
 * Reads a file that lies where one of ours should be.
 *
 * @throws RsdixError FILE_NOT_FOUND for what cannot be read, a pipe and a device among it, which may have no end; FILE_TOO_LARGE; ABORTED.
 */
export async function readFound(path: string, { wanted, maxBytes = LONGEST_TEXT, signal }: ReadFileOptions): Promise<Buffer> {
  return withFound(path, { wanted, ...(signal && { signal }) }, (handle, size) => readWhole(handle, size, path, maxBytes, signal));
}

/**
 * Whether a path is that of a pipe or of a program's input: its name tells nothing, and it can be read once. What cannot be looked at is none, which its reader
 * complains of.
 */
export function isStream(path: string): boolean {
  try {
    const status = statSync(path);
    return !status.isDirectory() && (!status.isFile() || /^\/(dev|proc)\//.test(path)); // /dev/stdin may be a file, whose name is not to be had
  } catch {
    return false;
  }
}

/** Opens such a file for what reads it piece by piece. */
export async function withFound<T>(
  path: string,
  { wanted, signal }: Pick<ReadFileOptions, "wanted" | "signal">,
  read: (handle: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  return opened(path, wanted, signal, async (handle) => {
    const status = await handle.stat();
    if (status.isFile()) return read(handle, status.size);
    const what = status.isDirectory() ? "a folder" : "a pipe, a device or a socket";
    return fail("FILE_NOT_FOUND", `${path} cannot be read: it is ${what}; name ${wanted}.`);
  });
}

/** The text of a file as {@link readFound} reads it; undefined where there is none. */
export async function textThere(path: string, wanted: string): Promise<string | undefined> {
  const bytes = await readFound(path, { wanted }).catch((error: RsdixError) => {
    if ((error.cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return undefined;
    throw error;
  });
  return bytes?.toString("utf8");
}

/** Opens a file, and says in any case which one could not be read, and why. */
async function opened<T>(
  path: string,
  wanted: string,
  signal: AbortSignal | undefined,
  read: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  try {
    const handle = await open(path, FLAGS);
    return await read(handle).finally(() => handle.close());
  } catch (cause) {
    if ((cause as RsdixError).name === "RsdixError") throw cause;
    if (signal?.aborted) return fail("ABORTED", `Reading ${path} was stopped.`, signal.reason);
    const shown = path === "" ? '""' : path; // as an unset $VARIABLE is
    return fail("FILE_NOT_FOUND", `${shown} cannot be read: ${whyUnread(cause as NodeJS.ErrnoException, wanted)}.`, cause);
  }
}

async function readWhole(handle: FileHandle, size: number, path: string, maxBytes: number, signal?: AbortSignal): Promise<Buffer> {
  if (size > maxBytes) failTooLarge(path, `has ${size} bytes, more than`, maxBytes);
  return handle.readFile({ ...(signal && { signal }) });
}

/** What is written to a pipe or comes from a device, to its end. */
async function readStream(handle: FileHandle, isPipe: boolean, path: string, maxBytes: number, signal?: AbortSignal): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let total = 0;
  let begun = !isPipe; // a pipe that nobody has opened for writing reads as one that was closed
  for (const since = performance.now(); ; ) {
    if (signal?.aborted) fail("ABORTED", `Reading ${path} was stopped.`, signal.reason);
    const piece = await readPiece(handle);
    if (piece === undefined || piece.length > 0) begun = true;
    else if (begun) return Buffer.concat(pieces);
    else if (performance.now() - since > BEGUN_WITHIN_MS)
      fail("FILE_NOT_FOUND", `${path} cannot be read: it is a pipe, and in ${BEGUN_WITHIN_MS / 1000} seconds nobody began to write to it.`);
    if (piece === undefined || piece.length === 0) {
      await wait(LOOK_EVERY_MS, undefined, { ...(signal && { signal }) }).catch(() => undefined); // the signal is looked at above
      continue;
    }
    pieces.push(piece);
    total += piece.length;
    if (total > maxBytes) failTooLarge(path, "goes on beyond", maxBytes);
  }
}

/** What there is to read; nothing at the end; undefined where there is nothing yet. */
async function readPiece(handle: FileHandle): Promise<Buffer | undefined> {
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, null);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}

function failTooLarge(path: string, what: string, maxBytes: number): never {
  const why = maxBytes === LONGEST_TEXT ? ": a JavaScript text holds no more" : "";
  fail("FILE_TOO_LARGE", `${path} ${what} the limit of ${maxBytes} bytes${why}.`);
}
