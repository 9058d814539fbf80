import { expect, it } from "vitest";
import { limited } from "./limited";

it("runs so many at once, all of them, in order, also after failures", async () => {
  const slot = limited(3);
  let running = 0;
  let most = 0;
  const started: number[] = [];
  const work = (i: number) =>
    slot(async () => {
      started.push(i);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      if (i % 2) throw new Error(String(i));
      return i;
    }).catch(() => -1);
  const expected = (numbers: number[]) => numbers.map((i) => (i % 2 ? -1 : i));
  for (const numbers of [Array.from({ length: 20 }, (_, i) => i), [20, 21, 22, 23], [24]]) {
    expect(await Promise.all(numbers.map(work))).toEqual(expected(numbers));
  }
  expect([most, running]).toEqual([3, 0]);
  expect(started).toEqual(Array.from({ length: 25 }, (_, i) => i));
});
