import { fail, show } from "@rsdix/internal";

/** Throws unless what is called on the way can be called. */
export function checkProgress(onProgress: ((done: number) => void) | undefined): void {
  if (onProgress === undefined || typeof onProgress === "function") return;
  fail("INVALID_ARGUMENT", `onProgress must be a function of how many are done, got ${show(onProgress)}.`);
}

/** Throws on what is given as a signal and can't say that something is to stop; those of other realms and polyfills can. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || (typeof signal?.aborted === "boolean" && typeof signal.addEventListener === "function")) return;
  fail("INVALID_ARGUMENT", `signal must be an AbortSignal, got ${show(signal)}. Give the signal of an AbortController.`);
}
