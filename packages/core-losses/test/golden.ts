import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { expectNoLeak } from "../../../test/tensors";
import { evaluate, type Input } from "./gradients";
import type { Matrix } from "./plain-losses";

/** Value of an output, and its gradient to each input that it depends on. */
interface GoldenResult {
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

/** The loss of a case's tensors by their names. */
export type GoldenLoss = (tensors: Record<string, tf.Tensor2D>, options: Record<string, unknown>) => tf.Tensor | object;

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

/** Where the exact numbers are all smaller than this they count as this much: what cancels to zero has the error of what cancelled. */
const SMALLEST = 1e-3;

/** Largest difference as a share of the largest exact number. */
function errorOf(actual: ArrayLike<number>, exact: number[]): number {
  expect(actual).toHaveLength(exact.length);
  const largest = Math.max(SMALLEST, ...exact.map(Math.abs));
  const errors = exact.map((value, k) => Math.abs(value - actual[k]!) / largest);
  return errors.some(Number.isNaN) ? Number.POSITIVE_INFINITY : Math.max(...errors);
}

/** Value and gradients of one output of a case, computed here. */
function resultOf(loss: GoldenLoss, given: GoldenCase, name: string): GoldenResult {
  const learned = Object.keys(given.results[name]!.gradients);
  const tensor = ({ shape, values }: Input) => tf.tensor(values, shape);
  const output = (...tensors: tf.Tensor[]): tf.Tensor =>
    tf.tidy(() => {
      const fixed = Object.entries({ ...given.inputs, ...given.constants }).filter(([key]) => !learned.includes(key));
      const named = { ...Object.fromEntries(fixed.map(([key, input]) => [key, tensor(input)])) };
      learned.forEach((key, k) => {
        named[key] = tensors[k]!;
      });
      const outputs = loss(named as Record<string, tf.Tensor2D>, given.options);
      return outputs instanceof tf.Tensor ? outputs : (outputs as Record<string, tf.Tensor>)[name]!;
    });
  if (learned.length === 0) {
    const value = expectNoLeak(() => {
      const result = output();
      const values = [...result.dataSync()];
      result.dispose();
      return values;
    });
    return { value, gradients: {} };
  }
  const inputs = learned.map((key) => given.inputs[key]!);
  const { value, gradients } = evaluate(output, inputs, given.dy.length > 0 ? given.dy : undefined);
  return { value, gradients: Object.fromEntries(learned.map((key, k) => [key, gradients[k]!])) };
}

/** The error of each number that a case gives: "loss", "loss by image" and so on. */
function errorsOf(actual: GoldenResult, exact: GoldenResult, name: string): Record<string, number> {
  const gradients = Object.entries(exact.gradients).map(([key, gradient]) => [
    `${name} by ${key}`,
    errorOf(actual.gradients[key]!, gradient),
  ]);
  return { [name]: errorOf(actual.value, exact.value), ...Object.fromEntries(gradients) };
}

/** Half a unit in the last place of float32 numbers near 1: the error of a result that is as exact as it can be. */
const HALF_ULP = 2 ** -24;

/**
 * Tests for every case of a fixture that no number of value and gradients is off by more than 1e-5 of the largest exact one, nor by more than
 * 32 times the largest error that PyTorch itself makes in float32 in any case of the fixture. `only` chooses cases by their number.
 */
export function agreesWithPyTorch(title: string, fixture: { cases: unknown[] }, loss: GoldenLoss, only = (_case: number) => true): void {
  const torch: Record<string, number> = {};
  for (const [, { results, float32 }] of casesOf(fixture)) {
    for (const [name, exact] of Object.entries(results)) {
      for (const [what, error] of Object.entries(errorsOf(float32[name]!, exact, name))) {
        torch[what] = Math.max(torch[what] ?? HALF_ULP, error);
      }
    }
  }
  it.each(casesOf(fixture).filter((_, k) => only(k)))(`${title} agrees with PyTorch: %s`, (_, given) => {
    for (const [name, exact] of Object.entries(given.results)) {
      const errors = errorsOf(resultOf(loss, given, name), exact, name);
      for (const [what, error] of Object.entries(errors)) {
        expect(error, `error of ${what}; PyTorch's in float32 is up to ${torch[what]}`).toBeLessThanOrEqual(
          Math.min(1e-5, 32 * torch[what]!),
        );
      }
    }
  });
}

/** The dense form, and the two kinds of tiles. */
const FORMS: [string, { tile?: number | "auto" }][] = [
  ["dense", {}],
  ["tile 2", { tile: 2 }],
  ["tile auto", { tile: "auto" }],
];

/** Each form of a loss, and which cases it is for: all, but on a device, which compiles a program a shape; there each case is computed in one of the forms. */
export function forEachForm(
  backend: string,
  body: (form: string, tiles: { tile?: number | "auto" }, only: (which: number) => boolean) => void,
): void {
  const isDevice = backend === "webgpu" || backend === "webgl";
  for (const [which, [form, tiles]] of FORMS.entries()) body(form, tiles, (k) => !isDevice || k % FORMS.length === which);
}
