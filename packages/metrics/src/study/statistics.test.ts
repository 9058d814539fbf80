import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import golden from "../fixtures/study-statistics.json";
import { type ClusteredValues, estimatesOf, interval, meanOfMeans } from "./bootstrap";
import { normalQuantile, normalTail, studentTail } from "./distributions";
import { holm } from "./holm";
import { type Alternative, effectSizes, pairedTest, studentTest, welchTest } from "./t-tests";
import { wilcoxonTest } from "./wilcoxon";

const exact = { rtol: 1e-10, atol: 0 };
const ALTERNATIVES = ["less", "greater", "two-sided"] as const;

describe("tails", () => {
  it("are those of scipy, far out too", () => {
    expect(golden.tails.student.map(([t, df]) => studentTail(t!, df!))).toBeAllclose(
      golden.tails.student.map(([, , p]) => p!),
      exact,
    );
    expect(golden.tails.normal.map(([z]) => normalTail(z!))).toBeAllclose(
      golden.tails.normal.map(([, p]) => p!),
      exact,
    );
    expect(golden.tails.quantile.map(([p]) => normalQuantile(p!))).toBeAllclose(
      golden.tails.quantile.map(([, z]) => z!),
      { rtol: 1e-10, atol: 1e-14 },
    );
    expect(studentTail(Number.POSITIVE_INFINITY, 3)).toBe(0);
    expect(studentTail(-1e200, 3)).toBe(1);
  });
});

describe("tests of two samples", () => {
  it.each(golden.pairs.map((pair, i) => [i, pair] as const))("are those of scipy on pair %i", (_, pair) => {
    const { a, b } = pair;
    for (const alternative of ALTERNATIVES) {
      const list = ({ t, p }: { t: number | null; p: number | null }) => [t!, p!];
      expect(list(welchTest(a, b, alternative))).toBeAllclose(pair.welch[alternative], exact);
      expect(list(studentTest(a, b, alternative))).toBeAllclose(pair.student[alternative], exact);
      expect(list(pairedTest(a, b, alternative))).toBeAllclose(pair.paired[alternative], exact);
      const { statistic, p, exact: isExact } = wilcoxonTest(a, b, alternative);
      expect([statistic, p!]).toBeAllclose(pair.wilcoxon[alternative], exact);
      expect(isExact).toBe(pair.exact);
    }
    expect([welchTest(a, b, "less").df!, wilcoxonTest(a, b, "less").rankBiserial!]).toBeAllclose([pair.welchDf, pair.rankBiserial], exact);
    const { d, g, dz } = effectSizes(a, b);
    expect([d!, g!, dz!]).toBeAllclose(pair.effect, exact);
  });

  it("have the value that METRICS.md checks", () => {
    const { a, b } = golden.pairs[0]!;
    const { t, df, p } = studentTest(a, b, "two-sided");
    expect([t, df]).toEqual([expect.closeTo(3.882901373576606, 12), 8]);
    expect(p).toBeCloseTo(0.0046557, 7);
  });

  it("take two lengths, except where values are paired", () => {
    const { a, b, welch, student } = golden.twoLengths;
    for (const alternative of ALTERNATIVES) {
      expect([welchTest(a, b, alternative).p!, studentTest(a, b, alternative).p!]).toBeAllclose(
        [welch[alternative][1]!, student[alternative][1]!],
        exact,
      );
    }
    for (const paired of [pairedTest, wilcoxonTest]) {
      expect(() => paired(a, b, "less")).toThrow("a and b must have a value for each unit, got 7 and 19");
    }
  });

  it("look at the sign: what is surely greater is surely not less", () => {
    const [low, high] = [
      [1, 2, 3, 4, 5, 6],
      [11, 12.5, 13, 14.2, 15, 16.1],
    ];
    for (const test of [welchTest, studentTest, pairedTest, wilcoxonTest]) {
      expect(test(low, high, "less").p!).toBeLessThan(0.02);
      expect(test(low, high, "greater").p!).toBeGreaterThan(0.98);
    }
    expect(effectSizes(low, high).d!).toBeLessThan(0);
    expect(wilcoxonTest(low, high, "less").rankBiserial).toBe(-1);
  });

  it("have no answer where nothing varies", () => {
    const nothing = { t: null, df: null, p: null };
    expect(pairedTest([1, 2, 3], [0, 1, 2], "greater")).toEqual(nothing);
    expect(pairedTest([1], [0], "greater")).toEqual(nothing);
    expect(welchTest([1, 1], [0, 0], "greater")).toEqual(nothing);
    expect(studentTest([1], [0, 3], "greater")).toEqual(nothing);
    expect(wilcoxonTest([1, 2], [1, 2], "less")).toEqual({ statistic: 0, p: null, exact: true, rankBiserial: null });
    expect(effectSizes([1, 1], [0, 0])).toEqual({ d: null, g: null, dz: null });
  });

  it("take what rounding makes of equal values for equal", () => {
    const nothing = { t: null, df: null, p: null };
    const tenths = (of: number, n = 3) => Array.from({ length: n }, () => of / 10);
    for (const n of [2, 3, 10, 1000, 100_000]) {
      for (const alternative of ["less", "greater"] as const) {
        expect(welchTest(tenths(1, n), tenths(2, n), alternative)).toEqual(nothing);
        expect(studentTest(tenths(1, n), tenths(2, n), alternative)).toEqual(nothing);
      }
      expect(effectSizes(tenths(1, n), tenths(2, n))).toEqual({ d: null, g: null, dz: null });
      const a = Array.from({ length: n }, (_, i) => (i % 7) / 10 + 0.1);
      const b = a.map((_, i) => (i % 7) / 10);
      expect([pairedTest(a, b, "greater"), pairedTest(a, b, "less")]).toEqual([nothing, nothing]);
      expect(effectSizes(a, b).dz).toBeNull();
    }
    expect(pairedTest([0.3, 0.4, 0.5], [0.2, 0.3, 0.4], "greater")).toEqual(nothing);
    // One of the two varies: that is what the test goes by.
    expect(welchTest([0.1, 0.1, 0.1], [0.2, 0.3, 0.4], "less")).toEqual(welchTest([0, 0, 0].fill(0.1), [0.2, 0.3, 0.4], "less"));
    expect(welchTest([0.1, 0.1, 0.1], [0.2, 0.3, 0.4], "less").df).toBe(2);
  });

  it("give ties and zeros their ranks where rounding parts them", () => {
    const whole = (k: number) => Array.from({ length: 60 }, (_, i) => (i * k) % 19);
    const [a, b] = [whole(7), whole(11)];
    const parts = (values: number[], of: number) => values.map((value) => 5 + value / of);
    for (const alternative of ALTERNATIVES) {
      const ranks = wilcoxonTest(a, b, alternative);
      for (const of of [10, 3, 700]) expect(wilcoxonTest(parts(a, of), parts(b, of), alternative)).toEqual(ranks);
    }
    expect(wilcoxonTest([0.1 + 0.2, 1], [0.3, 0.5], "greater")).toEqual(wilcoxonTest([1], [0.5], "greater"));
    expect(wilcoxonTest([1 + 1e-13, 1 + 3e-13], [1, 1], "less")).toEqual(wilcoxonTest([1, 3], [0, 0], "less"));
  });

  it("see a spread that is more than rounding, however small beside the values", () => {
    const far = (offset: number, step: number) => [1, 2, 4, 8].map((k) => offset + k * step);
    for (const [offset, step] of [
      [1e6, 1e-6],
      [1, 1e-13],
      [-1e-8, 1e-20],
      [0, 1e-100],
    ] as const) {
      const [a, b] = [far(offset, step), far(offset, 2 * step)];
      expect(pairedTest(a, b, "less").t!).toBeCloseTo(-2.4228, 1);
      expect(welchTest(a, b, "less").t!).toBeCloseTo(-1.0833, 1);
    }
  });

  it("refuse what is no sample", () => {
    const refused = (run: () => unknown, code: string, message: string) => expect(run).toThrow(refusal(code, message));
    refused(() => welchTest([1, Number.NaN], [1], "less"), "INVALID_ARGUMENT", "^a\\[1\\] must be a finite number, got NaN");
    refused(() => pairedTest("12" as unknown as number[], [1, 2], "less"), "INVALID_ARGUMENT", "^a must be a list of numbers, got 12");
    refused(() => wilcoxonTest([1], [2], "fewer" as Alternative), "INVALID_ARGUMENT", '^alternative must be "less", .* got fewer');
    refused(() => effectSizes([1, 2], [1]), "SHAPE_MISMATCH", "got 2 and 1");
  });
});

it("holm is statsmodels', and leaves out what has no answer", () => {
  for (const [ps, raised] of golden.holm) expect(holm(ps!) as number[]).toBeAllclose(raised!, exact);
  expect(holm([0.01, null, 0.03])).toEqual([0.02, null, 0.03]);
});

describe("bootstrap", () => {
  const sets = golden.bootstrap.map((set) => ({
    ...set,
    means: [{ sums: Float64Array.from(set.sums), counts: Float64Array.from(set.counts) }] as readonly ClusteredValues[],
  }));

  it("takes the intervals that scipy takes from the same draws", () => {
    for (const { means, values, intervals } of sets) {
      const estimate = meanOfMeans(means);
      const { sums, counts } = means[0]!;
      const all = (list: Float64Array) => list.reduce((sum, value) => sum + value, 0);
      const jackknife = [...sums].map((sum, i) => (all(sums) - sum) / (all(counts) - counts[i]!));
      for (const level of [0.9, 0.95] as const) {
        const percentile = interval(Float64Array.from(values), estimate, level);
        expect([...percentile]).toBeAllclose(intervals[`percentile ${level}`], exact);
        expect([...interval(Float64Array.from(values), estimate, level, jackknife)]).toBeAllclose(intervals[`bca ${level}`], exact);
      }
    }
  });

  it("holds the value, narrows with the level, and repeats with its seed", async () => {
    const { means } = sets[1]!;
    const of = async (level: number, method: "bca" | "percentile", seed = 1) =>
      (await estimatesOf([means], 25, createRandom(seed), { resamples: 500, level, method }))[0]!;
    for (const method of ["bca", "percentile"] as const) {
      const [wide, narrow] = await Promise.all([of(0.95, method), of(0.5, method)]);
      expect(wide.value).toBe(meanOfMeans(means));
      const order = [wide.low!, narrow.low!, wide.value!, narrow.high!, wide.high!];
      expect(order).toEqual([...order].sort((x, y) => x - y));
      expect(await of(0.95, method)).toEqual(wide);
      expect(await of(0.95, method, 2)).not.toEqual(wide);
    }
    expect(await of(0.95, "bca")).not.toEqual(await of(0.95, "percentile"));
  });

  it("covers the mean about as often as its level says", async () => {
    const random = createRandom(3);
    let covered = 0;
    for (let run = 0; run < 200; run++) {
      const sums = Float64Array.from({ length: 40 }, () => random.normal() ** 2);
      const means = [{ sums, counts: new Float64Array(40).fill(1) }];
      const [estimate] = await estimatesOf([means], 40, random.fork(run), { resamples: 300, level: 0.9, method: "bca" });
      const { low, high } = estimate!;
      if (low! <= 1 && 1 <= high!) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.82);
    expect(covered / 200).toBeLessThan(0.96);
  });

  it("has no interval from one image, and no value from none", async () => {
    const of = async (sums: number[], counts: number[]) => {
      const means = [{ sums: Float64Array.from(sums), counts: Float64Array.from(counts) }];
      return (await estimatesOf([means], sums.length, createRandom(1), { resamples: 50, level: 0.95, method: "bca" }))[0]!;
    };
    expect(await of([0, 2, 0], [0, 4, 0])).toEqual({ value: 0.5, low: null, high: null });
    expect(await of([0, 0], [0, 0])).toEqual({ value: null, low: null, high: null });
    expect(await of([1, 1, 1], [1, 1, 1])).toEqual({ value: 1, low: 1, high: 1 });
  });

  it("averages kinds, each by its own mean", () => {
    const kinds = [
      { sums: Float64Array.of(1, 1), counts: Float64Array.of(1, 1) },
      { sums: Float64Array.of(0, 6), counts: Float64Array.of(0, 2) },
    ];
    expect(meanOfMeans(kinds)).toBe(2);
    expect(meanOfMeans(kinds, (values) => values[0]!)).toBe(1); // the first image alone: the second kind has no value then
    expect(meanOfMeans([])).toBeNaN();
  });
});
