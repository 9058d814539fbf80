import { fail, show } from "@rsdix/internal";
import { platform } from "#assets";
import type { Asset } from "./assets";

/** What reading reports: bytes of the file as it lies there, not of what it holds. */
export interface AssetReading {
  /** Bytes after which it is FILE_TOO_LARGE, counted as read and as unpacked. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** Gives each piece of a stream's bytes to `consume`, unpacked where the stream begins as gzip does. */
export async function eachPiece(
  stream: ReadableStream<Uint8Array>,
  what: string,
  { maxBytes, signal, onRead }: AssetReading,
  consume: (piece: Uint8Array) => void,
): Promise<void> {
  let read = 0;
  const count = (total: number) => {
    if (total > maxBytes) fail("FILE_TOO_LARGE", `${what} has more than ${maxBytes} bytes: it is not what it should be.`);
    if (signal?.aborted) fail("ABORTED", `${what} was being read when that was stopped.`, signal.reason);
    return total;
  };
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      read = count(read + piece.length);
      onRead?.(read);
      controller.enqueue(piece);
    },
  });
  const { first, rest } = await peek(stream.pipeThrough(counted));
  const isGzip = first !== undefined && first[0] === 0x1f && first[1] === 0x8b;
  const pieces = isGzip ? rest.pipeThrough(new DecompressionStream("gzip") as TransformStream<Uint8Array, Uint8Array>) : rest;
  const reader = pieces.getReader();
  try {
    for (let unpacked = 0; ; ) {
      const { value, done } = await reader.read();
      if (done) return;
      unpacked = count(unpacked + value.length);
      consume(value);
    }
  } catch (error) {
    await reader.cancel().catch(() => {});
    if ((error as { name?: string }).name === "RsdixError") throw error;
    count(0);
    fail("FILE_CORRUPT", `${what} can't be unpacked: ${(error as Error).message}. Fetch it again.`, error);
  }
}

/** The first piece of a stream with two bytes or more, and the whole of it. */
async function peek(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  let first: Uint8Array | undefined;
  while (first === undefined || first.length < 2) {
    const { value, done } = await reader.read();
    if (done) break;
    first = first === undefined ? value : Uint8Array.of(...first, ...value);
  }
  let given = first === undefined;
  const rest = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (!given) {
        given = true;
        controller.enqueue(first!);
        return;
      }
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return { first, rest };
}

/** All bytes of a stream, unpacked. */
export async function allBytes(stream: ReadableStream<Uint8Array>, what: string, reading: AssetReading): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  await eachPiece(stream, what, reading, (piece) => {
    pieces.push(piece);
    length += piece.length;
  });
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Bytes that are there already. */
function assetOf(bytes: Uint8Array): Asset {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
  return { stream, size: bytes.length };
}

/** The file that `from` names, or the bytes that it is, under a name for messages. */
export async function openAsset(
  from: string | URL | Uint8Array,
  what: string,
  signal: AbortSignal | undefined,
): Promise<Asset & { readonly name: string }> {
  if (from instanceof Uint8Array) return { ...assetOf(from), name: what };
  if ((typeof from !== "string" && !(from instanceof URL)) || from === "") {
    fail("INVALID_ARGUMENT", `${what} must be a path, an address or bytes, got ${from === "" ? "an empty text" : show(from)}.`);
  }
  if (signal?.aborted) fail("ABORTED", `Reading ${from} was stopped.`, signal.reason);
  return { ...(await platform.open(from, signal)), name: String(from) };
}
