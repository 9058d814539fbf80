import { describe, expect, it } from "vitest";
import { colourNearestNeighbourAccuracy, largestClassAccuracy } from "./baselines";
import type { DemoSplit } from "./demo-data";

/** Patches of 2 x 1 pixels with two grey levels each. */
function split(patches: { greys: [number, number]; label: number }[]): DemoSplit {
  return {
    records: [],
    captions: [],
    images: patches.map(({ greys: [a, b] }) => ({ width: 2, height: 1, data: Uint8Array.of(a, a, a, b, b, b) })),
    labels: Int32Array.from(patches, ({ label }) => label),
  };
}

describe("baselines", () => {
  const train = split([
    { greys: [10, 10], label: 0 },
    { greys: [0, 200], label: 1 },
    { greys: [100, 100], label: 2 },
    { greys: [12, 12], label: 0 },
  ]);
  const test = split([
    { greys: [20, 20], label: 0 }, // nearest in mean
    { greys: [190, 10], label: 1 }, // the same mean as the next, told apart by its spread
    { greys: [104, 100], label: 2 },
    { greys: [101, 101], label: 0 }, // wrong: looks like label 2; matched with itself it would be right
  ]);

  it("1-nearest neighbour looks at mean and spread, in the training patches", () => {
    expect(colourNearestNeighbourAccuracy(train, test)).toBe(0.75);
  });

  it("the largest class is that of the training patches", () => {
    expect(largestClassAccuracy(train, test)).toBe(0.5);
  });
});
