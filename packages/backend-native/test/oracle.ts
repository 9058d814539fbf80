import "@tensorflow/tfjs";
import { createRandom } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { registerNativeBackend } from "../src/register";

/** A tensor's numbers on the host: both backends get the same. */
export interface Numbers {
  shape: number[];
  values: Float32Array | Int32Array;
}

/** For tests: seeded numbers normally distributed, in float32. */
export function normal(seed: number, shape: number[], scale = 1): Numbers {
  const random = createRandom(seed);
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < values.length; i++) values[i] = random.normal() * scale;
  return { shape, values };
}

/** Seeded whole numbers in [0, limit). */
export function whole(seed: number, shape: number[], limit: number): Numbers {
  const random = createRandom(seed);
  const values = Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.int(limit));
  return { shape, values };
}

/** A seeded key mask of ones and zeros. */
export function mask(seed: number, shape: number[]): Numbers {
  return { shape, values: Float32Array.from(whole(seed, shape, 3).values, (n) => (n === 0 ? 0 : 1)) };
}

export function toTensor({ shape, values }: Numbers): tf.Tensor {
  return tf.tensor(values.slice(), shape, values instanceof Int32Array ? "int32" : "float32");
}

/** Runs one kernel on the native backend; its outputs. */
export async function onNative(name: string, inputs: Record<string, Numbers>, attrs: Record<string, unknown> = {}): Promise<Numbers[]> {
  await registerNativeBackend();
  await tf.setBackend("native");
  return numbersOf(() => {
    const tensors = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, toTensor(value)]));
    return tf.engine().runKernel(name, tensors, attrs as never) as tf.Tensor | tf.Tensor[];
  });
}

/** The same with stock tfjs ops on the cpu backend. */
export async function onStock(
  inputs: Record<string, Numbers>,
  f: (inputs: Record<string, tf.Tensor>) => tf.Tensor | tf.Tensor[],
): Promise<Numbers[]> {
  await tf.setBackend("cpu");
  return numbersOf(() => f(Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, toTensor(value)]))));
}

function numbersOf(f: () => tf.Tensor | tf.Tensor[]): Numbers[] {
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => {
    const outputs = f();
    return (Array.isArray(outputs) ? outputs : [outputs]).map((t) => ({ shape: t.shape, values: t.dataSync().slice() as Float32Array }));
  });
  expect(tf.memory().numTensors).toBe(before);
  return results;
}

/** Shapes equal, NaN and infinities at the same places, the rest equal within `rtol` of each value and of the largest (at least 0.01). */
export function expectSame(actual: Numbers[], expected: Numbers[], rtol = 1e-5): void {
  expect(actual.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  actual.forEach(({ values }, i) => {
    const wanted = expected[i]!.values;
    expect(notFinite(values), `output ${i}`).toEqual(notFinite(wanted));
    const finite = (numbers: ArrayLike<number>) => Array.from(numbers, (x) => (Number.isFinite(x) ? x : 0));
    const largest = finite(wanted).reduce((most, x) => Math.max(most, Math.abs(x)), 0.01);
    expect(finite(values), `output ${i}`).toBeAllclose(finite(wanted), { rtol, atol: rtol * largest });
  });
}

/** What is no finite number, and where. */
function notFinite(values: ArrayLike<number>): [number, number][] {
  return Array.from(values, (x, i): [number, number] => [i, x]).filter(([, x]) => !Number.isFinite(x));
}
