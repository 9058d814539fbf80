/** How long is worked on, in milliseconds, without a look at what else there is to do. */
const AT_MOST = 50;

/**
 * Lets what runs beside long work be heard, such as Stop: to be called at each step. It gives true where some time has passed, which is when progress is worth
 * telling, and throws the signal's reason once it is stopped.
 */
export function breather(signal?: AbortSignal, atMost = AT_MOST): () => Promise<boolean> {
  let last = performance.now();
  const wasStopped = signal?.aborted; // what was there by then is still to be described
  return async () => {
    if (performance.now() - last < atMost) return false;
    await new Promise((resolve) => setTimeout(resolve));
    if (!wasStopped) signal?.throwIfAborted();
    last = performance.now();
    return true;
  };
}
