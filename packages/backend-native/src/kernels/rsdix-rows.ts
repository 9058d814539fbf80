import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { NativeKernel } from "../register";

/** The addon's work on rows. */
export interface RowsAddon {
  /** inverses, unless null: [rows], 1 / max(length, epsilon). */
  l2Normalize(x: Float32Array, y: Float32Array, inverses: Float32Array | null, rows: number, d: number, epsilon: number): void;
  l2NormalizeGrad(dy: Float32Array, y: Float32Array, inverses: Float32Array, dx: Float32Array, rows: number, d: number): void;
  sumRows(x: Float32Array, out: Float32Array, rows: number, d: number): void;
}

/** Rows scaled to length 1; while training also the factors. */
export const rsdixL2Normalize: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const [rows, d] = x.shape as [number, number];
  const y = backend.allocate(rows * d);
  const inverses = attrs.training ? backend.allocate(rows) : null;
  backend.addon.l2Normalize(backend.floats(x), y, inverses, rows, d, attrs.epsilon as number);
  return inverses ? [backend.result([rows, d], y), backend.result([rows, 1], inverses)] : [backend.result([rows, d], y)];
};

/** The gradient of x, from y. */
export const rsdixL2NormalizeGrad: NativeKernel = ({ inputs, backend }) => {
  const { dy, y, state } = inputs as { dy: TensorInfo; y: TensorInfo; state: TensorInfo };
  const [rows, d] = y.shape as [number, number];
  const dx = backend.allocate(rows * d);
  backend.addon.l2NormalizeGrad(backend.floats(dy), backend.floats(y), backend.floats(state), dx, rows, d);
  return [backend.result([rows, d], dx)];
};

/** The sum over rows of x [n, d]: a bias' gradient. */
export const rsdixSumRows: NativeKernel = ({ inputs, backend }) => {
  const x = inputs.x!;
  const [rows, d] = x.shape as [number, number];
  const out = backend.allocate(d);
  backend.addon.sumRows(backend.floats(x), out, rows, d);
  return [backend.result([d], out)];
};
