import { setTimeout as wait } from "node:timers/promises";
import { fail, nextTask } from "@rsdix/internal";
import type { Redis } from "ioredis";

/** How long a Redis that is connected may send nothing while it is asked for something. */
const SILENT_MS = 10_000;
/** How often is looked, of that time. */
const LOOKS = 20;

/** What a wait for an answer ends by. */
interface AnsweredOptions {
  /** Whom is waited for, in words. */
  readonly where: string;
  /** Ends the wait at once. */
  readonly signal?: AbortSignal | undefined;
  /** After how long without a byte one is taken for silent, in milliseconds. */
  readonly silentMs?: number | undefined;
}

/**
 * What a Redis answers. One that takes connections and sends nothing, as a stopped process and another program's port do, ends it in words; one that is gone is
 * waited for, and one that reads its data anew says how far it is.
 */
export async function answered<T>(asked: Promise<T>, redis: Redis, { where, signal, silentMs = SILENT_MS }: AnsweredOptions): Promise<T> {
  const stopped = () => fail("ABORTED", `This was stopped before ${where} answered.`, signal?.reason);
  asked.catch(() => undefined); // where it comes too late
  if (signal?.aborted) return stopped();
  let end = () => {};
  const ended = new Promise<never>((_, reject) => {
    const failWith = (give: () => never) => {
      try {
        give();
      } catch (error) {
        reject(error as Error);
      }
    };
    const onAbort = () => failWith(stopped);
    let [heard, looks] = [heardOf(redis), 0]; // looks, and no clock: that goes on while this process stands still
    const timer = setInterval(() => {
      const now = heardOf(redis);
      if (now === undefined || now.stream !== heard?.stream || now.bytes !== heard?.bytes) [heard, looks] = [now, 0];
      else if (++looks === LOOKS) failWith(() => silent(where, silentMs));
    }, silentMs / LOOKS);
    signal?.addEventListener("abort", onAbort, { once: true });
    end = () => {
      clearInterval(timer);
      signal?.removeEventListener("abort", onAbort);
    };
  });
  return Promise.race([asked, ended]).finally(() => end());
}

/**
 * What is answered to the whole of a question. A question waits for the next connection by itself; but one of several parts fails where the connection is lost
 * when some of them were answered, and is asked again: `ask` must be the same when it is done twice.
 */
export async function wholeAnswer<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!isCutOff(error)) throw error;
    }
  }
}

/** ioredis' word for it. */
const isCutOff = (error: unknown) => /^Command aborted due to connection close/.test((error as Error).message);

/** Whether a Redis that is connected answers in so many milliseconds, also where the connection is lost meanwhile: a question is then kept for the next one. */
export async function answersIn(ms: number, redis: Redis): Promise<boolean> {
  if (redis.status !== "ready") return false;
  const asked = redis.ping().then(
    () => true,
    () => false,
  );
  return (await within(ms, asked)) ?? false;
}

/** What comes within so many milliseconds; undefined where nothing does. In a process that stood still, what has come meanwhile counts. */
export async function within<T>(ms: number, coming: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const late = wait(ms, undefined, { signal: over.signal }).then(nextTask, () => undefined); // timers come before what was received
  return Promise.race([coming, late.then(() => undefined)]).finally(() => over.abort());
}

/** Has it told, once, when a Redis that is connected answers nothing, until it answers again. */
export function noteSilent(redis: Redis, note: (text: string) => void): void {
  let [isAsked, isSilent] = [false, false];
  const timer = setInterval(async () => {
    if (redis.status === "end") return clearInterval(timer);
    if (redis.status !== "ready" || isAsked) return;
    isAsked = true;
    const answers = await answersIn(SILENT_MS, redis);
    if (!answers && !isSilent && redis.status === "ready") note("Redis takes connections and answers nothing: it is waited for");
    isSilent = !answers;
    isAsked = false;
  }, SILENT_MS);
  timer.unref();
}

/** What has come of a connection that there is; undefined where there is none. */
function heardOf({ status, stream }: Redis): { readonly stream: unknown; readonly bytes: number } | undefined {
  return (status === "connect" || status === "ready") && stream ? { stream, bytes: stream.bytesRead } : undefined;
}

function silent(where: string, ms: number): never {
  const seconds = Math.round(ms / 100) / 10;
  return fail(
    "PROCESS_FAILED",
    `${where[0]!.toUpperCase()}${where.slice(1)} takes connections, and has answered nothing for ${seconds} s: its process may be stopped or hang, or another program has the port. Start it anew, or give another address.`,
  );
}
