/** Does `work` when it is its turn; what is aborted while it waits, or because of the failure of what had the turn before, never begins. */
type InTurn = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

/**
 * Lets so many do something at a time, in the order in which they came.
 *
 * @param most how many
 * @returns what to do things by
 */
export function turns(most: number): InTurn {
  const waiting = new Set<() => void>();
  let taken = 0;
  const myTurn = (signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const go = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        waiting.delete(go);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      waiting.add(go);
    });
  const handOn = () => {
    const [next] = waiting;
    if (!next) taken--;
    else {
      waiting.delete(next);
      next();
    }
  };
  return async (signal, work) => {
    signal.throwIfAborted();
    if (taken < most) taken++;
    else await myTurn(signal);
    try {
      signal.throwIfAborted(); // between its turn and now
      return await work();
    } finally {
      setImmediate(handOn); // once all have heard of a failure, which may stop the next
    }
  };
}
