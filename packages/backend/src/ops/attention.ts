import { checkOptions, checkRange, checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { batchedProduct } from "./batched-product";
import { checkFloat32, checkIsObject } from "./check-inputs";
import { type Kernel, runKernel } from "./kernel";
import { runOp } from "./run-op";

/** How `attention` scales and masks. */
export interface AttentionOptions {
  /** Query i sees keys up to its own position; with more keys than queries (a cache) the queries are the last positions. */
  readonly causal?: boolean;
  /** Shape `[batch, keys]`, float32: 1 where a key may be seen, 0 where it is padding. A row of zeros attends evenly. */
  readonly keyMask?: tf.Tensor2D;
  /** Factor on q·k; 1/sqrt(d) by default. */
  readonly scale?: number;
}

/** Added to masked scores. Finite, since WGSL compilers may assume that infinity does not exist. */
const MASKED = -1e9;

/**
 * Scaled dot-product attention: softmax(q · kᵀ · scale + mask) · v, one operation with its own gradient.
 *
 * @param q Queries, shape `[batch, heads, queries, d]`, float32.
 * @param k Keys, shape `[batch, heads, keys, d]`, float32.
 * @param v Values, shape `[batch, heads, keys, d]`, float32.
 * @param options Causal order, key mask, scale.
 * @returns Shape `[batch, heads, queries, d]`, float32.
 * @throws SHAPE_MISMATCH when the shapes don't fit; INVALID_ARGUMENT for tensors that are not float32, queries without keys, a scale
 *   that isn't finite; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { attention } from "@rsdix/backend";
 * const x = tf.randomNormal([1, 2, 5, 8]) as tf.Tensor4D;
 * console.log(attention(x, x, x, { causal: true }).shape); // [1, 2, 5, 8]
 * ```
 * @see Attention Is All You Need, arXiv 1706.03762, equation 1.
 */
export function attention(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D, options: AttentionOptions = {}): tf.Tensor4D {
  checkIsObject(options, "attention");
  checkOptions(options, ["causal", "keyMask", "scale"], "attention");
  checkFloat32(q, "attention: q");
  checkFloat32(k, "attention: k");
  checkFloat32(v, "attention: v");
  checkRank(q, 4, "q", "[batch, heads, queries, d]");
  const [batch, heads, queries, d] = q.shape;
  const keys = k.shape[2];
  if (k.rank !== 4 || v.rank !== 4 || k.shape.join() !== [batch, heads, keys, d].join() || v.shape.join() !== k.shape.join()) {
    fail(
      "SHAPE_MISMATCH",
      `attention: q ${showShape(q)}, k ${showShape(k)}, v ${showShape(v)}: k and v must be [${batch}, ${heads}, keys, ${d}].`,
    );
  }
  const { causal = false, keyMask, scale = defaultScale(d) } = options;
  checkRange(scale, "attention: scale", {});
  if (keyMask !== undefined) checkFloat32(keyMask, "attention: keyMask");
  if (keyMask && keyMask.shape.join() !== [batch, keys].join()) {
    fail("SHAPE_MISMATCH", `attention: keyMask must have shape [${batch}, ${keys}], got ${showShape(keyMask)}.`);
  }
  if (keys === 0 && queries > 0) fail("INVALID_ARGUMENT", "attention: there are no keys; a query needs at least one to attend to.");
  if (causal && keys < queries)
    fail("SHAPE_MISMATCH", `attention: causal order needs at least as many keys as queries, got ${keys} and ${queries}.`);

  return runOp({
    kernel: ATTENTION,
    inputs: { q, k, v },
    constants: keyMask ? { keyMask } : {},
    attrs: { causal, scale },
    saves: ["q", "k", "v", "keyMask"],
    gradient(dy, saved) {
      const [dq, dk, dv] = runKernel(ATTENTION_GRAD, { dy, ...saved }, { causal, scale }) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { gradients: { q: () => dq, k: () => dk, v: () => dv }, shared: [dq, dk, dv] };
    },
  }) as tf.Tensor4D;
}

/** 1/sqrt(d); any number where there is no width and so nothing to scale. */
export function defaultScale(d: number): number {
  return 1 / Math.sqrt(Math.max(d, 1));
}

interface AttentionInputs {
  q: tf.Tensor4D;
  k: tf.Tensor4D;
  v: tf.Tensor4D;
  keyMask?: tf.Tensor2D;
}

interface AttentionAttributes {
  causal: boolean;
  scale: number;
  training?: boolean;
}

/** Its state: the attention weights [batch, heads, queries, keys]. */
export const ATTENTION: Kernel = {
  name: "RsdixAttention",
  composed({ q, k, v, keyMask }: AttentionInputs, { causal, scale, training = false }: AttentionAttributes) {
    const [queries, keys] = [q.shape[2], k.shape[2]];
    let scores: tf.Tensor = batchedProduct(tf.mul(q, scale), k, false, true); // [batch, heads, queries, keys]
    if (causal && queries > 1) scores = tf.add(scores, causalBias(queries, keys));
    if (keyMask) scores = tf.add(scores, tf.reshape(tf.mul(tf.sub(1, keyMask), MASKED), [keyMask.shape[0], 1, 1, keys]));
    const weights = tf.softmax(scores) as tf.Tensor4D;
    const y = batchedProduct(weights, v);
    return training ? [y, weights] : [y];
  },
};

export const ATTENTION_GRAD: Kernel = {
  name: "RsdixAttentionGrad",
  composed({ dy, q, k, v, state: p }: AttentionInputs & { dy: tf.Tensor4D; state: tf.Tensor4D }, { scale }: AttentionAttributes) {
    const weighted = tf.mul(batchedProduct(dy, v, false, true), p);
    const ds = tf.mul(tf.sub(weighted, tf.mul(p, tf.sum(weighted, 3, true))), scale) as tf.Tensor4D;
    return [batchedProduct(ds, k), batchedProduct(ds, q, true), batchedProduct(p, dy, true)];
  },
};

/** [1, 1, queries, keys]: 0 where key <= query + (keys - queries), a large negative number elsewhere. */
function causalBias(queries: number, keys: number): tf.Tensor4D {
  const bias = new Float32Array(queries * keys);
  for (let i = 0; i < queries; i++) bias.fill(MASKED, i * keys + i + keys - queries + 1, (i + 1) * keys);
  return tf.tensor4d(bias, [1, 1, queries, keys]);
}
