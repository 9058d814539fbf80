import { expect } from "vitest";

/** A second and 100 MB are the promise. The second is of the processor: a busy machine's other work doesn't count. */
const MAX_MS = 1000;
const MAX_BYTES = 100_000_000;

/** Fails unless `body` ends with an error of this code, fast and within bounds. */
export async function expectRefusedWithinBounds(body: () => Promise<unknown>, code: string): Promise<void> {
  const before = process.memoryUsage();
  const start = process.cpuUsage();
  const error = await body().catch((caught) => caught);
  const { user, system } = process.cpuUsage(start);
  const after = process.memoryUsage();
  expect(error).toMatchObject({ name: "RsdixError", code });
  expect((user + system) / 1000).toBeLessThan(MAX_MS);
  expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(MAX_BYTES);
}
