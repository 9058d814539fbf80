const running = new Map<string, Promise<unknown>>();

/** Runs one work after the other of those that have a key in common, in the order in which they are given. */
export async function oneAtATime<T>(key: string, work: () => Promise<T>): Promise<T> {
  const own = (running.get(key) ?? Promise.resolve()).then(work);
  const over = own.catch(() => undefined);
  running.set(key, over);
  try {
    return await own;
  } finally {
    if (running.get(key) === over) running.delete(key);
  }
}
