import { readFileSync } from "node:fs";
import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { logExpectedImprovement, normalCumulative } from "./expected-improvement";
import { climb, fitHyperparameters } from "./fit-hyperparameters";
import { GaussianProcess } from "./gaussian-process";

interface Case {
  points: number[][];
  values: number[];
  new: number[][];
  signalVariance: number;
  lengthScales: number[];
  noiseVariance: number;
  means: number[];
  deviations: number[];
  likelihood: number;
  gradient: number[];
}
const golden = JSON.parse(readFileSync(new URL("../fixtures/gaussian-process.json", import.meta.url), "utf8")) as {
  cases: Case[];
  improvements: { mean: number; deviation: number; lowest: number; value: number }[];
  cumulative: { z: number; value: number }[];
};
const TOLERANCE = { rtol: 1e-6, atol: 1e-6 };

const data = ({ points, values }: Case) => ({ points, values, groups: points[0]!.map((_, column) => column) });

describe("GaussianProcess", () => {
  it.each(golden.cases.map((one) => [one.points.length, one] as const))("of %i points is scikit-learn's", (_, one) => {
    const process = new GaussianProcess(data(one), one);
    const { means, deviations } = process.predict(one.new);
    expect(means).toBeAllclose(one.means, TOLERANCE);
    expect(deviations).toBeAllclose(one.deviations, TOLERANCE);
    expect([process.logMarginalLikelihood()]).toBeAllclose([one.likelihood], TOLERANCE);
    expect(process.gradient()).toBeAllclose(one.gradient, TOLERANCE);
  });

  it("shares a length scale in a group: as one column repeated", () => {
    const [, one] = golden.cases;
    const twice = (points: number[][]) => points.map(([x]) => [x! / Math.SQRT2, x! / Math.SQRT2]);
    const alone = new GaussianProcess(data(one!), one!);
    const shared = new GaussianProcess({ points: twice(one!.points), values: one!.values, groups: [0, 0] }, one!);
    expect(shared.predict(twice(one!.new)).means).toBeAllclose(alone.predict(one!.new).means, TOLERANCE);
    expect(shared.gradient()).toBeAllclose(alone.gradient(), TOLERANCE);
  });

  it("says so where two points cannot be told apart and there is no noise", () => {
    const same = new GaussianProcess(
      { points: [[0.5], [0.5]], values: [1, 2], groups: [0] },
      { signalVariance: 1, lengthScales: [1], noiseVariance: 0 },
    );
    expect(same.logMarginalLikelihood()).toBe(Number.NEGATIVE_INFINITY);
    expect(same.gradient()).toEqual([0, 0, 0]);
  });
});

describe("fitHyperparameters", () => {
  it("finds what is likelier than any of a grid, the same with the same seed", () => {
    const one = golden.cases[2]!;
    const fitted = fitHyperparameters(data(one), createRandom(1));
    expect(fitHyperparameters(data(one), createRandom(1))).toEqual(fitted);
    const best = new GaussianProcess(data(one), fitted).logMarginalLikelihood();
    const scales = [0.1, 0.3, 1, 3];
    for (const signalVariance of [0.3, 1, 3, 10]) {
      for (const noiseVariance of [1e-4, 1e-2, 0.1]) {
        for (const a of scales) {
          for (const b of scales) {
            for (const c of scales) {
              const other = new GaussianProcess(data(one), { signalVariance, lengthScales: [a, b, c], noiseVariance });
              expect(other.logMarginalLikelihood()).toBeLessThan(best + 0.05);
            }
          }
        }
      }
    }
  });

  it("does not take for noise what little is known of", () => {
    const two = { points: [[0.47], [0.66]], values: [-1, 1], groups: [0] };
    for (let seed = 0; seed < 5; seed++) expect(fitHyperparameters(two, createRandom(seed)).noiseVariance).toBeLessThan(0.01);
  });

  it("climbs to the top within the bounds, and to the bound where the top lies beyond", () => {
    const hill = (point: readonly number[]) => ({
      value: -((point[0]! - 1) ** 2) - (point[1]! - 9) ** 2,
      gradient: [-2 * (point[0]! - 1), -2 * (point[1]! - 9)],
    });
    const bounds = [[-5, 5] as const, [-5, 5] as const];
    expect(climb(hill, [-4, -4], bounds).point).toBeAllclose([1, 5], { atol: 0.01 });
  });
});

describe("logExpectedImprovement", () => {
  it("is the formula's logarithm", () => {
    const values = golden.improvements.map(({ mean, deviation, lowest }) => Math.exp(logExpectedImprovement(mean, deviation, lowest)));
    expect(values).toBeAllclose(
      golden.improvements.map(({ value }) => value),
      { rtol: 1e-9, atol: 0 },
    );
    const cumulative = golden.cumulative.map(({ z }) => normalCumulative(z));
    expect(cumulative).toBeAllclose(
      golden.cumulative.map(({ value }) => value),
      { rtol: 1e-12, atol: 0 },
    );
  });

  it("falls without a step or an end as the mean rises, and knows what is certain", () => {
    let before = Number.POSITIVE_INFINITY;
    for (let z = 6; z > -40; z -= 0.01) {
      const value = logExpectedImprovement(-z, 1, 0);
      expect(before - value).toBeGreaterThan(0);
      expect(before === Number.POSITIVE_INFINITY || before - value < 0.5).toBe(true);
      before = value;
    }
    expect(logExpectedImprovement(1e7, 1, 0)).toBeCloseTo(-0.5e14 - 0.9189 - 2 * Math.log(1e7), -1);
    expect(logExpectedImprovement(1, 0, 3)).toBe(Math.log(2));
    expect(logExpectedImprovement(3, 0, 1)).toBe(Number.NEGATIVE_INFINITY);
  });
});
