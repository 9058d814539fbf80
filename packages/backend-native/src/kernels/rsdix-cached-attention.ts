import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { NativeBackend } from "../native-backend";
import type { NativeKernel } from "../register";

/** The addon's cache of keys and values [batch, heads, capacity, d]. */
export interface CachedAttentionAddon {
  /** Writes the new keys and values into the cache at `length`. */
  cachedAttention(
    qkv: Float32Array,
    keys: Float32Array,
    values: Float32Array,
    keyMask: Float32Array | null,
    out: Float32Array,
    batch: number,
    heads: number,
    tokens: number,
    length: number,
    capacity: number,
    d: number,
    scale: number,
  ): void;
  /** out's sequence i becomes cache's from[i]; out may be cache. */
  cacheReorder(
    cache: Float32Array,
    from: Int32Array,
    out: Float32Array,
    batch: number,
    sequences: number,
    heads: number,
    capacity: number,
    length: number,
    d: number,
  ): void;
}

/** New tokens join the cache, in place, and attend to it up to themselves. */
export const rsdixCachedAttention: NativeKernel = ({ inputs, attrs, backend }) => {
  const { qkv, keys, values, keyMask } = inputs as { qkv: TensorInfo; keys: TensorInfo; values: TensorInfo; keyMask?: TensorInfo };
  const { batch, heads, length, scale } = attrs as { batch: number; heads: number; length: number; scale: number };
  const [, , capacity, d] = keys.shape as [number, number, number, number];
  const rows = qkv.shape[0]!;
  const out = backend.allocate(rows * heads * d);
  const mask = keyMask ? backend.floats(keyMask) : null;
  const [x, k, v] = [backend.floats(qkv), backend.floats(keys), backend.floats(values)];
  backend.addon.cachedAttention(x, k, v, mask, out, batch, heads, rows / batch, length, capacity, d, scale);
  return backend.result([rows, heads * d], out);
};

/** Sequences of the cache by index, as far as `length` tokens: in place when there are as many as before. */
export const rsdixCacheReorder: NativeKernel = ({ inputs, attrs, backend }) => {
  const from = backend.ints(inputs.from!);
  return [inputs.keys!, inputs.values!].map((cache) => reorder(backend, cache, from, attrs.length as number));
};

function reorder(backend: NativeBackend, cache: TensorInfo, from: Int32Array, length: number): TensorInfo {
  const [batch, heads, capacity, d] = cache.shape as [number, number, number, number];
  const values = backend.floats(cache);
  const inPlace = from.length === batch && backend.isExclusive(cache);
  const out = inPlace ? values : backend.allocate(from.length * heads * capacity * d);
  backend.addon.cacheReorder(values, from, out, batch, from.length, heads, capacity, length, d);
  if (!inPlace) return backend.result([from.length, heads, capacity, d], out);
  backend.incRef(cache.dataId);
  return { dataId: cache.dataId, shape: cache.shape, dtype: cache.dtype };
}
