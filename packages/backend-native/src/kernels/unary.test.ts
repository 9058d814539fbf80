import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { backends, type Closeness, cases, compare, floats, type Given, ints, randomShape } from "../../test/stock";
import { nativeAvailable } from "../../test/test-support";
import type { NativeBackend } from "../native-backend";
import { applyUnary, UNARY } from "./unary";

const ATTRIBUTES: Record<string, Record<string, number>> = {
  LeakyRelu: { alpha: 0.2 },
  Step: { alpha: 0.25 },
  ClipByValue: { clipValueMin: -0.7, clipValueMax: 1.1 },
};

/** Steps, roundings and square roots are exact; the stock erf is a formula with an error of 1.5e-7, the stock elu takes 1 from e^x. */
const CLOSENESS: Record<string, Closeness> = {
  Erf: { rtol: 1e-5, atol: 3e-7 },
  Elu: { rtol: 1e-5, atol: 1e-15 },
};
const close = (name: string): Closeness => CLOSENESS[name] ?? { rtol: 1e-5, atol: 1e-38 };

/** Where functions end, overflow, change their sign or their formula. */
const EDGES = [
  0, 1e-45, 1e-40, 1.2e-38, 1e-20, 1e-8, 1e-4, 0.3466, 0.5, 0.7072, 1, 1.5, 2.5, 3.92, 5.99, 6, 10, 13.9, 87.4, 88.72, 88.73, 103.9, 104.1, 1e4,
  8388609, 2147483648, 1e20, 3.4e38, Number.POSITIVE_INFINITY,
]; // biome-ignore format: a table

/** erf by its Taylor series, in double: enough for |x| < 3. */
function erfSeries(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 80; n++) {
    term *= -(x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

describe.runIf(nativeAvailable)("functions of one number on native equal the stock kernels", () => {
  beforeAll(async () => void (await backends()));

  it.each(Object.keys(UNARY))("%s on 60 random shapes", (name) => {
    cases(name, 60, (random) => compare(name, { x: floats(random, randomShape(random)) }, ATTRIBUTES[name], close(name)));
  });

  it.each(Object.keys(UNARY))("%s at the edges, NaN and infinity", (name) => {
    const values = Float32Array.from([Number.NaN, ...EDGES, ...EDGES.map((x) => -x), -0.99999, -1.00001, 0.99999, 1.00001]);
    compare(name, { x: { shape: [values.length], dtype: "float32", values } }, ATTRIBUTES[name], close(name));
  });

  it.each(Object.keys(UNARY))("%s of float32 numbers of every size, and NaNs of every kind", (name) => {
    const bits = Uint32Array.from({ length: 524_353 }, (_, i) => i * 8191);
    const x = { shape: [bits.length], dtype: "float32" as const, values: new Float32Array(bits.buffer) };
    compare(name, { x }, ATTRIBUTES[name], close(name));
  });

  it.each(Object.keys(UNARY))("%s on every thread", (name) => {
    cases(name, 1, (random) => compare(name, { x: floats(random, [3, 33_333]) }, ATTRIBUTES[name], close(name)));
  });

  it.each(["Exp", "Relu", "Square", "Abs"])("%s leaves other types to the stock kernel", (name) => {
    cases(name, 1, (random) => compare(name, { x: ints(random, [3, 4]) }, ATTRIBUTES[name], { mayFallThrough: true, rtol: 1e-6 }));
  });

  it("reads a float32 tensor that holds another typed array", () => {
    cases("aliased", 1, (random) => {
      const x = { ...ints(random, [5, 7]), dtype: "float32" } as Given;
      for (const name of ["Exp", "Neg", "Relu"]) compare(name, { x }, {}, { rtol: 1e-5 });
    });
  });

  it("computes erf to float32's precision, which the stock formula does not near 0", () => {
    const x = Float32Array.from({ length: 400 }, (_, i) => (i + 1) / 160);
    const y = new Float32Array(x.length);
    applyUnary(tf.findBackend("native") as NativeBackend, "Erf", x, y);
    expect(y).toBeAllclose(Float32Array.from(x, erfSeries), { rtol: 1e-6, atol: 0 });
  });

  it("covers the functions that transformers and losses are made of", () => {
    expect(Object.keys(UNARY)).toEqual(
      expect.arrayContaining(["Exp", "Log", "Tanh", "Sigmoid", "Erf", "Rsqrt", "Relu", "Softplus", "ClipByValue"]),
    );
  });
});
