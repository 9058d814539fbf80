/** Begins to count how many seconds of the processor this process uses: on a busy machine the clock is others' too. */
export function processorTime(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
}
