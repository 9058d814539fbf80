import { checkAborted, fail, failStatus, Interrupted, type Patience, pauseAfter, stallTimer } from "@rsdix/internal";
import { orAborted } from "./or-aborted";
import { checkedBytes, checkedResponse, type Head, nextPiece, quietly, readerOf, reasonOf } from "./own-response";

/** How requests are made. */
export interface Network extends Patience {
  readonly fetch: typeof globalThis.fetch;
  readonly signal?: AbortSignal | undefined;
  /** Sent to `tokenOrigin` and nowhere else. */
  readonly token?: string | undefined;
  readonly tokenOrigin?: string | undefined;
}

/** Patient enough for a server that restarts, and done within ten seconds where there is none. */
export const PATIENCE: Patience = { attempts: 5, firstDelayMs: 300, stallMs: 30_000 };
/** What the hub says about a model; the largest repositories list some thousand files in 1 MB. */
const MAX_ANSWER_BYTES = 16_000_000;

/** Repeats what is interrupted, waiting longer each time; throws ABORTED and DOWNLOAD_FAILED. */
export async function retrying<T>(network: Network, what: string, attempt: () => Promise<T>): Promise<T> {
  for (let failures = 0; ; ) {
    checkAborted(network.signal, what);
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      failures = error.details.progressed ? 1 : failures + 1;
      if (failures >= network.attempts) {
        const tries = network.attempts === 1 ? "" : ` ${network.attempts} attempts failed.`;
        fail("DOWNLOAD_FAILED", `Can't load ${what}: ${error.message}.${tries} What has arrived is kept: try again later.`, error);
      }
      await pauseAfter(error, failures, network, network.signal);
    }
  }
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
  const timer = stallTimer(network.stallMs, network.signal, what);
  const explain = (error: unknown): never => {
    timer.explain(error);
    const reason = reasonOf(error);
    if (/redirect/i.test(reason)) fail("DOWNLOAD_FAILED", `Can't load ${what}: the server redirects in circles (${reason}).`, error);
    throw new Interrupted(`the connection to ${new URL(url).host} failed (${reason})`, { cause: error });
  };
  /** Ends the request where what came can't be read. */
  const checked = <T>(check: () => T): T => {
    try {
      return check();
    } catch (error) {
      timer.close();
      throw error;
    }
  };
  const mayHaveToken = network.token && new URL(url).origin === network.tokenOrigin;
  const sent: Record<string, string> = { ...headers, ...(mayHaveToken && { Authorization: `Bearer ${network.token}` }) };
  // Called without a `this`, as browsers want of their own fetch.
  const { fetch } = network;
  const asked = Promise.resolve().then(() => fetch(url, { headers: sent, signal: timer.signal }));
  const given = await orAborted(asked, timer.signal).catch((error) => {
    quietly(async () => (await asked).body?.cancel()); // it may come all the same, to nobody
    return explain(error);
  });
  const { body, all, ...response } = checked(() => checkedResponse(given));
  return {
    response,
    headers: all,
    cancel: () => {
      timer.close();
      quietly(() => body?.cancel()); // it may have been read to its end
    },
    async *chunks() {
      const reader = body ? checked(() => readerOf(body)) : undefined;
      try {
        while (reader) {
          timer.restart();
          const piece = await orAborted(nextPiece(reader), timer.signal).catch(explain);
          timer.rest(); // what is done with the bytes takes its time
          const bytes = checkedBytes(piece);
          if (!bytes) break;
          yield bytes;
        }
      } finally {
        timer.release();
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
  const why = status === 429 ? "too many requests" : "the server has a problem";
  failStatus(status, (name) => headers.get(name), what, { told, hint: ` ${hint}`, passing: `${why} (${told})` });
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
