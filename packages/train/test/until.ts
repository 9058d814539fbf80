import { setTimeout as wait } from "node:timers/promises";

/** Waits for something to hold, up to so many seconds. */
export async function until(holds: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`it did not come about in ${seconds} s`);
    await wait(20);
  }
}
