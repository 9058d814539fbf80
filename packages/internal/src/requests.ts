import { fail } from "./error";
import { pause } from "./pause";

/** A server that asks for more is obeyed by giving up, with the time in the message. */
const MAX_RETRY_AFTER_S = 30;

/** How long a server is given. */
export interface Patience {
  /** How often in a row an attempt may fail without a byte before giving up. */
  readonly attempts: number;
  /** What is waited after the first failure; twice as long after each further one. */
  readonly firstDelayMs: number;
  /** Without a byte for so long a connection counts as broken. */
  readonly stallMs: number;
}

/** An attempt that failed for a reason that may pass; one that `progressed` brought bytes before. */
export class Interrupted extends Error {
  constructor(
    message: string,
    readonly details: { cause?: unknown; progressed?: boolean; waitMs?: number } = {},
  ) {
    super(message, { cause: details.cause });
  }
}

/** Waits after so many failures in a row: as long as the server asked for, else longer each time. */
export function pauseAfter(
  { details }: Interrupted,
  failures: number,
  { firstDelayMs }: Patience,
  signal: AbortSignal | undefined,
): Promise<void> {
  return pause(details.waitMs ?? firstDelayMs * 2 ** (failures - 1), signal);
}

/** Throws ABORTED once the signal says so. */
export function checkAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) fail("ABORTED", `Loading ${what} was stopped.`, signal.reason);
}

/**
 * Aborts its `signal` where a request is awaited for longer than `stallMs`, or the caller's signal says so. It is awaited from now on: `rest` and `restart`
 * say when it isn't, `release` that it has ended, and `close` ends it.
 */
export function stallTimer(stallMs: number, caller: AbortSignal | undefined, what: string) {
  const controller = new AbortController();
  const stop = () => controller.abort();
  let timer = setTimeout(stop, stallMs);
  caller?.addEventListener("abort", stop);
  if (caller?.aborted) stop();
  const rest = () => clearTimeout(timer);
  const restart = () => {
    rest();
    timer = setTimeout(stop, stallMs);
  };
  const release = () => {
    rest();
    caller?.removeEventListener("abort", stop);
  };
  const close = () => {
    release();
    stop();
  };
  /** Throws what `error` of a request is where that was aborted: ABORTED, or `Interrupted` as nothing came. */
  const explain = (error: unknown) => {
    release();
    checkAborted(caller, what);
    if (controller.signal.aborted) throw new Interrupted(`nothing came for ${stallMs / 1000} seconds`, { cause: error });
  };
  return { signal: controller.signal, rest, restart, release, close, explain };
}

/** What is said of a status that is no success. */
interface StatusWords {
  /** The status, and what the server says to it. */
  readonly told: string;
  /** What may help where access is denied or nothing is found, behind a space. */
  readonly hint?: string;
  /** Why it failed, where another attempt may help. */
  readonly passing: string;
}

/** Throws for a status that is no success: FILE_NOT_FOUND, DOWNLOAD_FAILED, or `Interrupted` where another attempt may help. */
export function failStatus(status: number, header: (name: string) => string | null, what: string, words: StatusWords): never {
  const { told, hint = "", passing } = words;
  if (status === 404 || status === 410) fail("FILE_NOT_FOUND", `Can't load ${what}: there is none (${told}).${hint}`);
  if (status === 401 || status === 403) fail("DOWNLOAD_FAILED", `Can't load ${what}: access is denied (${told}).${hint}`);
  if (status === 429 || status === 408 || status >= 500) {
    const seconds = Number(header("Retry-After") ?? Number.NaN);
    if (seconds > MAX_RETRY_AFTER_S) {
      fail("DOWNLOAD_FAILED", `Can't load ${what}: the server asks to wait ${seconds} seconds (${told}). Try again then.`);
    }
    throw new Interrupted(passing, seconds >= 0 ? { waitMs: 1000 * seconds } : {});
  }
  return fail("DOWNLOAD_FAILED", `Can't load ${what}: the server answered ${told}.`);
}
