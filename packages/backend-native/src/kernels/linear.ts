import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { NativeBackend } from "../native-backend";
import type { NativeKernel } from "../register";
import { binary } from "./binary";
import { matMul } from "./product";

/** The addon's fully connected layers. */
export interface LinearAddon {
  /** y [m, n] = f(x [m, k] · w + bias) + residual; slope takes f'. w is [k, n], or [n, k] when transposed. */
  linear(
    x: Float32Array,
    w: Float32Array,
    y: Float32Array,
    m: number,
    n: number,
    k: number,
    bias: Float32Array | null,
    activation: number,
    residual: Float32Array | null,
    slope: Float32Array | null,
    transposed: boolean,
  ): void;
  /** The same with a weight packed by `packWeight`. */
  linearPacked(
    x: Float32Array,
    packed: Float32Array,
    y: Float32Array,
    m: number,
    n: number,
    k: number,
    bias: Float32Array | null,
    activation: number,
    residual: Float32Array | null,
    slope: Float32Array | null,
  ): void;
  packWeight(w: Float32Array, packed: Float32Array, k: number, n: number, transposed: boolean): void;
  packedLength(k: number, n: number): number;
}

/** The addon's numbers for activations. */
const ACTIVATION = { quickGelu: 1, gelu: 2, geluTanh: 3, relu: 4, tanh: 5 } as const;

/** With more rows than this, arranging the weight for the product costs little beside the product itself. */
const MOST_ROWS_PACKED = 512;

/** y = f(x · w + bias) + residual, and f' for the backward pass while training. */
export const rsdixLinear: NativeKernel = ({ inputs, attrs, backend }) => {
  const { x, w, bias, residual } = inputs as { x: TensorInfo; w: TensorInfo; bias?: TensorInfo; residual?: TensorInfo };
  const {
    activation,
    training,
    transposeW = false,
  } = attrs as {
    activation?: keyof typeof ACTIVATION;
    training: boolean;
    transposeW?: boolean;
  };
  const [m, k] = x.shape as [number, number];
  const n = w.shape[transposeW ? 0 : 1]!;
  const y = backend.allocate(m * n);
  const slope = training && activation ? backend.allocate(m * n) : null;
  const offset = bias ? backend.floats(bias) : null;
  const added = residual ? backend.floats(residual) : null;
  const f = activation ? ACTIVATION[activation] : 0;
  const weight = backend.floats(w);
  const packed = !training && m <= MOST_ROWS_PACKED ? backend.packs.find(w.dataId, weight, k, n, transposeW) : undefined;
  if (packed) backend.addon.linearPacked(backend.floats(x), packed, y, m, n, k, offset, f, added, slope);
  else backend.addon.linear(backend.floats(x), weight, y, m, n, k, offset, f, added, slope, transposeW);
  const shape = [m, n];
  return slope ? [backend.result(shape, y), backend.result(shape, slope)] : [backend.result(shape, y)];
};

/** dz = dy · f', f' being what `rsdixLinear` kept. */
export const rsdixActivationGrad: NativeKernel = binary("Multiply", "dy", "state");

/** A product of two matrices, either transposed: the gradients of a layer. */
export const rsdixProduct: NativeKernel = ({ inputs, attrs, backend }) =>
  matMul(backend as NativeBackend, inputs.a!, inputs.b!, attrs as unknown as { transposeA: boolean; transposeB: boolean });
