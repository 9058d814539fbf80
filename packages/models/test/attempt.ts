/** Runs what may fail, and returns the error and the seconds of processor, to which a busy machine's other work doesn't count. */
export async function attempt(run: () => unknown) {
  const start = process.cpuUsage();
  let error: unknown;
  try {
    await run();
  } catch (caught) {
    error = caught;
  }
  const { user, system } = process.cpuUsage(start);
  return { error, seconds: (user + system) / 1e6 };
}
