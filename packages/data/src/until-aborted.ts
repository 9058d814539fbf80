import { RsdixError } from "@rsdix/internal";

/**
 * What `work` gives, or ABORTED as soon as the signal says so, whether `work` ends then or never. Work is not begun after the signal; what it does afterwards
 * is nobody's. `message` says what was stopped.
 */
export async function untilAborted<T>(signal: AbortSignal | undefined, message: () => string, work: () => T | Promise<T>): Promise<T> {
  if (!signal) return work();
  const error = () => new RsdixError("ABORTED", message(), { cause: signal.reason });
  if (signal.aborted) throw error();
  let forget!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => reject(error()));
  });
  const begin = async () => work();
  try {
    return await Promise.race([aborted, begin()]); // of both at once the signal counts
  } finally {
    forget();
  }
}

/** What waits for each signal, behind one listener. Many images are read at a time; of more than ten listeners Node says that they leak. */
const waiting = new WeakMap<AbortSignal, { readonly stops: Set<() => void>; readonly all: () => void }>();

/** Calls `stop` when the signal says so; gives what takes that back. */
function onAbort(signal: AbortSignal, stop: () => void): () => void {
  const { stops, all } = waiting.get(signal) ?? listen(signal);
  stops.add(stop);
  return () => {
    stops.delete(stop);
    if (stops.size > 0 || waiting.get(signal)?.stops !== stops) return;
    waiting.delete(signal);
    signal.removeEventListener("abort", all);
  };
}

function listen(signal: AbortSignal) {
  const stops = new Set<() => void>();
  const all = () => {
    for (const stop of [...stops]) stop();
  };
  const listener = { stops, all };
  waiting.set(signal, listener);
  signal.addEventListener("abort", all);
  return listener;
}
