import { fail, Interrupted, shownUrl } from "@rsdix/internal";
import { sourceOf } from "../checkpoint/byte-source";
import type { OpenFile } from "./model-files";
import { type Answer, checkStatus, type Network, retrying, send } from "./network";
import type { Head } from "./own-response";
import { withoutClose } from "./platform";

/** Told how many of a file's bytes were read, and how many it has. */
export type OnBytes = (loaded: number, total: number) => void;

/** What is fetched at least: configurations come with the first request, small arrays of a checkpoint many at a time. */
const BLOCK_BYTES = 1 << 20;
/** The most bytes of a range: an array of a checkpoint is read in one. */
const MAX_RANGE_BYTES = 2 ** 31;

/** A server that can't send parts of a file makes us hold all of it; a tab of a browser has little more than this. */
export const MAX_WHOLE_BYTES = 2 ** 31;
/** What is held of a file that comes as a whole is put away in pieces of so many bytes: a Blob copies what it is made of. */
const PIECE_BYTES = 16 * BLOCK_BYTES;

/** How much is held where a server can't send parts of files. */
export interface Room {
  /** Bytes of all files together. */
  readonly total: number;
  /** What is left of them. */
  left: number;
}

export const roomFor = (total: number): Room => ({ total, left: total });

/**
 * Opens a file at a URL: read by range as it is asked for; where the server can't, or hides that it can, as a whole, if there is room for it.
 * `undefined` where there is none.
 */
export async function openUrl(url: string, network: Network, onBytes: OnBytes, room: Room): Promise<OpenFile | undefined> {
  const whole = (blob: Blob) => {
    onBytes(blob.size, blob.size);
    return withoutClose(sourceOf(blob));
  };
  return retrying(network, shownUrl(url), async () => {
    const answer = await getStart(url, network, BLOCK_BYTES);
    if (!answer) return undefined;
    const { status, headers } = answer.response;
    if (status === 416) {
      answer.cancel();
      return whole(new Blob([])); // no byte can be had of an empty file
    }
    const range = status === 206 ? parseRange(headers) : undefined;
    if (range && (range.start !== 0 || range.end > Math.min(BLOCK_BYTES, range.total))) {
      answer.cancel();
      fail("FILE_CORRUPT", `${shownUrl(url)}: of the first ${BLOCK_BYTES} bytes the server sends ${headers.get("Content-Range")}.`);
    }
    if (range) return rangeSource(url, network, range.total, headers.get("ETag"), await bytesOf(answer, url, range.end), onBytes);
    if (status !== 206) return whole(await wholeOf(answer, url, room));
    answer.cancel();
    return whole(await wholeOf(await get(url, network, {}), url, room));
  });
}

/** Whether there is a file at a URL; nothing of it is kept. */
export async function isThere(url: string, network: Network): Promise<boolean> {
  return retrying(network, shownUrl(url), async () => {
    const answer = await getStart(url, network, 1);
    answer?.cancel(); // a server that can't send a part would send all of it
    return answer !== undefined;
  });
}

/** The answer for the first bytes of a file; `undefined` where there is none. */
async function getStart(url: string, network: Network, bytes: number): Promise<Answer | undefined> {
  const answer = await send(network, url, { Range: `bytes=0-${bytes - 1}` }, shownUrl(url));
  const { status, headers } = answer.response;
  if (status === 404 || status === 410 || isPage(url, headers)) {
    answer.cancel();
    return undefined;
  }
  if (status !== 416) await checkStatus(answer, shownUrl(url), "Check the address, and that the server lets this page read it (CORS).");
  return answer;
}

/** Servers of single-page applications answer every unknown address with their page. */
function isPage(url: string, headers: Head["headers"]): boolean {
  return /^text\/html/i.test(headers.get("Content-Type") ?? "") && !/\.html?$/.test(new URL(url).pathname);
}

async function get(url: string, network: Network, headers: Record<string, string>): Promise<Answer> {
  const answer = await send(network, url, headers, shownUrl(url));
  await checkStatus(answer, shownUrl(url), "It could be read a moment ago.");
  return answer;
}

function parseRange(headers: Head["headers"]): { start: number; end: number; total: number } | undefined {
  const found = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get("Content-Range") ?? "")?.slice(1);
  const [start, last, total] = found?.map(Number) ?? [];
  if (start === undefined || last === undefined || !Number.isSafeInteger(total)) return undefined;
  return { start, end: last + 1, total: total! };
}

function rangeSource(url: string, network: Network, size: number, etag: string | null, first: Uint8Array, onBytes: OnBytes): OpenFile {
  let block = { start: 0, bytes: first };
  let loaded = first.length;
  onBytes(loaded, size);
  let closed = false;
  const fetchRange = (start: number, end: number): Promise<Uint8Array> =>
    retrying(network, shownUrl(url), async () => {
      const answer = await get(url, network, { Range: `bytes=${start}-${end - 1}` });
      const { status, headers } = answer.response;
      const range = parseRange(headers);
      const changed = status !== 206 || !range || range.start !== start || range.total !== size || headers.get("ETag") !== etag;
      if (changed) {
        answer.cancel();
        fail("FILE_CORRUPT", `${shownUrl(url)} changed while it was being read, or its server stopped sending parts of it: load it again.`);
      }
      const bytes = await bytesOf(answer, url, end - start);
      loaded = Math.min(size, loaded + bytes.length); // what is read twice counts once the file is through
      onBytes(loaded, size);
      return bytes;
    });
  return {
    size,
    close: async () => {
      closed = true;
      block = { start: 0, bytes: new Uint8Array(0) };
    },
    async read(start, end) {
      if (closed) fail("INVALID_ARGUMENT", `${shownUrl(url)} was closed: read what is wanted before.`);
      const last = Math.min(end, size);
      if (last <= start) return new Uint8Array(0);
      const within = ({ start: from, bytes }: typeof block) => start >= from && last <= from + bytes.length;
      if (within(block)) return block.bytes.slice(start - block.start, last - block.start);
      if (last - start >= BLOCK_BYTES) return fetchRange(start, last);
      const read = { start, bytes: await fetchRange(start, Math.min(start + BLOCK_BYTES, size)) };
      block = read; // of the last read: arrays follow each other
      return read.bytes.slice(0, last - start);
    },
  };
}

/** So many bytes of an answer, no more. */
async function bytesOf(answer: Answer, url: string, size: number): Promise<Uint8Array> {
  if (!(size >= 0 && size <= MAX_RANGE_BYTES))
    fail("FILE_TOO_LARGE", `${shownUrl(url)}: ${size} bytes at once are more than memory should hold.`);
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const chunk of answer.chunks()) {
    if (at + chunk.length > size) fail("FILE_CORRUPT", `${shownUrl(url)}: the server sends more than the ${size} bytes that it announced.`);
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at < size) throw new Interrupted(`the connection ended after ${at} of ${size} bytes`);
  return bytes;
}

/** The length of a body that its server announces, if it does. */
function announcedLength(answer: Answer, url: string): number | undefined {
  const text = answer.response.headers.get("Content-Length") ?? undefined;
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  answer.cancel();
  return fail(
    "FILE_CORRUPT",
    `${shownUrl(url)}: the server announces a length of ${JSON.stringify(text)} bytes, which is no number of them.`,
  );
}

async function wholeOf(answer: Answer, url: string, room: Room): Promise<Blob> {
  // Of a body that is compressed the announced length is another.
  const announced = answer.response.headers.get("Content-Encoding") ? undefined : announcedLength(answer, url);
  const pieces: Blob[] = [];
  let chunks: BlobPart[] = [];
  let size = 0;
  let piece = 0;
  const check = (more: number) => {
    if (more <= room.left) return;
    answer.cancel();
    const limit = `more than the ${room.total} bytes that such files may have in all where their server doesn't send parts of them`;
    const hint =
      "Parts can be read of a server that answers Range, with Content-Range exposed; or download the files, and give their folder";
    fail("FILE_TOO_LARGE", `With ${shownUrl(url)} there are ${limit}. ${hint}.`);
  };
  const putAway = () => {
    pieces.push(new Blob(chunks));
    chunks = [];
    piece = 0;
  };
  try {
    check(announced ?? 0);
    for await (const chunk of answer.chunks()) {
      check(chunk.length);
      size += chunk.length;
      room.left -= chunk.length;
      chunks.push(chunk as Uint8Array<ArrayBuffer>);
      piece += chunk.length;
      if (piece >= PIECE_BYTES) putAway();
    }
    // Node ends the body without an error where a page would see one.
    if (announced !== undefined && announced !== size) throw new Interrupted(`the connection ended after ${size} of ${announced} bytes`);
  } catch (error) {
    room.left += size; // nothing of it is kept
    throw error;
  }
  putAway();
  return new Blob(pieces);
}
