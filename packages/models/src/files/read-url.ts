import { checkOptions, checkSignal, fail, show } from "@rsdix/internal";
import { platform } from "#platform";
import type { ByteSource } from "../checkpoint/byte-source";
import { PATIENCE } from "./network";
import { MAX_WHOLE_BYTES, openUrl, roomFor } from "./url-source";

/** How a file is fetched. */
export interface UrlSourceOptions {
  /** What fetches; `fetch` itself by default. */
  readonly fetch?: typeof fetch;
  /** Ends every request, also those of later reads. */
  readonly signal?: AbortSignal;
  /** Sent with every request, for example `{ authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A file on a web server, read by HTTP range requests: of a model of gigabytes only what is needed is downloaded, and nothing is kept; `fromPretrained`
 * takes addresses itself. In a browser another site's server must allow it (CORS); that of Hugging Face does.
 *
 * @param url The file's address, http or https; in a browser it may be relative to the page.
 * @param options What fetches, what ends it, and what is sent along.
 * @returns The file as a source, for `openSafetensors` or `readTorchCheckpoint`. Its `read` throws FILE_CORRUPT when the file there has changed;
 * DOWNLOAD_FAILED, ABORTED. A server that doesn't serve ranges sends the file as a whole into memory.
 * @throws FILE_NOT_FOUND when the server has no such file; DOWNLOAD_FAILED when it can't be reached or refuses, after some attempts; FILE_TOO_LARGE
 * without ranges beyond 2 GiB; ABORTED; INVALID_ARGUMENT when `url` isn't an address; UNKNOWN_OPTION.
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
  const { fetch: get = globalThis.fetch, signal, headers = {} } = checkOptions(options, ["fetch", "signal", "headers"], "urlSource");
  if (typeof get !== "function") fail("INVALID_ARGUMENT", `fetch must be a function, got ${show(get)}.`);
  if (show(headers) !== "[object Object]") {
    fail("INVALID_ARGUMENT", `headers must be an object of text by name, got ${show(headers)}. Of others: Object.fromEntries(headers).`);
  }
  checkHeaders(headers);
  checkSignal(signal);
  const address = addressOf(url);
  const fetch: typeof globalThis.fetch = (input, init) => get(input, { ...init, headers: { ...headers, ...(init?.headers as object) } });
  const file = await openUrl(address, { ...PATIENCE, fetch, signal }, () => {}, roomFor(MAX_WHOLE_BYTES));
  return file ?? fail("FILE_NOT_FOUND", `${address} doesn't exist.`);
}

/** Throws on what no request can be sent with: it would look like a network that fails. */
function checkHeaders(headers: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== "string") fail("INVALID_ARGUMENT", `The header ${JSON.stringify(name)} must be text, got ${show(value)}.`);
    try {
      new Headers([[name, value]]);
    } catch (error) {
      fail(
        "INVALID_ARGUMENT",
        `The header ${JSON.stringify(name)} can't be sent: its name or text has characters that none may have.`,
        error,
      );
    }
  }
}

function addressOf(url: string | URL): string {
  const base = platform.baseUrl;
  const known = (typeof url === "string" || url instanceof URL) && URL.canParse(String(url), base);
  const address = known ? new URL(url, base) : undefined;
  if (address?.protocol === "http:" || address?.protocol === "https:") return address.href;
  return fail("INVALID_ARGUMENT", `url must be an address, http or https, got ${show(url)}.`);
}
