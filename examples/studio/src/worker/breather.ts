/** How long is worked on, in milliseconds, without a look at what the page says meanwhile. */
const AT_MOST = 50;

/**
 * Lets the worker hear of Stop in long work: to be called at each step. It gives true where some time has passed, which is when progress is worth telling, and
 * throws the signal's reason once it is stopped.
 */
export function breather(signal: AbortSignal): () => Promise<boolean> {
  let last = performance.now();
  const wasStopped = signal.aborted; // what was there by then is still to be described
  return async () => {
    if (performance.now() - last < AT_MOST) return false;
    await new Promise((resolve) => setTimeout(resolve));
    if (!wasStopped) signal.throwIfAborted();
    last = performance.now();
    return true;
  };
}
