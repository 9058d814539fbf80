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

/** `m` rows that are probability distributions over `n`. */
export function distributions(seed: number, m: number, n = m): Matrix {
  const random = createRandom(seed);
  return Array.from({ length: m }, () => {
    const row = Array.from({ length: n }, () => random.next() + 0.05);
    const total = row.reduce((a, b) => a + b, 0);
    return row.map((value) => value / total);
  });
}

/** A matrix [m, n] of numbers in [0, 1). */
export function fractions(seed: number, m: number, n: number): Matrix {
  const random = createRandom(seed);
  return Array.from({ length: m }, () => Array.from({ length: n }, () => random.next()));
}

/** A mask [m, n] of 0 and 1, about a third of it 1. */
export function mask(seed: number, m: number, n: number): Matrix {
  return fractions(seed, m, n).map((row) => row.map((value) => (value < 1 / 3 ? 1 : 0)));
}
