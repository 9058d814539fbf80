import { expect } from "vitest";
import type { Input } from "./gradients";
import type { Matrix } from "./plain-losses";

/** Value of an output, and its gradient to each input that it depends on. */
export interface GoldenResult {
  value: number[];
  gradients: Record<string, number[]>;
}

/** One run of PyTorch, in double precision and in float32. */
export interface GoldenCase {
  title: string;
  options: Record<string, unknown>;
  /** What has a gradient. */
  inputs: Record<string, Input>;
  constants: Record<string, Input>;
  /** Weights of an unreduced loss for its gradient; empty for a scalar. */
  dy: number[];
  /** By the name of the output; "loss" where there is one. */
  results: Record<string, GoldenResult>;
  float32: Record<string, GoldenResult>;
}

/** The cases of a fixture with their titles, for `it.each`: JSON's inferred type knows no optional names. */
export function casesOf(fixture: { cases: unknown[] }): [string, GoldenCase][] {
  return (fixture.cases as GoldenCase[]).map((given) => [given.title, given]);
}

/** A fixture's tensor as rows of the float32 numbers that its nine digits stand for; undefined where the case has none. */
export function rowsOf(input: Input | undefined): Matrix | undefined {
  if (!input) return undefined;
  const width = input.shape[1]!;
  return Array.from({ length: input.shape[0]! }, (_, i) => input.values.slice(i * width, (i + 1) * width).map(Math.fround));
}

/** Where the exact numbers are all smaller than this, they count as this much: nothing is exact to 1e-5 of zero. */
const SMALLEST = 1e-2;

/** Largest difference as a share of the largest exact number. */
export function errorOf(actual: ArrayLike<number>, exact: number[]): number {
  expect(actual).toHaveLength(exact.length);
  const largest = Math.max(SMALLEST, ...exact.map(Math.abs));
  const errors = exact.map((value, k) => Math.abs(value - actual[k]!) / largest);
  return errors.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...errors);
}
