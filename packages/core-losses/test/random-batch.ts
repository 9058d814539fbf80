import { createRandom } from "@rsdix/internal";
import type { Matrix } from "./plain-losses";

/** `n` rows of unit length, the same for the same seed. */
export function unitRows(seed: number, n: number, d: number): Matrix {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => {
    const row = Array.from({ length: d }, () => random.normal());
    return row.map((value) => value / Math.hypot(...row));
  });
}

/** `n` rows that are probability distributions. */
export function distributions(seed: number, n: number): Matrix {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => {
    const row = Array.from({ length: n }, () => random.next() + 0.05);
    const total = row.reduce((a, b) => a + b, 0);
    return row.map((value) => value / total);
  });
}
