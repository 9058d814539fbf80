import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type NativeBackend, size } from "../native-backend";
import type { KernelCall, NativeKernel } from "../register";

/** The addon's attention: one implementation, whose heads lie as one of `LAYOUT` says. */
export interface AttentionAddon {
  /** state, unless null: [batch, heads, queries, 2], what the gradient needs. */
  attention(
    q: Float32Array,
    k: Float32Array,
    v: Float32Array,
    keyMask: Float32Array | null,
    out: Float32Array,
    state: Float32Array | null,
    layout: number,
    batch: number,
    heads: number,
    queries: number,
    keys: number,
    d: number,
    causal: boolean,
    scale: number,
  ): void;
  attentionGrad(
    dy: Float32Array,
    q: Float32Array,
    k: Float32Array,
    v: Float32Array,
    keyMask: Float32Array | null,
    state: Float32Array,
    dq: Float32Array,
    dk: Float32Array,
    dv: Float32Array,
    layout: number,
    batch: number,
    heads: number,
    queries: number,
    keys: number,
    d: number,
    causal: boolean,
    scale: number,
  ): void;
}

/** [batch, heads, rows, d]; q, k and v in one row [batch · rows, 3 · heads · d]; or each in a row [batch · rows, heads · d]. */
const LAYOUT = { apart: 0, together: 1, parts: 2 } as const;

interface Sizes {
  layout: number;
  batch: number;
  heads: number;
  queries: number;
  keys: number;
  d: number;
}

/** Attention over separate heads. */
export const rsdixAttention: NativeKernel = (call) => forward(call, sizesApart(call), ["q", "k", "v"]);
export const rsdixAttentionGrad: NativeKernel = (call) => backward(call, sizesApart(call), ["q", "k", "v"]);

/** Attention within sequences, on rows as the products around it have them. */
export const rsdixSelfAttention: NativeKernel = (call) => forward(call, sizesOfRows(call, LAYOUT.together), ["qkv"]);
export const rsdixSelfAttentionGrad: NativeKernel = (call) => backward(call, sizesOfRows(call, LAYOUT.together), ["qkv"]);
export const rsdixSelfAttentionParts: NativeKernel = (call) => forward(call, sizesOfRows(call, LAYOUT.parts), ["q", "k", "v"]);
export const rsdixSelfAttentionPartsGrad: NativeKernel = (call) => backward(call, sizesOfRows(call, LAYOUT.parts), ["q", "k", "v"]);

function sizesApart({ inputs }: KernelCall): Sizes {
  const [batch, heads, queries, d] = inputs.q!.shape as [number, number, number, number];
  return { layout: LAYOUT.apart, batch, heads, queries, keys: inputs.k!.shape[2]!, d };
}

function sizesOfRows({ inputs, attrs }: KernelCall, layout: number): Sizes {
  const { batch, heads } = attrs as { batch: number; heads: number };
  const [rows, width] = (inputs.qkv ?? inputs.q!).shape as [number, number];
  const tokens = rows / batch;
  return { layout, batch, heads, queries: tokens, keys: tokens, d: width / heads / (layout === LAYOUT.together ? 3 : 1) };
}

/** One array for each of q, k and v, or the one that holds all three, three times. */
function triple<T>(values: readonly T[]): readonly [T, T, T] {
  return values.length === 1 ? [values[0]!, values[0]!, values[0]!] : (values as [T, T, T]);
}

function maskOf({ inputs, backend }: KernelCall): Float32Array | null {
  return inputs.keyMask ? backend.floats(inputs.keyMask) : null;
}

function forward(call: KernelCall, s: Sizes, names: readonly string[]): TensorInfo[] {
  const { inputs, backend } = call;
  const { causal, scale, training } = call.attrs as { causal: boolean; scale: number; training: boolean };
  const [q, k, v] = triple(names.map((name) => backend.floats(inputs[name]!)));
  const out = backend.allocate(s.batch * s.heads * s.queries * s.d);
  const state = training ? backend.allocate(s.batch * s.heads * s.queries * 2) : null;
  backend.addon.attention(q, k, v, maskOf(call), out, state, s.layout, s.batch, s.heads, s.queries, s.keys, s.d, causal, scale);
  const shape = s.layout === LAYOUT.apart ? [s.batch, s.heads, s.queries, s.d] : [s.batch * s.queries, s.heads * s.d];
  const y = backend.result(shape, out);
  return state ? [y, backend.result([s.batch, s.heads, s.queries, 2], state)] : [y];
}

function backward(call: KernelCall, s: Sizes, names: readonly string[]): TensorInfo[] {
  const { inputs, backend } = call;
  const { causal, scale } = call.attrs as { causal: boolean; scale: number };
  const [q, k, v] = triple(names.map((name) => backend.floats(inputs[name]!)));
  const gradients = names.map((name) => allocateLike(backend, inputs[name]!));
  const [dq, dk, dv] = triple(gradients.map(({ values }) => values));
  const [dy, state, mask] = [backend.floats(inputs.dy!), backend.floats(inputs.state!), maskOf(call)];
  backend.addon.attentionGrad(dy, q, k, v, mask, state, dq, dk, dv, s.layout, s.batch, s.heads, s.queries, s.keys, s.d, causal, scale);
  return gradients.map(({ shape, values }) => backend.result(shape, values));
}

function allocateLike(backend: NativeBackend, { shape }: TensorInfo): { shape: number[]; values: Float32Array } {
  return { shape, values: backend.allocate(size(shape)) };
}
