import * as tf from "@tensorflow/tfjs-core";
import { replaceKernel } from "./replace-kernel";

/** What is used of tfjs' WebGPUBackend. */
export interface StoringBackend {
  bufferManager: { acquireBuffer(size: number, ...rest: unknown[]): unknown };
  tensorMap: { get(dataId: object): { shape: number[]; dtype: tf.NumericDataType | "string" | "complex64" } | undefined };
  read(dataId: object): Promise<tf.BackendValues>;
  readSync(dataId: object): tf.BackendValues;
  makeTensorInfo(shape: number[], dtype: tf.DataType, values?: tf.BackendValues): tf.TensorInfo;
}

/** The least that a program may read of a tensor: four numbers at once. */
const LEAST_BYTES = 16;

/** What reductions of nothing give. */
const OF_NOTHING: Readonly<Record<string, number>> = {
  Sum: 0,
  Mean: Number.NaN,
  Prod: 1,
  Max: Number.NEGATIVE_INFINITY,
  Min: Number.POSITIVE_INFINITY,
};

const mended = new WeakSet<tf.KernelFunc>();

/** Lets stock tfjs take tensors of no elements: it would bind buffers of no bytes, which a device refuses, and divide by nothing. */
export function mendEmpties(backend: StoringBackend): void {
  const { bufferManager, read, readSync } = backend;
  const acquire = bufferManager.acquireBuffer.bind(bufferManager);
  bufferManager.acquireBuffer = (size, ...rest) => acquire(size || LEAST_BYTES, ...rest);
  const nothing = (dataId: object) => {
    const { shape, dtype } = backend.tensorMap.get(dataId) ?? {};
    const empty = shape && dtype !== "string" && dtype !== "complex64" && tf.util.sizeFromShape(shape) === 0;
    return empty ? tf.util.getTypedArrayFromDType(dtype as "float32", 0) : undefined;
  };
  backend.read = async (dataId) => nothing(dataId) ?? read.call(backend, dataId);
  backend.readSync = (dataId) => nothing(dataId) ?? readSync.call(backend, dataId);
  for (const [name, value] of Object.entries(OF_NOTHING)) {
    mend(name, ({ x }, { axis, reductionIndices = axis, keepDims }) => {
      const axes = tf.util.parseAxisParam(reductionIndices as number | number[], x!.shape);
      const shape = x!.shape.flatMap((size, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [size]));
      return { shape, value, dtype: name === "Mean" ? "float32" : x!.dtype === "bool" ? "int32" : x!.dtype };
    });
  }
  mend("ScatterNd", ({ updates }, { shape }) => ({ shape: shape as number[], value: 0, dtype: updates!.dtype }));
  mend("Softmax", ({ logits }) => ({ shape: logits!.shape, value: 0, dtype: "float32" }));
}

type Inputs = Readonly<Record<string, tf.TensorInfo>>;

/** A kernel whose result, where an input has no elements, is one number again and again. */
function mend(
  name: string,
  constant: (inputs: Inputs, attrs: Record<string, unknown>) => { shape: number[]; value: number; dtype: tf.DataType },
) {
  const registered = tf.getKernel(name, "webgpu");
  if (!registered || mended.has(registered.kernelFunc)) return; // kernels stay when a backend is renewed
  replaceKernel(name, "webgpu", (stock) => (call) => {
    const inputs = call.inputs as unknown as Inputs;
    if (Object.values(inputs).every(({ shape }) => tf.util.sizeFromShape(shape) > 0)) return stock(call);
    const { shape, value, dtype } = constant(inputs, call.attrs as Record<string, unknown>);
    const values = tf.util.getTypedArrayFromDType(dtype as "float32", tf.util.sizeFromShape(shape)).fill(value);
    return (call.backend as unknown as StoringBackend).makeTensorInfo(shape, dtype, values);
  });
  mended.add(tf.getKernel(name, "webgpu").kernelFunc);
}
