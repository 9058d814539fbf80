import type { PartialFile } from "./platform";
import { failWrite, type Storage } from "./storage-web";

/**
 * Files are kept in pieces of this size, since a browser's storage can't append: so much is in memory while downloading, and so much is
 * lost when the page is closed meanwhile. Whatever is read whole (configurations, vocabularies) has one piece; weights have more.
 */
export const PIECE_BYTES = 32 << 20;

/** A content in pieces. */
export interface Pieces {
  readonly storage: Storage;
  readonly key: string;
  readonly size: number;
}

const pieceKey = (key: string, i: number) => `${key}?piece=${i}`;

/** The pieces that are there, up to the first that is missing or short. */
export async function partsOf({ storage, key, size }: Pieces): Promise<Blob[]> {
  const parts: Blob[] = [];
  for (let i = 0; i === 0 || i * PIECE_BYTES < size; i++) {
    const part = await storage.get(pieceKey(key, i));
    if (part) parts.push(part);
    if (part?.size !== PIECE_BYTES) break;
  }
  return parts;
}

/** A file that is being downloaded; `done` notes that it is whole. */
export async function beginPartial(pieces: Pieces, done: () => Promise<void>): Promise<PartialFile> {
  const { storage, key } = pieces;
  const stored = await partsOf(pieces);
  // The last piece may be short: it is taken back, to be filled.
  let rest: BlobPart[] = stored.at(-1)?.size === PIECE_BYTES ? [] : stored.splice(-1);
  let pending = new Blob(rest).size;
  const size = () => stored.length * PIECE_BYTES + pending;

  const flush = async () => {
    const piece = new Blob(rest);
    await storage.put(pieceKey(key, stored.length), piece);
    if (piece.size === PIECE_BYTES) {
      stored.push((await storage.get(pieceKey(key, stored.length))) ?? piece);
      rest = [];
      pending = 0;
    }
  };
  const clear = async () => {
    for (let i = 0; i <= stored.length; i++) await storage.delete(pieceKey(key, i));
    stored.length = 0;
    rest = [];
    pending = 0;
  };
  const saving = (work: () => Promise<void>) => work().catch((error) => failWrite(key, error));
  return {
    size,
    chunks: () => chunksOf([...stored, new Blob(rest)]),
    write: async (bytes) => {
      for (let at = 0; at < bytes.length; ) {
        const taken = bytes.slice(at, at + PIECE_BYTES - pending);
        rest.push(taken);
        pending += taken.length;
        at += taken.length;
        if (pending === PIECE_BYTES) await saving(flush);
      }
    },
    restart: clear,
    finish: async () => {
      if (pending > 0 || stored.length === 0) await saving(flush);
      await done();
    },
    keep: async () => {
      if (pending > 0) await flush().catch(() => undefined);
    },
    discard: clear,
  };
}

async function* chunksOf(blobs: readonly Blob[]): AsyncGenerator<Uint8Array> {
  for (const blob of blobs) {
    const reader = blob.stream().getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
  }
}
