import { fail, show } from "@rsdix/internal";

/** Throws on what is given as a signal and can't say that something is to stop; those of other realms and polyfills can. */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || (typeof signal?.aborted === "boolean" && typeof signal.addEventListener === "function")) return;
  fail("INVALID_ARGUMENT", `signal must be an AbortSignal, got ${show(signal)}. Give the signal of an AbortController.`);
}

/** Throws unless what is called on the way can be called. */
export function checkFunctions(functions: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(functions)) {
    if (value !== undefined && typeof value !== "function") fail("INVALID_ARGUMENT", `${name} must be a function, got ${show(value)}.`);
  }
}
