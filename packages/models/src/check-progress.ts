import { fail, show } from "@rsdix/internal";

/** Throws unless what is called on the way can be called. */
export function checkProgress(onProgress: ((done: number) => void) | undefined): void {
  if (onProgress === undefined || typeof onProgress === "function") return;
  fail("INVALID_ARGUMENT", `onProgress must be a function of how many are done, got ${show(onProgress)}.`);
}
