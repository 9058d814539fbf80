import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { NativeKernel } from "../register";

/** The addon's layer normalisation. */
export interface LayerNormAddon {
  /** state, unless null: [rows, 2], what the gradient needs. */
  layerNorm(
    x: Float32Array,
    gamma: Float32Array,
    beta: Float32Array,
    y: Float32Array,
    state: Float32Array | null,
    rows: number,
    d: number,
    epsilon: number,
  ): void;
  layerNormGrad(
    dy: Float32Array,
    x: Float32Array,
    gamma: Float32Array,
    state: Float32Array,
    dx: Float32Array,
    dgamma: Float32Array,
    dbeta: Float32Array,
    rows: number,
    d: number,
  ): void;
}

/** Rows x [n, d] normalised, scaled and shifted; while training also each row's mean and inverse deviation. */
export const rsdixLayerNorm: NativeKernel = ({ inputs, attrs, backend }) => {
  const { x, gamma, beta } = inputs as { x: TensorInfo; gamma: TensorInfo; beta: TensorInfo };
  const [rows, d] = x.shape as [number, number];
  const y = backend.allocate(rows * d);
  const state = attrs.training ? backend.allocate(rows * 2) : null;
  backend.addon.layerNorm(backend.floats(x), backend.floats(gamma), backend.floats(beta), y, state, rows, d, attrs.epsilon as number);
  return state ? [backend.result([rows, d], y), backend.result([rows, 2], state)] : [backend.result([rows, d], y)];
};

/** Gradients of x, gamma and beta. */
export const rsdixLayerNormGrad: NativeKernel = ({ inputs, backend }) => {
  const { dy, x, gamma, state } = inputs as { dy: TensorInfo; x: TensorInfo; gamma: TensorInfo; state: TensorInfo };
  const [rows, d] = x.shape as [number, number];
  const dx = backend.allocate(rows * d);
  const dgamma = backend.allocate(d);
  const dbeta = backend.allocate(d);
  const [gradient, input, scale, kept] = [backend.floats(dy), backend.floats(x), backend.floats(gamma), backend.floats(state)];
  backend.addon.layerNormGrad(gradient, input, scale, kept, dx, dgamma, dbeta, rows, d);
  return [backend.result([rows, d], dx), backend.result([d], dgamma), backend.result([d], dbeta)];
};
