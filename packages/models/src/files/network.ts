import { fail, show } from "@rsdix/internal";
import { orAborted } from "./or-aborted";

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

const GIVEN = "The fetch that was given must give";

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

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
  });
}

/** An answer whose bytes come in pieces, each awaited no longer than `stallMs`. */
export interface Answer {
  readonly response: Response;
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
  const mayHaveToken = network.token && new URL(url).origin === network.tokenOrigin;
  const sent: Record<string, string> = { ...headers, ...(mayHaveToken && { Authorization: `Bearer ${network.token}` }) };
  // Called without a `this`, as browsers want of their own fetch.
  const { fetch } = network;
  const response = await Promise.resolve()
    .then(() => orAborted(Promise.resolve(fetch(url, { headers: sent, signal: controller.signal })), controller.signal))
    .catch(explain);
  if (!isUnread(response)) {
    end();
    fail("INVALID_ARGUMENT", `${GIVEN} a Response of which nothing was read, with a web stream as body, got ${show(response)}.`);
  }
  return {
    response,
    cancel: () => {
      end();
      controller.abort();
      response.body?.cancel().catch(() => undefined); // it may have been read to its end
    },
    async *chunks() {
      const reader = response.body?.getReader();
      try {
        while (reader) {
          clearTimeout(timer);
          timer = setTimeout(stop, stallMs);
          const { done, value } = await orAborted(reader.read(), controller.signal).catch(explain);
          clearTimeout(timer); // what is done with the bytes takes its time
          if (done) break;
          if (show(value) !== "[object Uint8Array]")
            fail("INVALID_ARGUMENT", `${GIVEN} a body of bytes (Uint8Array), got ${typeof value === "string" ? "text" : show(value)}.`);
          yield value;
        }
      } finally {
        end();
        reader?.cancel().catch(() => undefined);
      }
    },
  };
}

/** Not so of what some libraries give in place of a web stream, and of one response that is given for every request. */
function isUnread(response: Response): boolean {
  const { headers, body } = Object(response) as Response;
  return typeof headers?.get === "function" && (!body || (typeof body.getReader === "function" && !body.locked));
}

/** What went wrong in a fetch: Node hides it behind "fetch failed". */
function reasonOf(error: unknown): string {
  const { message, cause } = Object(error) as Error; // a fetch of the caller's own may reject with anything
  const deeper = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined;
  const said = show(message ?? error);
  return deeper ? `${said}: ${deeper}` : said;
}

/** Turns a status that isn't a success into an error; `hint` says what may help where access is denied or nothing is found. */
export async function checkStatus(answer: Answer, what: string, hint: string): Promise<void> {
  const { status, headers, ok } = answer.response;
  if (ok) return;
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
      return new Response(new Blob(chunks), { status: answer.response.status, headers: answer.response.headers });
    });
}
