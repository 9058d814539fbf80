import { fail, failStatus, Interrupted, type Patience, pauseAfter, show, shownUrl, stallTimer } from "@rsdix/internal";
import { untilAborted } from "../until-aborted";
import { type Answer, answerOf } from "./answer";
import { reasonOf } from "./reason-of";

/** How requests are made. */
export interface Network extends Patience {
  readonly fetch: typeof fetch;
}

/** Patient enough for a server that restarts, and done within three seconds where there is none. */
export const PATIENCE: Patience = { attempts: 4, firstDelayMs: 300, stallMs: 30_000 };
/** What a message shows of a range: two numbers of bytes, and the size. */
const RANGE_LETTERS = 60;

/** Which bytes of an address are wanted. */
export interface UrlPart {
  readonly start: number;
  /** Infinity for the end. */
  readonly end: number;
  readonly signal?: AbortSignal | undefined;
  /** Sees each answer before its bytes, and may throw. */
  readonly check?: (answer: Answer) => void;
}

/** Bytes of an address, piece by piece; a connection that breaks is taken up where it broke. FILE_NOT_FOUND, DOWNLOAD_FAILED, ABORTED. */
export async function* streamUrl(url: string, network: Network, part: UrlPart): AsyncGenerator<Uint8Array, void> {
  const { start, end, signal, check } = part;
  const what = shownUrl(url);
  let at = start;
  let encoded = false;
  for (let failures = 0; ; ) {
    let connection: Connection | undefined;
    try {
      connection = await connect(url, network, at, end, signal);
      const { answer } = connection;
      if (answer.status === 416) return; // it ends before
      checkStatus(answer, what);
      check?.(answer);
      encoded = answer.header("Content-Encoding") !== null;
      let skip = answer.status === 206 ? checkedRange(answer, at, what) : at; // servers may send all of it
      for await (const chunk of connection.chunks()) {
        const wanted = chunk.subarray(skip, skip + end - at);
        skip = Math.max(0, skip - chunk.length);
        at += wanted.length;
        if (wanted.length > 0) {
          failures = 0; // not for bytes that are skipped: a server that breaks among them each time would be asked forever
          yield wanted;
        }
        if (at >= end) return;
      }
      return;
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      failures++;
      if (failures >= network.attempts || (encoded && at > start)) {
        const tries = failures > 1 ? ` ${failures} attempts failed.` : "";
        fail("DOWNLOAD_FAILED", `Can't load ${what}: ${error.message}.${tries} Try again later.`, error);
      }
      connection?.close(); // before the waiting
      await pauseAfter(error, failures, network, signal);
    } finally {
      connection?.close();
    }
  }
}

/** A request that was answered. */
interface Connection {
  readonly answer: Answer;
  chunks(): AsyncGenerator<Uint8Array, void>;
  close(): void;
}

/** One request, redirects followed; any status comes back. Each of its pieces is awaited no longer than `stallMs`. */
async function connect(
  url: string,
  { fetch, stallMs }: Network,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): Promise<Connection> {
  const what = shownUrl(url);
  const timer = stallTimer(stallMs, signal, what);
  const explain = (error: unknown): never => {
    timer.explain(error);
    throw new Interrupted(`the connection failed (${deepReasonOf(error)})`, { cause: error });
  };
  // A fetch that was given may not heed its signal.
  const awaited = <T>(work: () => Promise<T>) => untilAborted(timer.signal, () => `Loading ${what} was stopped.`, work).catch(explain);
  const last = Number.isFinite(end) ? end - 1 : "";
  const headers: Record<string, string> = start > 0 || last !== "" ? { Range: `bytes=${start}-${last}` } : {};
  const response: unknown = await awaited(async () => fetch(url, { headers, signal: timer.signal }));
  let answer: Answer | undefined;
  const close = () => {
    timer.close();
    answer?.cancel();
  };
  try {
    answer = answerOf(response, what);
  } catch (error) {
    close();
    throw error;
  }
  const { body } = answer;
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    const { inPieces, read } = body();
    for (;;) {
      if (inPieces) timer.restart();
      else timer.rest(); // of what comes at once it isn't seen whether something comes
      const { done, value } = Object(await awaited(read)) as ReadableStreamReadResult<unknown>;
      timer.rest(); // what is done with the bytes takes its time
      if (done) return;
      if (!(value instanceof Uint8Array)) {
        fail("INVALID_ARGUMENT", `The body of ${what} must come as Uint8Arrays from the fetch that was given, got ${show(value)}.`);
      }
      yield value;
    }
  }
  return { answer, chunks, close };
}

/** What went wrong in a fetch: Node hides it behind "fetch failed". */
function deepReasonOf(error: unknown): string {
  const { cause } = Object(error) as Partial<Error>;
  const deeper = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined;
  return [reasonOf(error), ...(deeper ? [deeper] : [])].join(": ");
}

/** How many bytes to leave out at the start: none. FILE_CORRUPT where other bytes come than were asked for. */
function checkedRange({ header }: Answer, start: number, what: string): number {
  const range = header("Content-Range"); // another origin may hide it
  if (range === null || range.startsWith(`bytes ${start}-`)) return 0;
  return fail("FILE_CORRUPT", `${what}: asked for bytes from ${start} the server sends ${range.slice(0, RANGE_LETTERS)}.`);
}

function checkStatus({ status, ok, header }: Answer, what: string): void {
  const told = `HTTP ${status}`;
  if (!ok) failStatus(status, header, what, { told, passing: `the server answered ${told}` });
}
