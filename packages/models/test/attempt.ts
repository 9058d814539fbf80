/** Runs what must fail, and returns the error, the seconds of processor and the megabytes that stayed or were in use at its end. */
export function attempt(run: () => unknown) {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const start = process.cpuUsage();
  let error: unknown;
  try {
    run();
  } catch (caught) {
    error = caught;
  }
  const { user, system } = process.cpuUsage(start);
  return { error, seconds: (user + system) / 1e6, megabytes: (process.memoryUsage().heapUsed - before) / 2 ** 20 };
}
