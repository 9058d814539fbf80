import * as tf from "@tensorflow/tfjs-core";

type Call = Parameters<tf.KernelFunc>[0];

/** What is used of tfjs' BackendWasm. */
interface WasmBackend {
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array | Int32Array;
  disposeData(dataId: object): void;
}

/** From so many products a value on, transposing first is faster than multiplying with a transpose flag. */
const WORTH_TRANSPOSING = 16;

let replaced = false;

/**
 * Mends the wasm backend's kernels: products with transpose flags (10 to 40 times slower than transposing first), a missing one, and none
 * returns after it failed inside: `check` runs each.
 */
export function mendWasmKernels(check: <T>(kernel: () => T) => T): void {
  if (replaced) return;
  replaced = true;
  for (const { kernelName } of tf.getKernelsForBackend("wasm")) {
    replace(kernelName, (stock) => (call) => check(() => stock(call)));
  }
  replace("BatchMatMul", transposeFirst);
  tf.registerKernel({ kernelName: "UnsortedSegmentSum", backendName: "wasm", kernelFunc: unsortedSegmentSum });
}

function replace(kernelName: string, mended: (stock: tf.KernelFunc) => tf.KernelFunc): void {
  const stock = tf.getKernel(kernelName, "wasm")!;
  tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({ ...stock, kernelFunc: mended(stock.kernelFunc) });
}

/** Plain products of two matrices without flags, where the flags cost more than a transposed copy. */
function transposeFirst(stock: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = call.attrs as { transposeA?: boolean; transposeB?: boolean };
    if (a.shape.length !== 2 || b.shape.length !== 2 || a.dtype !== "float32" || b.dtype !== "float32") return stock(call);
    const rows = a.shape[transposeA ? 1 : 0]!;
    const columns = b.shape[transposeB ? 0 : 1]!;
    if (rows * columns * a.shape[transposeA ? 0 : 1]! === 0) return zeros([rows, columns], call); // which XNNPACK refuses to compute
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

function zeros(shape: number[], { backend }: Call): tf.TensorInfo {
  const output = (backend as WasmBackend).makeOutput(shape, "float32");
  (backend as WasmBackend).typedArrayFromHeap(output).fill(0);
  return output;
}

function transposed(x: tf.TensorInfo, { backend }: Call): tf.TensorInfo {
  return tf.getKernel("Transpose", "wasm")!.kernelFunc({ inputs: { x }, attrs: { perm: [1, 0] }, backend }) as tf.TensorInfo;
}

/** The gradient of `gather`, which the wasm backend lacks: row i of `x` is added to row `segmentIds[i]`; others are left out. */
function unsortedSegmentSum({ inputs, attrs, backend }: Call): tf.TensorInfo {
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
