/** What is waited for, or the signal's reason as an error as soon as it is aborted: what is waited for may know nothing of the signal. */
export function orAborted<T>(waited: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return waited;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
  });
  return Promise.race([waited, aborted]).finally(() => signal.removeEventListener("abort", stop));
}
