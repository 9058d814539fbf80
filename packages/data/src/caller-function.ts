import { untilAborted } from "./until-aborted";

/** A function of the caller's that is told something, and whether an error is one that it threw: that ends the work as it is, whatever its code. */
export function callerFunction<A extends readonly unknown[]>(call: ((...args: A) => unknown) | undefined) {
  let thrown: { readonly error: unknown } | undefined;
  let waiting: Promise<unknown>[] = [];
  const threw = (error: unknown): never => {
    thrown = { error };
    throw error;
  };
  return {
    /** Calls it. A promise that it gives is waited for by `settled` only. */
    tell(...args: A): void {
      let given: unknown;
      try {
        given = call?.(...args);
      } catch (error) {
        threw(error);
      }
      if (typeof Object(given).then !== "function") return;
      const promise = Promise.resolve(given);
      promise.catch(() => undefined); // where nobody waits any more, the work has ended in another way
      waiting.push(promise);
    },
    /** Waits for the promises that it gave; what the first of them rejects with is thrown as if it had thrown that. */
    async settled(): Promise<void> {
      const results = await Promise.allSettled(waiting);
      waiting = [];
      const failed = results.find((result) => result.status === "rejected");
      if (failed) threw(failed.reason);
    },
    threw: (error: unknown): boolean => thrown !== undefined && thrown.error === error,
  };
}

/** Waits for what a function of the caller's promised, where it did; ABORTED as soon as the signal says so, though the promise never settles. */
export async function heard(given: unknown, signal: AbortSignal | undefined): Promise<void> {
  if (typeof Object(given).then !== "function") return;
  const promise = Promise.resolve(given);
  promise.catch(() => undefined); // where the signal came first, nobody waits for it
  await untilAborted(
    signal,
    () => "Stopped while a callback was waited for.",
    () => promise,
  );
}
