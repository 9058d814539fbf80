import { fail, pause } from "@rsdix/internal";
import { orAborted } from "./or-aborted";
import { checkedBytes, checkedResponse, type Head, nextPiece, quietly, readerOf, reasonOf } from "./own-response";

/** How requests are made. */
export interface Network {
  readonly fetch: typeof globalThis.fetch;
  readonly signal?: AbortSignal | undefined;
  /** Sent to `tokenOrigin` and nowhere else. */
  readonly token?: string | undefined;
  readonly tokenOrigin?: string | undefined;
  /** How often in a row an attempt may fail without a byte before giving up. */
  readonly attempts: number;
  /** What is waited after the first failure; twice as long after each further one. */
  readonly firstDelayMs: number;
  /** Without a byte for so long a connection counts as broken. */
  readonly stallMs: number;
}

/** Patient enough for a server that restarts, and done within ten seconds where there is none. */
export const PATIENCE = { attempts: 5, firstDelayMs: 300, stallMs: 30_000 };
/** A server that asks for more is obeyed by giving up, with the time in the message. */
const MAX_RETRY_AFTER_S = 30;
/** What the hub says about a model; the largest repositories list some thousand files in 1 MB. */
const MAX_ANSWER_BYTES = 16_000_000;

/** An attempt that failed for a reason that may pass. */
export class Interrupted extends Error {
  constructor(
    message: string,
    readonly details: { cause?: unknown; progressed?: boolean; waitMs?: number } = {},
  ) {
    super(message, { cause: details.cause });
  }
}

/** Repeats what is interrupted, waiting longer each time; throws ABORTED and DOWNLOAD_FAILED. */
export async function retrying<T>(network: Network, what: string, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; ) {
    checkAborted(network, what);
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      failures = error.details.progressed ? 1 : failures + 1;
      if (failures >= network.attempts) {
        const tries = network.attempts === 1 ? "" : ` ${network.attempts} attempts failed.`;
        fail("DOWNLOAD_FAILED", `Can't load ${what}: ${error.message}.${tries} What has arrived is kept: try again later.`, error);
      }
      await pause(error.details.waitMs ?? network.firstDelayMs * 2 ** (failures - 1), network.signal);
    }
  }
}

/** Throws ABORTED once the signal says so. */
export function checkAborted({ signal }: Network, what: string): void {
  if (signal?.aborted) fail("ABORTED", `Loading ${what} was stopped.`, signal.reason);
}

/** An answer whose bytes come in pieces, each awaited no longer than `stallMs`. */
export interface Answer {
  readonly response: Head;
  /** All of its headers, as the fetch gave them. */
  readonly headers: Headers;
  chunks(): AsyncGenerator<Uint8Array, void>;
  /** Ends it without the rest. */
  cancel(): void;
}

/** One request, redirects followed. Failures that may pass are `Interrupted`; ABORTED. Any status comes back. */
export async function send(network: Network, url: string, headers: Record<string, string>, what: string): Promise<Answer> {
  const { signal, stallMs } = network;
  const controller = new AbortController();
  const stop = () => controller.abort();
  let timer = setTimeout(stop, stallMs);
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  const end = () => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  };
  const explain = (error: unknown): never => {
    end();
    checkAborted(network, what);
    if (controller.signal.aborted) throw new Interrupted(`nothing came for ${stallMs / 1000} seconds`, { cause: error });
    const reason = reasonOf(error);
    if (/redirect/i.test(reason)) fail("DOWNLOAD_FAILED", `Can't load ${what}: the server redirects in circles (${reason}).`, error);
    throw new Interrupted(`the connection to ${new URL(url).host} failed (${reason})`, { cause: error });
  };
  /** Ends the request where what came can't be read. */
  const checked = <T>(check: () => T): T => {
    try {
      return check();
    } catch (error) {
      end();
      controller.abort();
      throw error;
    }
  };
  const mayHaveToken = network.token && new URL(url).origin === network.tokenOrigin;
  const sent: Record<string, string> = { ...headers, ...(mayHaveToken && { Authorization: `Bearer ${network.token}` }) };
  // Called without a `this`, as browsers want of their own fetch.
  const { fetch } = network;
  const asked = Promise.resolve().then(() => fetch(url, { headers: sent, signal: controller.signal }));
  const given = await orAborted(asked, controller.signal).catch((error) => {
    quietly(async () => (await asked).body?.cancel()); // it may come all the same, to nobody
    return explain(error);
  });
  const { body, all, ...response } = checked(() => checkedResponse(given));
  return {
    response,
    headers: all,
    cancel: () => {
      end();
      controller.abort();
      quietly(() => body?.cancel()); // it may have been read to its end
    },
    async *chunks() {
      const reader = body ? checked(() => readerOf(body)) : undefined;
      try {
        while (reader) {
          clearTimeout(timer);
          timer = setTimeout(stop, stallMs);
          const piece = await orAborted(nextPiece(reader), controller.signal).catch(explain);
          clearTimeout(timer); // what is done with the bytes takes its time
          const bytes = checkedBytes(piece);
          if (!bytes) break;
          yield bytes;
        }
      } finally {
        end();
        quietly(() => reader?.cancel());
      }
    },
  };
}

/** Turns a status that isn't a success into an error; `hint` says what may help where access is denied or nothing is found. */
export async function checkStatus(answer: Answer, what: string, hint: string): Promise<void> {
  const { status, headers } = answer.response;
  if (status >= 200 && status <= 299) return;
  answer.cancel();
  const said = headers.get("X-Error-Message");
  const told = `HTTP ${status}${said ? `, "${said.slice(0, 300)}"` : ""}`;
  if (status === 401 || status === 403) fail("DOWNLOAD_FAILED", `Can't load ${what}: access is denied (${told}). ${hint}`);
  if (status === 404 || status === 410) fail("FILE_NOT_FOUND", `Can't load ${what}: there is none (${told}). ${hint}`);
  if (status === 429 || status === 408 || status >= 500) {
    const seconds = Number(headers.get("Retry-After") ?? Number.NaN);
    if (seconds > MAX_RETRY_AFTER_S) {
      fail("DOWNLOAD_FAILED", `Can't load ${what}: the server asks to wait ${seconds} seconds (${told}). Try again then.`);
    }
    const why = status === 429 ? "too many requests" : "the server has a problem";
    throw new Interrupted(`${why} (${told})`, seconds >= 0 ? { waitMs: 1000 * seconds } : {});
  }
  fail("DOWNLOAD_FAILED", `Can't load ${what}: the server answered ${told}.`);
}

/** A `fetch` for small answers: repeated where it may help, read whole, and failing with our errors; what a library is given. */
export function patientFetch(network: Network, what: string, hint: string): typeof globalThis.fetch {
  return (input, init) =>
    retrying(network, what, async () => {
      const url = input instanceof Request ? input.url : String(input);
      const { authorization: _, ...headers } = Object.fromEntries(new Headers(init?.headers));
      const answer = await send(network, url, headers, what);
      await checkStatus(answer, what, hint);
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      let size = 0;
      for await (const chunk of answer.chunks()) {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES)
          fail("FILE_TOO_LARGE", `${what}: the answer of ${new URL(url).host} has more than ${MAX_ANSWER_BYTES} bytes.`);
        chunks.push(chunk as Uint8Array<ArrayBuffer>);
      }
      return new Response(new Blob(chunks), { status: answer.response.status, headers: answer.headers });
    });
}
