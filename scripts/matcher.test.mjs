import { expect, it } from "vitest";

it("toBeAllclose sees a NaN, wherever it stands, and infinities that differ", () => {
  const close = [
    [
      [1, 2],
      [1 + 1e-7, 2],
    ],
    [
      [Number.NaN, Infinity, -0],
      [Number.NaN, Infinity, 0],
    ],
  ];
  const apart = [
    [[Number.NaN, 2, 3], [1, 2, 3]],
    [[1, 2, 3], [1, Number.NaN, 3]],
    [[Infinity, 1], [-Infinity, 1]],
    [[5, 1], [Infinity, 1]],
    [[1, 2.1], [1, 2]],
    [[1], [1, 2]],
  ]; // biome-ignore format: pairs
  for (const [actual, expected] of close) expect(actual).toBeAllclose(expected);
  for (const [actual, expected] of apart) expect(actual).not.toBeAllclose(expected);
});
