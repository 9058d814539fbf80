import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { NativeBackend } from "./native-backend";

/** Values of four bytes, float32 or int32: kernels that only move them take both. */
export type Words = Float32Array | Int32Array;

/** The values of a float32 or int32 tensor; undefined for other types, which are the stock kernels'. */
export function words(backend: NativeBackend, x: TensorInfo): Words | undefined {
  return x.dtype === "float32" ? backend.floats(x) : x.dtype === "int32" ? backend.ints(x) : undefined;
}

/** An array for a result of the same type; contents undefined. */
export function wordsLike(backend: NativeBackend, values: Words, length: number): Words {
  return values instanceof Float32Array ? backend.allocate(length) : new Int32Array(length);
}

/** A tensor over an array from `wordsLike`. */
export function wordsResult(backend: NativeBackend, shape: number[], values: Words): TensorInfo {
  return values instanceof Float32Array ? backend.result(shape, values) : backend.makeTensorInfo(shape, "int32", values);
}

/** The same data in another shape: nobody copies. */
export function alias(backend: NativeBackend, x: TensorInfo, shape: number[]): TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape, dtype: x.dtype };
}
