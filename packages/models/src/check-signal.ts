import { fail, show } from "@rsdix/internal";

/** Throws on what is given as a signal and can't say that something is to stop; those of other realms and polyfills can. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || (typeof signal?.aborted === "boolean" && typeof signal.addEventListener === "function")) return;
  fail("INVALID_ARGUMENT", `signal must be an AbortSignal, got ${show(signal)}. Give the signal of an AbortController.`);
}
