import { setTimeout as wait } from "node:timers/promises";

/** Waits for something to hold, up to 30 s. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error("it did not come about in 30 s");
    await wait(20);
  }
}
