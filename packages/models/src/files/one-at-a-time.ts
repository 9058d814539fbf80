import { orAborted } from "./or-aborted";

const busy = new Map<string, Promise<unknown>>();

/**
 * Runs one piece of work at a time under a key, in the order in which they are given: of two loads of a file at once the second finds it in the
 * cache, and two models that are written to one folder don't mix. Who is aborted stops waiting.
 */
export async function oneAtATime<T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const before = busy.get(key);
  const mine = orAborted(before ?? Promise.resolve(), signal).then(work, work);
  const settled = Promise.allSettled([before, mine]);
  busy.set(key, settled);
  settled.then(() => busy.get(key) === settled && busy.delete(key));
  return mine;
}
