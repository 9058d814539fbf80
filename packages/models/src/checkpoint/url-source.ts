import { checkOptions, fail, show } from "@rsdix/internal";
import type { ByteSource } from "./byte-source";

/** How a file is fetched. */
export interface UrlSourceOptions {
  /** What fetches; `fetch` itself by default. */
  readonly fetch?: typeof fetch;
  /** Ends every request, also those of later reads. */
  readonly signal?: AbortSignal;
  /** Sent with every request, for example `{ authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a response says about the file behind it. */
interface FileState {
  readonly size: number;
  /** A strong ETag, which changes with the file; undefined where the server gives none. */
  readonly tag: string | undefined;
}

/**
 * A file on a web server, read by HTTP range requests: of a model of gigabytes only what is needed is downloaded, and nothing is kept. In a
 * browser another site's server must allow it (CORS); that of Hugging Face does.
 *
 * @param url The file's address, http or https; in a browser it may be relative to the page.
 * @param options What fetches, what ends it, and what is sent along.
 * @returns The file as a source, for `openSafetensors` or `readTorchCheckpoint`. Its `read` throws DOWNLOAD_FAILED when the server doesn't answer
 * with the range that was asked for, or the file there has changed; ABORTED.
 * @throws FILE_NOT_FOUND when the server has no such file; DOWNLOAD_FAILED when it can't be reached, refuses, or doesn't serve ranges; ABORTED;
 * INVALID_ARGUMENT when `url` isn't an address; UNKNOWN_OPTION.
 *
 * @example
 * ```ts
 * import { openSafetensors, urlSource } from "@rsdix/models";
 *
 * async function shapes(url: string) {
 *   const { tensors } = await openSafetensors(await urlSource(url)); // reads the header alone
 *   return [...tensors].map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
 * }
 * await shapes("http://localhost:1/model.safetensors").catch((error) => console.log(error.code)); // DOWNLOAD_FAILED
 * ```
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */
export async function urlSource(url: string | URL, options: UrlSourceOptions = {}): Promise<ByteSource> {
  const address =
    typeof url === "string" || url instanceof URL ? String(url) : fail("INVALID_ARGUMENT", `url must be an address, got ${show(url)}.`);
  const { fetch: get = fetch, signal, headers = {} } = checkOptions(options, ["fetch", "signal", "headers"], "urlSource");
  const request = async (init: RequestInit) => {
    try {
      // A compressed answer has other offsets; browsers forbid the header and know by themselves.
      return await get(address, {
        ...init,
        headers: { ...headers, "accept-encoding": "identity", ...init.headers },
        ...(signal && { signal }),
      });
    } catch (error) {
      return failed(address, error, signal);
    }
  };
  const { size, tag } = await stateOf(address, request);
  const read = async (start: number, end: number) => {
    if (!(start >= 0 && start <= end && end <= size)) {
      fail("INVALID_ARGUMENT", `${address} has ${size} bytes; ${start} to ${end} were asked for.`);
    }
    if (start === end) return new Uint8Array();
    const response = await request({ headers: { range: `bytes=${start}-${end - 1}` } });
    await checkRange(response, address, { start, end, size, tag });
    return body(response, address, end - start, signal);
  };
  return { size, read };
}

type Request = (init: RequestInit) => Promise<Response>;

/** Size and version, by HEAD; by the first byte where a server answers HEAD otherwise (signed addresses are often for GET alone). */
async function stateOf(address: string, request: Request): Promise<FileState> {
  const head = await request({ method: "HEAD" });
  const length = head.headers.get("content-length");
  if (head.ok && length !== null && /^\d+$/.test(length) && !isEncoded(head))
    return { size: checkSize(Number(length), address), tag: tagOf(head) };
  const first = await request({ headers: { range: "bytes=0-0" } });
  await first.body?.cancel();
  if (first.status === 404 || first.status === 410) fail("FILE_NOT_FOUND", `${address} doesn't exist (status ${first.status}).`);
  const range = contentRange(first);
  if (first.status === 416 && range?.size === 0) return { size: 0, tag: tagOf(first) };
  if (first.status !== 206) refused(first, address);
  if (!range) fail("DOWNLOAD_FAILED", `The server of ${address} doesn't tell the file's size. Download the file, and open it as a Blob.`);
  return { size: checkSize(range.size, address), tag: tagOf(first) };
}

function checkSize(size: number, address: string): number {
  return Number.isSafeInteger(size)
    ? size
    : fail("DOWNLOAD_FAILED", `The server says that ${address} has ${size} bytes, which is no size.`);
}

interface Wanted extends FileState {
  readonly start: number;
  readonly end: number;
}

/** The answer must be the range that was asked for, of the file whose size was asked for. */
async function checkRange(response: Response, address: string, { start, end, size, tag }: Wanted): Promise<void> {
  const range = contentRange(response); // another site's is hidden from a browser unless it is exposed; then the length alone tells
  const otherTag = tag !== undefined && (tagOf(response) ?? tag) !== tag;
  const otherRange = range && (range.start !== start || range.end !== end || range.size !== size);
  if (response.status === 206 && !isEncoded(response) && !otherTag && !otherRange && (range || !response.headers.has("content-range")))
    return;
  await response.body?.cancel();
  if (response.status !== 206) refused(response, address);
  if (otherTag || (range && range.size !== size)) fail("DOWNLOAD_FAILED", `${address} was changed while it was being read. Open it again.`);
  const got = `${response.headers.get("content-range")}${isEncoded(response) ? ", compressed" : ""}`;
  fail("DOWNLOAD_FAILED", `The server of ${address} answered with ${got} where bytes ${start} to ${end - 1} were asked for.`);
}

function refused(response: Response, address: string): never {
  const { status } = response;
  if (status === 200) {
    fail("DOWNLOAD_FAILED", `The server of ${address} doesn't serve ranges of bytes. Download the file as a whole, and open it as a Blob.`);
  }
  if (status === 404 || status === 410) fail("FILE_NOT_FOUND", `${address} doesn't exist (status ${status}).`);
  fail("DOWNLOAD_FAILED", `The server of ${address} refuses: status ${status} ${response.statusText}`.trimEnd());
}

/** The bytes, never more than were asked for: a server that goes on and on is cut off. */
async function body(response: Response, address: string, length: number, signal?: AbortSignal): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  const reader = response.body?.getReader();
  let done = 0;
  try {
    for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
      if (done + piece.value.byteLength > length) {
        await reader?.cancel();
        fail("DOWNLOAD_FAILED", `The server of ${address} sent more than the ${length} bytes that were asked for.`);
      }
      bytes.set(piece.value, done);
      done += piece.value.byteLength;
    }
  } catch (error) {
    failed(address, error, signal);
  }
  if (done < length) fail("DOWNLOAD_FAILED", `The server of ${address} sent ${done} of the ${length} bytes that were asked for.`);
  return bytes;
}

function failed(address: string, error: unknown, signal?: AbortSignal): never {
  if ((error as { name?: string }).name === "RsdixError") throw error;
  if (signal?.aborted) fail("ABORTED", `The download of ${address} was ended.`, error);
  const { message, cause } = error as Error & { cause?: { message?: string } };
  const reason = cause?.message ? `${message}: ${cause.message}` : message;
  return fail("DOWNLOAD_FAILED", `${address} can't be downloaded: ${reason}`, error);
}

function contentRange(response: Response): (Wanted & { tag: undefined }) | undefined {
  const header = response.headers.get("content-range") ?? "";
  const [, start, last, size] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(header) ?? [];
  return size === undefined ? undefined : { start: Number(start), end: Number(last) + 1, size: Number(size), tag: undefined };
}

function isEncoded(response: Response): boolean {
  return (response.headers.get("content-encoding") ?? "identity") !== "identity";
}

/** A weak tag says nothing about bytes. */
function tagOf(response: Response): string | undefined {
  const tag = response.headers.get("etag");
  return tag?.startsWith('"') ? tag : undefined;
}
