import { checkSignal, fail, nextTask, show } from "@rsdix/internal";

/** How far a computation is. */
export interface Progress {
  /** What is done: items, or steps of unequal length. */
  readonly done: number;
  /** How much there is. */
  readonly total: number;
}

/** What everything that takes long can be told. */
export interface ProgressOptions {
  /** Called on the way with how much is done, of how much. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Stops the computation, with an error `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** How long a page may stand still, in milliseconds: three frames of a screen. */
const BREATH = 50;

/** Throws unless what is called on the way can be called, and what stops it can stop it. */
export function checkProgressOptions({ onProgress, signal }: ProgressOptions): void {
  if (onProgress !== undefined && typeof onProgress !== "function") {
    fail("INVALID_ARGUMENT", `onProgress must be a function, got ${show(onProgress)}.`);
  }
  checkSignal(signal);
}

/** Throws when the signal says so; `where` is what stops, "sbertSim". */
export function checkAborted(signal: AbortSignal | undefined, where: string, { done, total }: Progress): void {
  if (signal?.aborted) fail("ABORTED", `${where} was stopped after ${done} of ${total}.`, signal.reason);
}

/** A function to call after each step of a long loop: reports, stops when told to, and lets others run from time to time. */
export function pacer({ onProgress, signal }: ProgressOptions, where: string, total: number): (done: number) => Promise<void> {
  let breath = performance.now();
  return async (done) => {
    onProgress?.({ done, total });
    if (done < total && performance.now() - breath > BREATH) {
      await nextTask();
      breath = performance.now();
    }
    if (done < total) checkAborted(signal, where, { done, total });
  };
}
