/** Does `work` for each of `count` indices, in order and `concurrency` at a time; after the first failure nothing more is begun, and it is thrown. */
export async function eachOf(count: number, concurrency: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  const stop = (error: unknown) => {
    next = count; // the others begin nothing more
    throw error;
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, () => worker().catch(stop)));
}
