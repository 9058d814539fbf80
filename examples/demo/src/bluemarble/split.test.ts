import { createRandom } from "@rsdix/data";
import { describe, expect, it } from "vitest";
import { distanceKm } from "../../test/distance-km";
import { fibonacciPlaces } from "./sample";
import { cellOf, SPLITS, splitByRegion } from "./split";

const CAPS = { train: 60, val: 15, test: 25 };
const LABELS = ["a", "b", "c"];
const patches = fibonacciPlaces(3000, 0.1).map((place, i) => ({ ...place, label: LABELS[i % 3]! }));

describe("splitByRegion", () => {
  const placed = splitByRegion(patches, LABELS, CAPS, createRandom(1));

  it("leaves a gap between any two splits", () => {
    let nearest = Number.POSITIVE_INFINITY;
    for (const a of placed) for (const b of placed) if (a.split !== b.split) nearest = Math.min(nearest, distanceKm(a, b));
    expect(nearest).toBeGreaterThanOrEqual(384);
  });

  it("has every class in every split, and in both halves of the training regions", () => {
    for (const label of LABELS) {
      const ofClass = placed.filter((patch) => patch.label === label);
      expect(ofClass.filter(({ split }) => split === "train").length).toBeGreaterThanOrEqual(50);
      expect(ofClass.filter(({ split }) => split === "val").length).toBeGreaterThanOrEqual(15);
      expect(ofClass.filter(({ split }) => split === "test").length).toBeGreaterThanOrEqual(25);
      const training = ofClass.filter(({ split }) => split === "train");
      const share = training.filter(({ phase }) => phase === "pretrain").length / training.length;
      expect(Math.abs(share - 0.5)).toBeLessThan(0.15);
    }
  });

  it("repeats with the seed and keeps whole cells together", () => {
    expect(splitByRegion(patches, LABELS, CAPS, createRandom(1))).toEqual(placed);
    expect(splitByRegion(patches, LABELS, CAPS, createRandom(2))).not.toEqual(placed);
    const splitsOfCell = new Map<number, Set<string>>();
    for (const patch of placed) {
      const cell = cellOf(patch);
      splitsOfCell.set(cell, (splitsOfCell.get(cell) ?? new Set()).add(patch.split));
    }
    for (const splits of splitsOfCell.values()) expect(splits.size).toBe(1);
    expect(new Set(placed.map(({ split }) => split))).toEqual(new Set(SPLITS));
  });

  it("names the class and the split that lack patches", () => {
    const onePlace = [...patches, ...Array.from({ length: 100 }, () => ({ lat: 10, lon: 10, label: "d" }))];
    expect(() => splitByRegion(onePlace, [...LABELS, "d"], CAPS, createRandom(1))).toThrow(/class "d" has 0 patches for/);
  });
});
