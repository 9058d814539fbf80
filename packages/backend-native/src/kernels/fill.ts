import { util } from "@tensorflow/tfjs-core";
import { type NativeBackend, size } from "../native-backend";
import type { NativeKernel } from "../register";
import { alias } from "../words";

function filled(backend: NativeBackend, shape: number[], value: number) {
  return backend.result(shape, backend.allocate(size(shape)).fill(value));
}

const fill: NativeKernel = ({ attrs, backend }) => {
  const { shape, value, dtype } = attrs as { shape: number[]; value: number; dtype?: string };
  return typeof value === "number" && (dtype || util.inferDtype(value)) === "float32" ? filled(backend, shape, value) : undefined;
};

function like(value: number): NativeKernel {
  return ({ inputs, backend }) => (inputs.x!.dtype === "float32" ? filled(backend, inputs.x!.shape, value) : undefined);
}

/**
 * The stock kernel hands an int32 or bool array on as float32 or int32, of whose tensors others then read another type; here it is converted.
 */
const cast: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const dtype = attrs.dtype as string;
  if (dtype === x.dtype) return alias(backend, x, x.shape);
  const values = backend.data.get(x.dataId).values;
  if (!(values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array)) return undefined;
  if (dtype === "float32" && (x.dtype === "int32" || x.dtype === "bool")) {
    const y = backend.allocate(values.length);
    y.set(values);
    return backend.result(x.shape, y);
  }
  if (dtype === "int32" && (x.dtype === "float32" || x.dtype === "bool"))
    return backend.makeTensorInfo(x.shape, "int32", new Int32Array(values));
  return undefined;
};

/** The kernels that make float32 tensors of one number, or of another type's. */
export const FILL: Record<string, NativeKernel> = { Cast: cast, Fill: fill, OnesLike: like(1), ZerosLike: like(0) };
