import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import { type NativeBackend, size } from "../native-backend";
import type { NativeKernel } from "../register";
import { broadcastStrides, lists, mergeAxes } from "../strides";
import { type Words, words, wordsLike, wordsResult } from "../words";

/** The addon's functions of two numbers. */
export interface BinaryAddon {
  /** y[i] = f(a[i * aStep], b[i * bStep]) for n numbers; steps are 0 or 1; y may be an operand of n numbers. */
  binary(operation: number, a: Words, b: Words, y: Words | Uint8Array, n: number, aStep: number, bStep: number): void;
  /** The same along several axes: `lists` are sizes, strides of a, strides of b. */
  binaryBroadcast(operation: number, a: Words, b: Words, y: Words | Uint8Array, rank: number, lists: Float64Array): void;
}

// In the order of csrc/isa/elementwise.cc, one after another.
const FLOATS = ["Add", "Sub", "Multiply", "RealDiv", "Maximum", "Minimum", "SquaredDifference", "Pow", "Prelu"];
const INTS = ["Add", "Sub", "Multiply", "Maximum", "Minimum", "SquaredDifference"];
const COMPARISONS = ["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual"];

/** The addon's number of an operation on operands of this type, or -1. */
function operationOf(name: string, dtype: string): number {
  const compared = COMPARISONS.indexOf(name);
  const offset = FLOATS.length + INTS.length;
  if (dtype === "float32") return compared >= 0 ? offset + compared : FLOATS.indexOf(name);
  if (dtype !== "int32") return -1;
  if (compared >= 0) return offset + COMPARISONS.length + compared;
  const found = INTS.indexOf(name);
  return found >= 0 ? FLOATS.length + found : -1;
}

/** y = f(a, b), broadcast to `shape`, which y has the numbers of. False where there are too many axes. */
function combine(
  backend: NativeBackend,
  operation: number,
  [a, aShape]: [Words, readonly number[]],
  [b, bShape]: [Words, readonly number[]],
  y: Words | Uint8Array,
  shape: readonly number[],
): boolean {
  const n = y.length;
  if (n === 0) return true;
  if ((a.length === n || a.length === 1) && (b.length === n || b.length === 1)) {
    backend.addon.binary(operation, a, b, y, n, a.length === n ? 1 : 0, b.length === n ? 1 : 0);
    return true;
  }
  const rank = mergeAxes(shape, broadcastStrides(aShape, shape.length), broadcastStrides(bShape, shape.length));
  if (rank === 0) return false;
  backend.addon.binaryBroadcast(operation, a, b, y, rank, lists);
  return true;
}

/** The shape that two broadcast to; the first itself where they are the same. */
function broadcastShape(a: number[], b: number[]): number[] {
  if (a.length === b.length && a.every((side, i) => side === b[i])) return a;
  return backend_util.assertAndGetBroadcastShape(a, b);
}

/** A kernel of two operands by the name of what it does; its inputs may have other names. */
export function binary(name: string, first = "a", second = "b"): NativeKernel {
  const numbers = { float32: operationOf(name, "float32"), int32: operationOf(name, "int32") };
  const compares = COMPARISONS.includes(name);
  return ({ inputs, backend }) => {
    const a = inputs[first]!;
    const b = inputs[second]!;
    if (a.dtype !== b.dtype || (a.dtype !== "float32" && a.dtype !== "int32")) return undefined;
    const operation = numbers[a.dtype];
    if (operation < 0) return undefined;
    const [x, z] = [words(backend, a)!, words(backend, b)!];
    const shape = broadcastShape(a.shape, b.shape);
    const n = size(shape);
    const y = compares ? new Uint8Array(n) : wordsLike(backend, x, n);
    if (!combine(backend, operation, [x, a.shape], [z, b.shape], y, shape)) return undefined;
    return y instanceof Uint8Array ? backend.makeTensorInfo(shape, "bool", y) : wordsResult(backend, shape, y);
  };
}

/** y = f(y, b), b broadcast to y's shape. */
export function combineInPlace(backend: NativeBackend, name: string, y: Float32Array, shape: number[], b: TensorInfo): void {
  const done = combine(backend, operationOf(name, "float32"), [y, shape], [backend.floats(b), b.shape], y, shape);
  if (!done) throw new Error(`${name}: shapes [${shape}] and [${b.shape}] have too many axes`);
}

/** NaN is what differs from itself. */
const isNan: NativeKernel = ({ inputs, backend }) => {
  const x = inputs.x!;
  if (x.dtype !== "float32") return undefined;
  const values = backend.floats(x);
  const y = new Uint8Array(values.length);
  combine(backend, operationOf("NotEqual", "float32"), [values, x.shape], [values, x.shape], y, x.shape);
  return backend.makeTensorInfo(x.shape, "bool", y);
};

const addN: NativeKernel = ({ inputs, backend }) => {
  const terms = inputs as unknown as TensorInfo[];
  const shape = terms[0]!.shape;
  const n = size(shape);
  if (terms.some((term) => term.dtype !== "float32" || size(term.shape) !== n)) return undefined;
  const y = backend.allocate(n);
  y.set(backend.floats(terms[0]!));
  const add = operationOf("Add", "float32");
  for (const term of terms.slice(1)) combine(backend, add, [y, shape], [backend.floats(term), shape], y, shape);
  return backend.result(shape, y);
};

/** The kernels of two tensors of one type, float32 or int32, number by number. */
export const BINARY: Record<string, NativeKernel> = {
  ...Object.fromEntries([...FLOATS, ...COMPARISONS].map((name) => [name, name === "Prelu" ? binary(name, "x", "alpha") : binary(name)])),
  AddN: addN,
  IsNan: isNan,
};
