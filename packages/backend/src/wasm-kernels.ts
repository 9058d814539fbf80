import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "./replace-kernel";

type Call = Parameters<tf.KernelFunc>[0];

/** What is used of tfjs' BackendWasm. */
interface WasmBackend {
  readonly dataIdMap: { get(dataId: object): unknown };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array | Int32Array;
  disposeData(dataId: object): void;
}

/** From so many products a value on, transposing first is faster than multiplying with a transpose flag. */
const WORTH_TRANSPOSING = 16;

let replaced = false;

/** What stock kernels give for a sum, a product, and so on, of nothing; those of wasm leave the memory as they found it. */
const OF_NOTHING = { Sum: 0, Mean: 0, Prod: 1, Max: Number.NaN, Min: Number.NaN, All: 0, Any: 0 } as const;

/**
 * Mends the wasm backend's kernels: products with transpose flags (10 to 40 times slower than transposing first), sums and products of
 * nothing, a missing kernel; what another backend holds is fetched before a kernel looks at the heap, and none returns after it failed
 * inside: `check` runs each.
 */
export function mendWasmKernels(check: <T>(kernel: () => T) => T): void {
  if (replaced) return;
  replaced = true;
  for (const { kernelName } of tf.getKernelsForBackend("wasm")) {
    replaceKernel(kernelName, "wasm", (stock) => (call) => {
      fetchInputs(call);
      return check(() => stock(call));
    });
  }
  replaceKernel("BatchMatMul", "wasm", (stock) => productOfNothing(transposeFirst(stock)));
  replaceKernel("_FusedMatMul", "wasm", fusedProductOfNothing);
  for (const [kernelName, value] of Object.entries(OF_NOTHING))
    replaceKernel(kernelName, "wasm", (stock) => reductionOfNothing(stock, value));
  tf.registerKernel({ kernelName: "UnsortedSegmentSum", backendName: "wasm", kernelFunc: unsortedSegmentSum });
}

/** Fetching may make the heap grow, which cuts off the views of it that stock kernels took of an earlier input. */
function fetchInputs({ inputs, backend }: Call): void {
  for (const name in inputs) {
    const dataId = inputs[name]?.dataId;
    if (dataId) (backend as WasmBackend).dataIdMap.get(dataId);
  }
}

/** Plain products of two matrices without flags, where the flags cost more than a transposed copy. */
function transposeFirst(stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
    if (a.shape.length !== 2 || b.shape.length !== 2 || a.dtype !== "float32" || b.dtype !== "float32") return stock(call);
    const rows = a.shape[transposeA ? 1 : 0]!;
    const columns = b.shape[transposeB ? 0 : 1]!;
    const turnA = transposeA && columns >= WORTH_TRANSPOSING; // each value of `a` is used so many times
    const turnB = transposeB && rows >= WORTH_TRANSPOSING;
    if (!turnA && !turnB) return stock(call);
    const inputs = { a: turnA ? transposed(a, call) : a, b: turnB ? transposed(b, call) : b };
    const result = stock({
      ...call,
      inputs,
      attrs: { transposeA: transposeA && !turnA, transposeB: transposeB && !turnB } as tf.NamedAttrMap,
    });
    if (turnA) (call.backend as WasmBackend).disposeData(inputs.a.dataId);
    if (turnB) (call.backend as WasmBackend).disposeData(inputs.b.dataId);
    return result;
  };
}

/** Zeros for a product over no numbers, or of no rows or columns, which XNNPACK refuses to compute. */
function productOfNothing(stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    if (!isOfNothing(a) && !isOfNothing(b)) return stock(call);
    const { transposeA, transposeB } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
    const leading = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return filled([...leading, a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!], "float32", 0, call);
  };
}

/** The same with a bias and an activation: they are applied to a product with rows of one zero in place of none. */
function fusedProductOfNothing(stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    if (!isOfNothing(a) && !isOfNothing(b)) return stock(call);
    const { transposeA, transposeB } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
    const [rows, columns] = [a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
    const leading = a.shape.slice(0, -2);
    if (rows * columns * tf.util.sizeFromShape(leading) === 0) return filled([...leading, rows, columns], "float32", 0, call);
    const wasm = call.backend as WasmBackend;
    const [left, right] = [
      filled([...leading, rows, 1], "float32", 0, call),
      filled([...b.shape.slice(0, -2), 1, columns], "float32", 0, call),
    ];
    const attrs = { ...call.attrs, transposeA: false, transposeB: false } as tf.NamedAttrMap;
    const result = stock({ ...call, inputs: { ...call.inputs, a: left, b: right }, attrs });
    for (const { dataId } of [left, right]) wasm.disposeData(dataId);
    return result;
  };
}

function reductionOfNothing(stock: tf.KernelFunc, value: number): tf.KernelFunc {
  return (call) => {
    const result = stock(call) as tf.TensorInfo;
    if (isOfNothing(call.inputs.x!)) (call.backend as WasmBackend).typedArrayFromHeap(result).fill(value);
    return result;
  };
}

const isOfNothing = ({ shape }: tf.TensorInfo): boolean => shape.includes(0);

function filled(shape: number[], dtype: tf.DataType, value: number, { backend }: Call): tf.TensorInfo {
  const output = (backend as WasmBackend).makeOutput(shape, dtype);
  (backend as WasmBackend).typedArrayFromHeap(output).fill(value);
  return output;
}

function transposed(x: tf.TensorInfo, { backend }: Call): tf.TensorInfo {
  return tf.getKernel("Transpose", "wasm")!.kernelFunc({ inputs: { x }, attrs: { perm: [1, 0] }, backend }) as tf.TensorInfo;
}

/** The gradient of `gather`, which the wasm backend lacks: row i of `x` is added to row `segmentIds[i]`; others are left out. */
function unsortedSegmentSum(call: Call): tf.TensorInfo {
  const { inputs, attrs, backend } = call;
  fetchInputs(call);
  const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  const { numSegments } = attrs as unknown as { numSegments: number };
  const wasm = backend as WasmBackend;
  const output = wasm.makeOutput([numSegments, ...x.shape.slice(1)], x.dtype);
  const [sums, values, ids] = [output, x, segmentIds].map((tensor) => wasm.typedArrayFromHeap(tensor)); // after the last allocation, which may move the heap
  const size = tf.util.sizeFromShape(x.shape.slice(1));
  sums!.fill(0);
  ids!.forEach((id, row) => {
    if (id < 0 || id >= numSegments) return;
    for (let i = 0; i < size; i++) sums![id * size + i]! += values![row * size + i]!;
  });
  return output;
}
