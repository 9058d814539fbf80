import "@tensorflow/tfjs";
import { createRandom, type Random } from "@rsdix/internal";
import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { KERNELS } from "../src/kernels/all";
import { type NativeBackend, size } from "../src/native-backend";
import { type KernelCall, registerNativeBackend } from "../src/register";

/** For tests: a tensor's type, shape and values on the host; each backend gets an array of its own. */
export interface Given {
  shape: number[];
  dtype: "float32" | "int32" | "bool";
  values: Float32Array | Int32Array | Uint8Array;
}

/** How closely results must agree: |native - stock| <= rtol · |stock| + atol. */
export interface Closeness {
  rtol?: number;
  atol?: number;
  /** Whether the native kernel may leave this to the stock one. */
  mayFallThrough?: boolean;
}

/** Seeded inputs for one kernel's test. */
export function cases(name: string, count: number, run: (random: Random) => void): void {
  for (let i = 0; i < count; i++) run(createRandom(20).fork(name).fork(i));
}

/** A shape of up to `rank` axes and a few hundred numbers; one in sixteen is empty. */
export function randomShape(random: Random, { least = 0, most = 5 }: { least?: number; most?: number } = {}): number[] {
  const shape = Array.from({ length: least + random.int(most - least + 1) }, () => 1 + random.int(5));
  if (shape.length > 0 && random.int(3) === 0) shape[random.int(shape.length)] = 1 + random.int(40);
  while (size(shape) > 600) shape[random.int(shape.length)] = 1;
  if (shape.length > 0 && random.int(16) === 0) shape[random.int(shape.length)] = 0;
  return shape;
}

const SPECIAL = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -1];

/** Normally distributed numbers; one array in three has NaN, infinities, zeros and ones among them. */
export function floats(random: Random, shape: number[], scale = 2): Given {
  const special = random.int(3) === 0;
  const values = Float32Array.from({ length: size(shape) }, () =>
    special && random.int(4) === 0 ? SPECIAL[random.int(SPECIAL.length)]! : random.normal() * scale,
  );
  return { shape, dtype: "float32", values };
}

/** Whole numbers in [low, high). */
export function ints(random: Random, shape: number[], low = -5, high = 6): Given {
  return { shape, dtype: "int32", values: Int32Array.from({ length: size(shape) }, () => low + Math.floor(random.next() * (high - low))) };
}

export function bools(random: Random, shape: number[]): Given {
  return { shape, dtype: "bool", values: Uint8Array.from({ length: size(shape) }, () => random.int(2)) };
}

/** float32, or in one case of three int32: for kernels that only move numbers. */
export function numbers(random: Random, shape: number[]): Given {
  return random.int(3) === 0 ? ints(random, shape, -2147483648, 2147483648) : floats(random, shape);
}

/** Both backends, registered. */
export async function backends(): Promise<{ cpu: MathBackendCPU; native: NativeBackend }> {
  await registerNativeBackend();
  await tf.setBackend("native");
  return { cpu: tf.findBackend("cpu") as MathBackendCPU, native: tf.findBackend("native") as NativeBackend };
}

interface Outcome {
  outputs?: Given[];
  error?: Error;
  /** The stock kernel ran on the native backend. */
  fellThrough: boolean;
}

function run(backendName: string, name: string, given: Given[] | Record<string, Given>, attrs: Record<string, unknown>): Outcome {
  const backend = tf.findBackend(backendName) as NativeBackend;
  const before = backend.numDataIds();
  const made: tf.TensorInfo[] = [];
  const make = ({ shape, dtype, values }: Given) => {
    const info = backend.makeTensorInfo(shape, dtype, values.slice());
    made.push(info);
    return info;
  };
  const inputs = (
    Array.isArray(given) ? given.map(make) : Object.fromEntries(Object.entries(given).map(([key, value]) => [key, make(value)]))
  ) as KernelCall["inputs"];
  const call = { inputs, attrs, backend };
  const outcome: Outcome = { fellThrough: false };
  try {
    const native = backendName === "native" ? KERNELS[name]!(call) : undefined;
    outcome.fellThrough = native === undefined;
    const result = native ?? tf.getKernel(name, "cpu").kernelFunc(call as never);
    const infos = (Array.isArray(result) ? result : [result]) as tf.TensorInfo[];
    outcome.outputs = infos.map(({ dataId, shape, dtype }) => ({
      shape: [...shape],
      dtype: dtype as Given["dtype"],
      values: (backend.data.get(dataId).values as Given["values"]).slice(),
    }));
    for (const { dataId } of infos) backend.disposeData(dataId);
  } catch (error) {
    outcome.error = error as Error;
  }
  const list = Array.isArray(given) ? given : Object.values(given);
  made.forEach(({ dataId }, i) => {
    if (!same(backend.data.get(dataId).values as Given["values"], list[i]!.values, 0, 0)) throw new Error(`${name} changed an input`);
    backend.disposeData(dataId);
  });
  const stock = backendName === "cpu" || outcome.fellThrough; // its errors leave intermediate tensors behind
  if (backend.numDataIds() !== before && !(stock && outcome.error))
    throw new Error(`${name} left ${backend.numDataIds() - before} tensors behind`);
  return outcome;
}

/** Whether all values agree; a NaN only with a NaN. */
function same(actual: ArrayLike<number>, expected: ArrayLike<number>, rtol: number, atol: number): boolean {
  if (actual.length !== expected.length) return false;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (a !== e && !(Number.isNaN(a) && Number.isNaN(e)) && !(Math.abs(a - e) <= rtol * Math.abs(e) + atol && Number.isFinite(e)))
      return false;
  }
  return true;
}

/** Runs a kernel on the native backend and the stock cpu backend: results, their types and errors must be the same. */
export function compare(
  name: string,
  given: Given[] | Record<string, Given>,
  attrs: Record<string, unknown> = {},
  { rtol = 0, atol = 0, mayFallThrough = false }: Closeness = {},
): void {
  const stock = run("cpu", name, given, attrs);
  const native = run("native", name, given, attrs);
  const shapes = (Array.isArray(given) ? given : Object.values(given)).map(({ shape, dtype }) => `${dtype}[${shape}]`);
  const what = `${name} of ${shapes.join(", ")} with ${JSON.stringify(attrs)}`;
  if (stock.error) {
    expect(native.error, `${what}: the stock kernel throws "${stock.error.message}"`).toBeInstanceOf(Error);
    return;
  }
  if (native.error) throw new Error(`${what}: ${native.error.message}`, { cause: native.error });
  if (native.fellThrough && !mayFallThrough) throw new Error(`${what}: fell through to the stock kernel`);
  const [actual, expected] = [native.outputs!, stock.outputs!];
  expect(actual.length, what).toBe(expected.length);
  actual.forEach(({ shape, dtype, values }, i) => {
    const wanted = expected[i]!;
    if (`${dtype}[${shape}]` !== `${wanted.dtype}[${wanted.shape}]`) {
      throw new Error(`${what}: ${dtype}[${shape}], stock ${wanted.dtype}[${wanted.shape}]`);
    }
    const type = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype];
    if (!native.fellThrough && !(values instanceof type)) throw new Error(`${what}: ${dtype} in a ${values.constructor.name}`);
    if (!same(values, wanted.values, rtol, atol)) expect([...values], what).toEqual([...wanted.values]);
  });
}
