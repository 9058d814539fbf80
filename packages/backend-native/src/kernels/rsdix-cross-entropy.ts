import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { KernelCall, NativeKernel } from "../register";

/** The addon's cross-entropy; targets outside [0, classes) are an error. */
export interface CrossEntropyAddon {
  /** logSumExp, unless null: [rows], what the gradient needs. */
  crossEntropy(
    logits: Float32Array,
    targets: Int32Array,
    weights: Float32Array | null,
    loss: Float32Array,
    logSumExp: Float32Array | null,
    rows: number,
    classes: number,
  ): void;
  crossEntropyGrad(
    dy: Float32Array,
    logits: Float32Array,
    targets: Int32Array,
    weights: Float32Array | null,
    logSumExp: Float32Array,
    dlogits: Float32Array,
    rows: number,
    classes: number,
  ): void;
}

/** The weighted mean over rows of logSumExp(logits) - logits[target]; while training also each row's logSumExp. */
export const rsdixCrossEntropy: NativeKernel = (call) => {
  const { backend, inputs } = call;
  const { logits, targets } = inputs as { logits: TensorInfo; targets: TensorInfo };
  const [rows, classes] = logits.shape as [number, number];
  const loss = backend.allocate(1);
  const sums = call.attrs.training ? backend.allocate(rows) : null;
  backend.addon.crossEntropy(backend.floats(logits), backend.ints(targets), weightsOf(call), loss, sums, rows, classes);
  return sums ? [backend.result([], loss), backend.result([rows], sums)] : [backend.result([], loss)];
};

/** The gradient of the logits. */
export const rsdixCrossEntropyGrad: NativeKernel = (call) => {
  const { backend, inputs } = call;
  const { dy, logits, targets, state } = inputs as { dy: TensorInfo; logits: TensorInfo; targets: TensorInfo; state: TensorInfo };
  const [rows, classes] = logits.shape as [number, number];
  const dlogits = backend.allocate(rows * classes);
  const [gradient, x, rowTargets, sums] = [backend.floats(dy), backend.floats(logits), backend.ints(targets), backend.floats(state)];
  backend.addon.crossEntropyGrad(gradient, x, rowTargets, weightsOf(call), sums, dlogits, rows, classes);
  return [backend.result([rows, classes], dlogits)];
};

function weightsOf({ inputs, backend }: KernelCall): Float32Array | null {
  return inputs.weights ? backend.floats(inputs.weights) : null;
}
