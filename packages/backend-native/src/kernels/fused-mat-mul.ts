import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import { type NativeBackend, size } from "../native-backend";
import type { NativeKernel } from "../register";
import { broadcastStrides, contiguous } from "../strides";
import { combineInPlace } from "./binary";
import { matMul, type Transposes } from "./product";
import { applyUnary } from "./unary";

/** Products whose batches broadcast axis by axis, as numpy's: one call a pair of batches. (The stock kernel's result is too short there.) */
function broadcastMatMul(
  backend: NativeBackend,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: Transposes,
): TensorInfo | undefined {
  if (a.dtype !== "float32" || b.dtype !== "float32") return undefined;
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [n, kB] = transposeB ? [rowsB, columnsB] : [columnsB, rowsB];
  if (k !== kB) throw new Error(`matMul: inner sizes differ: [${a.shape}]${transposeA ? "ᵀ" : ""} · [${b.shape}]${transposeB ? "ᵀ" : ""}`);
  const batches = size(batch);
  const c = backend.allocate(batches * m * n);
  const [x, y] = [backend.floats(a), backend.floats(b)];
  const steps = contiguous(batch);
  const [stepsA, stepsB] = [broadcastStrides(a.shape.slice(0, -2), batch.length), broadcastStrides(b.shape.slice(0, -2), batch.length)];
  for (let i = 0; i < batches; i++) {
    let [atA, atB] = [0, 0];
    for (let axis = 0; axis < batch.length; axis++) {
      const index = Math.floor(i / steps[axis]!) % batch[axis]!;
      atA += index * stepsA[axis]!;
      atB += index * stepsB[axis]!;
    }
    const [p, q] = [x.subarray(atA * m * k, (atA + 1) * m * k), y.subarray(atB * k * n, (atB + 1) * k * n)];
    backend.addon.product(p, q, c.subarray(i * m * n, (i + 1) * m * n), transposeA, transposeB, m, n, k, 1, 0, 0);
  }
  return backend.result([...batch, m, n], c);
}

function product(backend: NativeBackend, a: TensorInfo, b: TensorInfo, transposes: Transposes): TensorInfo | undefined {
  return matMul(backend, a, b, transposes) ?? broadcastMatMul(backend, a, b, transposes);
}

/** Products of float32 matrices, over batches that broadcast. */
export const batchMatMul: NativeKernel = ({ inputs, attrs, backend }) =>
  product(backend, inputs.a!, inputs.b!, attrs as unknown as Transposes);

const ACTIVATIONS = { relu: "Relu", relu6: "Relu6", elu: "Elu", sigmoid: "Sigmoid", leakyrelu: "LeakyRelu" } as const;

/** A product, a bias and an activation; the last two on the product's own array. */
export const fusedMatMul: NativeKernel = ({ inputs, attrs, backend }) => {
  const { a, b, bias, preluActivationWeights } = inputs as {
    a: TensorInfo;
    b: TensorInfo;
    bias?: TensorInfo;
    preluActivationWeights?: TensorInfo;
  };
  const { activation = "linear", leakyreluAlpha } = attrs as { activation?: string; leakyreluAlpha?: number };
  if ((bias && bias.dtype !== "float32") || (preluActivationWeights && preluActivationWeights.dtype !== "float32")) return undefined;
  const unary = ACTIVATIONS[activation as keyof typeof ACTIVATIONS];
  if (!unary && activation !== "linear" && activation !== "prelu") throw new Error(`_FusedMatMul: there is no activation ${activation}`);
  const result = product(backend, a!, b!, attrs as unknown as Transposes);
  if (!result) return undefined;
  const { shape } = result;
  for (const other of [bias, preluActivationWeights]) {
    if (!other || size(backend_util.assertAndGetBroadcastShape(shape, other.shape)) === size(shape)) continue;
    backend.disposeData(result.dataId);
    return undefined; // the bias has more numbers than the product
  }
  const y = backend.floats(result);
  if (bias) combineInPlace(backend, "Add", y, shape, bias);
  if (unary) applyUnary(backend, unary, y, y, leakyreluAlpha ?? 0);
  else if (activation === "prelu") combineInPlace(backend, "Prelu", y, shape, preluActivationWeights!);
  return result;
};
