import { describe, expect, it } from "vitest";
import { createRandom } from "../create-random";
import { captionKey, spreadKeys } from "./unique-captions";

/** Items more than one of their key, over all batches. */
function repeats(parts: readonly Int32Array[], keyOf: (item: number) => string): number {
  return parts.reduce((sum, part) => sum + part.length - new Set(Array.from(part, keyOf)).size, 0);
}

describe("spreadKeys", () => {
  it("keeps keys apart wherever it can be done: at random, and where only one way is left", () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = createRandom(seed);
      const batchSize = 1 + random.int(7);
      const n = 1 + random.int(60);
      const order = createRandom(seed)
        .fork("order")
        .shuffle(Int32Array.from({ length: n }, (_, i) => i));
      const kinds = 1 + random.int(n);
      const keys = Array.from({ length: n }, () => `${random.int(kinds)}`);
      const batchesIn = Math.ceil(n / batchSize);
      const parts = spreadKeys(order, keys, batchSize, random);
      expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual([...order].sort((a, b) => a - b));
      expect(parts.map(({ length }) => length)).toEqual(
        Array.from({ length: batchesIn }, (_, i) => Math.min(batchSize, n - i * batchSize)),
      );
      const keyOf = new Map([...order].map((item, place) => [item, keys[place]!]));
      const counts = [...new Set(keys)].map((key) => keys.filter((other) => other === key).length).sort((a, b) => b - a);
      if (
        isPossible(
          counts,
          parts.map(({ length }) => length),
        )
      )
        expect(repeats(parts, (item) => keyOf.get(item)!)).toBe(0);
      else expect(repeats(parts, (item) => keyOf.get(item)!)).toBeGreaterThan(0);
    }
  });

  it("spreads evenly what must repeat", () => {
    const order = Int32Array.from({ length: 12 }, (_, i) => i);
    const parts = spreadKeys(order, [...Array(7).fill("a field"), "b", "c", "d", "e", "f"], 4, createRandom(1));
    expect(parts.map((part) => part.filter((item) => item < 7).length).sort()).toEqual([2, 2, 3]);
  });

  it("tells captions apart as tokenizers do", () => {
    expect(captionKey(" A\tField  of wheat.\n")).toBe("a field of wheat.");
    expect(captionKey("a field.")).not.toBe(captionKey("a field"));
  });
});

/** Gale and Ryser: the k commonest keys must fit into the batches, at most k places of each. */
function isPossible(counts: readonly number[], sizes: readonly number[]): boolean {
  return counts.every((_, k) => {
    const wanted = counts.slice(0, k + 1).reduce((sum, count) => sum + count, 0);
    return wanted <= sizes.reduce((sum, size) => sum + Math.min(size, k + 1), 0);
  });
}
