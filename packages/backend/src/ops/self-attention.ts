import { checkOptions, checkRange, checkRank, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { ATTENTION, ATTENTION_GRAD, defaultScale } from "./attention";
import { checkFloat32, checkIsObject } from "./check-inputs";
import { embedding } from "./embedding";
import { type Attributes, type Kernel, runKernel, type Tensors } from "./kernel";
import { runOp } from "./run-op";

/** How `selfAttention` reads its rows, scales and masks. */
export interface SelfAttentionOptions {
  /** Sequences; each is rows / batch tokens long. */
  readonly batch: number;
  /** Heads that a row is divided into. */
  readonly heads: number;
  /** A token sees itself and those before it. */
  readonly causal?: boolean;
  /** Shape `[batch, tokens]`, float32: 1 where a token may be seen, 0 where it is padding. A row of zeros attends evenly. */
  readonly keyMask?: tf.Tensor2D;
  /** Factor on q·k; 1/sqrt(headWidth) by default. */
  readonly scale?: number;
}

/**
 * Multi-head self-attention on rows of tokens, one operation with its own gradient. The layout is that of the products around it, so
 * that a backend with a kernel for it transposes nothing.
 *
 * @param qkv Queries, keys and values of every token, side by side in one tensor of shape `[batch · tokens, 3 · heads · headWidth]`, or as
 *   three tensors of shape `[batch · tokens, heads · headWidth]`; float32.
 * @param options Sizes, causal order, key mask, scale.
 * @returns Shape `[batch · tokens, heads · headWidth]`, float32.
 * @throws SHAPE_MISMATCH when the sizes don't fit; INVALID_ARGUMENT for a batch or heads that aren't whole, tensors that are not
 *   float32, a scale that isn't finite; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { linear, selfAttention } from "@rsdix/backend";
 * const x = tf.randomNormal([2 * 5, 8]) as tf.Tensor2D; // two sequences of five tokens
 * const qkv = linear(x, tf.randomNormal([8, 3 * 8]));
 * console.log(selfAttention(qkv, { batch: 2, heads: 4, causal: true }).shape); // [10, 8]
 * ```
 * @see Attention Is All You Need, arXiv 1706.03762, section 3.2.
 */
export function selfAttention(
  qkv: tf.Tensor2D | readonly [q: tf.Tensor2D, k: tf.Tensor2D, v: tf.Tensor2D],
  options: SelfAttentionOptions,
): tf.Tensor2D {
  checkIsObject(options, "selfAttention");
  checkOptions(options, ["batch", "heads", "causal", "keyMask", "scale"], "selfAttention");
  const { batch, heads, causal = false, keyMask } = options;
  const parts = Array.isArray(qkv) ? (qkv as readonly tf.Tensor2D[]) : [qkv as tf.Tensor2D];
  if (parts.length !== 1 && parts.length !== 3) {
    fail("INVALID_ARGUMENT", `selfAttention: qkv must be one tensor or three, got ${parts.length}.`);
  }
  const headWidth = checkSizes("selfAttention", parts, options);
  const { scale = defaultScale(headWidth) } = options;
  checkRange(scale, "selfAttention: scale", {});
  const attrs = { batch, heads, causal, scale };
  const constants: Tensors = keyMask ? { keyMask } : {};
  if (parts.length === 1) {
    return runOp({
      kernel: SELF_ATTENTION,
      inputs: { qkv: parts[0]! },
      constants,
      attrs,
      saves: ["qkv", "keyMask"],
      gradient: (dy, saved) => ({ gradients: { qkv: () => runKernel(SELF_ATTENTION_GRAD, { dy, ...saved }, attrs)[0]! } }),
    }) as tf.Tensor2D;
  }
  const [q, k, v] = parts as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  return runOp({
    kernel: SELF_ATTENTION_PARTS,
    inputs: { q, k, v },
    constants,
    attrs,
    saves: ["q", "k", "v", "keyMask"],
    gradient(dy, saved) {
      const [dq, dk, dv] = runKernel(SELF_ATTENTION_PARTS_GRAD, { dy, ...saved }, attrs) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return { gradients: { q: () => dq, k: () => dk, v: () => dv }, shared: [dq, dk, dv] };
    },
  }) as tf.Tensor2D;
}

/** Throws unless everything fits; the width of a head. */
export function checkSizes(where: string, parts: readonly tf.Tensor2D[], { batch, heads, keyMask }: SelfAttentionOptions): number {
  checkRange(batch, `${where}: batch`, { min: 1, integer: true });
  checkRange(heads, `${where}: heads`, { min: 1, integer: true });
  const [name, layout, many] = parts.length === 1 ? ["qkv", "3 · heads · headWidth", 3] : ["q, k and v", "heads · headWidth", 1];
  for (const part of parts) {
    checkFloat32(part, `${where}: ${name}`);
    checkRank(part, 2, name, `[batch · tokens, ${layout}]`);
  }
  if (keyMask !== undefined) checkFloat32(keyMask, `${where}: keyMask`);
  const [rows, width] = parts[0]!.shape;
  if (rows % batch !== 0 || width % (many * heads) !== 0 || parts.some((part) => part.shape.join() !== parts[0]!.shape.join())) {
    fail(
      "SHAPE_MISMATCH",
      `${where}: ${name} must be [batch · tokens, ${layout}] with batch ${batch} and ${heads} heads, got ${parts.map(showShape).join(", ")}.`,
    );
  }
  if (keyMask && keyMask.shape.join() !== [batch, rows / batch].join()) {
    fail("SHAPE_MISMATCH", `${where}: keyMask must have shape [${batch}, ${rows / batch}], got ${showShape(keyMask)}.`);
  }
  return width / many / heads;
}

type Layout = Pick<SelfAttentionOptions, "batch" | "heads">;
type LayoutAttributes = Layout & Attributes;

const SELF_ATTENTION: Kernel = {
  name: "RsdixSelfAttention",
  composed({ qkv, ...mask }: { qkv: tf.Tensor2D } & Tensors, attrs: LayoutAttributes) {
    const [q, k, v] = splitHeads(qkv, attrs);
    const [y, ...state] = runKernel(ATTENTION, { q, k, v, ...mask }, attrs);
    return [toRows(y as tf.Tensor4D), ...state];
  },
};

const SELF_ATTENTION_GRAD: Kernel = {
  name: "RsdixSelfAttentionGrad",
  composed({ dy, qkv, ...rest }: { dy: tf.Tensor2D; qkv: tf.Tensor2D } & Tensors, attrs: LayoutAttributes) {
    const [q, k, v] = splitHeads(qkv, attrs);
    const gradients = runKernel(ATTENTION_GRAD, { dy: toHeads(dy, attrs), q, k, v, ...rest }, attrs);
    return [toRows(tf.concat(gradients, 1) as tf.Tensor4D)];
  },
};

type Parts = { q: tf.Tensor2D; k: tf.Tensor2D; v: tf.Tensor2D } & Tensors;

const SELF_ATTENTION_PARTS: Kernel = {
  name: "RsdixSelfAttentionParts",
  composed({ q, k, v, ...mask }: Parts, attrs: LayoutAttributes) {
    const heads = { q: toHeads(q, attrs), k: toHeads(k, attrs), v: toHeads(v, attrs) };
    const [y, ...state] = runKernel(ATTENTION, { ...heads, ...mask }, attrs);
    return [toRows(y as tf.Tensor4D), ...state];
  },
};

const SELF_ATTENTION_PARTS_GRAD: Kernel = {
  name: "RsdixSelfAttentionPartsGrad",
  composed({ dy, q, k, v, ...rest }: Parts & { dy: tf.Tensor2D }, attrs: LayoutAttributes) {
    const heads = { dy: toHeads(dy, attrs), q: toHeads(q, attrs), k: toHeads(k, attrs), v: toHeads(v, attrs) };
    return runKernel(ATTENTION_GRAD, { ...heads, ...rest }, attrs).map((gradient) => toRows(gradient as tf.Tensor4D));
  },
};

/** [batch · tokens, 3 · heads · headWidth] -> three times [batch, heads, tokens, headWidth]. */
export function splitHeads(qkv: tf.Tensor2D, { batch, heads }: Layout): [q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D] {
  const all = toHeads(qkv, { batch, heads: 3 * heads }); // [batch, 3 · heads, tokens, headWidth]
  if (tf.getBackend() !== "wasm") return tf.split(all, 3, 1) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  // wasm's split copies all of it for each part; looking up a third of its rows is five times as fast.
  const [tokens, headWidth] = [all.shape[2], all.shape[3]];
  const rows = tf.reshape(all, [batch * 3, heads * tokens * headWidth]) as tf.Tensor2D;
  const part = (first: number) =>
    tf.reshape(embedding(rows, tf.range(first, batch * 3, 3, "int32")), [batch, heads, tokens, headWidth]) as tf.Tensor4D;
  return [part(0), part(1), part(2)];
}

/** [batch · tokens, heads · headWidth] -> [batch, heads, tokens, headWidth]. */
function toHeads(x: tf.Tensor2D, { batch, heads }: Layout): tf.Tensor4D {
  const [rows, width] = x.shape;
  if (rows === batch) return tf.reshape(x, [batch, heads, 1, width / heads]); // one token: the same order in memory
  return tf.transpose(tf.reshape(x, [batch, rows / batch, heads, width / heads]), [0, 2, 1, 3]);
}

/** [batch, heads, tokens, headWidth] -> [batch · tokens, heads · headWidth]. */
export function toRows(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, heads, tokens, headWidth] = x.shape;
  return tf.reshape(tokens === 1 ? x : tf.transpose(x, [0, 2, 1, 3]), [batch * tokens, heads * headWidth]);
}
