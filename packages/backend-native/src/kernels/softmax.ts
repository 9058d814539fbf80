import type { TensorInfo } from "@tensorflow/tfjs-core";
import { size } from "../native-backend";
import type { KernelCall, NativeKernel } from "../register";

/** The addon's softmax of rows. */
export interface SoftmaxAddon {
  softmax(x: Float32Array, y: Float32Array, rows: number, n: number): void;
  logSoftmax(x: Float32Array, y: Float32Array, rows: number, n: number): void;
}

/** tfjs's Softmax; over another axis than the last one the stock kernel does it. */
export const softmax: NativeKernel = (call) => overLastAxis(call, call.attrs.dim as number, "softmax");

/** tfjs's LogSoftmax. `tf.logSoftmax` of 4.22 does without it, by six other kernels; graph executors and later versions may ask for it. */
export const logSoftmax: NativeKernel = (call) => overLastAxis(call, call.attrs.axis as number, "logSoftmax");

function overLastAxis({ inputs, backend }: KernelCall, axis: number, name: "softmax" | "logSoftmax"): TensorInfo | undefined {
  const logits = inputs.logits!;
  const last = logits.shape.length - 1;
  if (logits.dtype !== "float32" || last < 0 || (axis !== last && axis !== -1)) return undefined;
  const n = logits.shape[last]!;
  const length = size(logits.shape);
  const y = backend.allocate(length);
  backend.addon[name](backend.floats(logits), y, length === 0 ? 0 : length / n, n);
  return backend.result(logits.shape, y);
}
