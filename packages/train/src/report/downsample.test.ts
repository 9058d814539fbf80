import { expect, it } from "vitest";
import { downsample, smooth } from "./downsample";

const curve = (length: number, at: (step: number) => number) => Array.from({ length }, (_, i) => ({ step: i + 1, value: at(i + 1) }));

it("keeps short curves as they are, without what is no number", () => {
  const points = curve(200, (step) => (step === 7 ? Number.NaN : step === 9 ? Number.POSITIVE_INFINITY : step ** 2));
  const kept = points.filter(({ value }) => Number.isFinite(value));
  expect(downsample(points)).toEqual(kept.map(({ step, value }) => ({ step, value, low: value, high: value })));
  expect(downsample([])).toEqual([]);
});

it.each([201, 400, 9_999, 10_000, 100_001])("brings %d steps to at most 200, mean and range kept", (length) => {
  const points = curve(length, (step) => Math.sin(step) * step);
  const buckets = downsample(points);
  expect(buckets.length).toBeGreaterThan(100);
  expect(buckets.length).toBeLessThanOrEqual(200);
  const size = Math.ceil(length / 200);
  const last = points.slice((buckets.length - 1) * size).map(({ value }) => value);
  expect(buckets.at(-1)).toMatchObject({ low: Math.min(...last), high: Math.max(...last) });
  expect(buckets[0]!.step).toBeCloseTo((size + 1) / 2, 9);
  expect(Math.max(...buckets.map(({ high }) => high))).toBe(Math.max(...points.map(({ value }) => value)));
});

it("smooths without shifting: a straight line stays as it is", () => {
  const line = downsample(curve(150, (step) => 3 * step - 1));
  smooth(line).forEach(({ step, value }) => {
    expect(value).toBeCloseTo(3 * step - 1, 9);
  });
  const zigzag = smooth(downsample(curve(100, (step) => step % 2)));
  expect(Math.max(...zigzag.slice(5, -5).map(({ value }) => Math.abs(value - 0.5)))).toBeLessThan(0.05);
  expect(smooth([])).toEqual([]);
});
