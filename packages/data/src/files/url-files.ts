import { addressBelow, fail, shownUrl } from "@rsdix/internal";
import { type Answer, checkLength } from "./answer";
import { type ByteSource, sourceOf } from "./byte-source";
import { type FileStore, MAX_FILE_BYTES } from "./file-store";
import { guardedStore } from "./guarded-store";
import { type Network, streamUrl } from "./network";

/** The files below an address, read by name. The parameters of a signed address go with every file. */
export function urlFiles(address: URL, network: Network): FileStore {
  const base = new URL(address);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  const name = shownUrl(base.href);
  const urlOf = (file: string) => addressBelow(base, file);
  return guardedStore({
    name,
    names: async () =>
      fail("INVALID_ARGUMENT", `The files of ${name} can be read but not listed, as servers tell no names. Open a zip file or a folder.`),
    read: (file, { maxBytes, signal }) => fetchBytes(urlOf(file), network, maxBytes, signal),
    stream: (file, part) => streamUrl(urlOf(file), network, part),
  });
}

/** All bytes of an address. FILE_TOO_LARGE by what the server says, and by what it sends. */
async function fetchBytes(url: string, network: Network, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  const what = shownUrl(url);
  const check = ({ header }: Answer) => checkLength(header("Content-Length"), maxBytes, what);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of streamUrl(url, network, { start: 0, end: Number.POSITIVE_INFINITY, signal, check })) {
    size += chunk.length;
    if (size > maxBytes) fail("FILE_TOO_LARGE", `${what} has at least ${size} bytes, more than the limit of ${maxBytes}.`);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** A file at an address, read by range; where the server can't, or hides that it can, it is loaded as a whole. */
export async function urlSource(url: string, network: Network, signal?: AbortSignal): Promise<ByteSource> {
  const name = shownUrl(url);
  let size = Number.NaN;
  let version: string | null = null;
  const note = ({ status, header }: Answer) => {
    size = status === 206 ? Number(/\/(\d+)$/.exec(header("Content-Range") ?? "")?.[1] ?? Number.NaN) : Number.NaN;
    version = header("ETag");
  };
  for await (const _ of streamUrl(url, network, { start: 0, end: 1, signal, check: note })) break;
  if (!Number.isSafeInteger(size)) return sourceOf(await fetchBytes(url, network, MAX_FILE_BYTES, signal), name);
  const check = ({ status, header }: Answer) => {
    const total = /\/(\d+)$/.exec(header("Content-Range") ?? "")?.[1];
    if (status !== 206 || total !== String(size) || header("ETag") !== version) {
      fail("FILE_CORRUPT", `${name} was replaced on the server while it was read: open it again.`);
    }
  };
  return {
    name,
    size,
    async read(start, end, signal) {
      const bytes = new Uint8Array(end - start);
      let at = 0;
      if (end > start) {
        for await (const chunk of streamUrl(url, network, { start, end, signal, check })) {
          bytes.set(chunk, at);
          at += chunk.length;
        }
      }
      return bytes.subarray(0, at);
    },
  };
}
