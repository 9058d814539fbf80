import { attention, selfAttention } from "@rsdix/backend";
import { checkRank, fail, show, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { type DropoutOptions, drop } from "./dropout";

/** How queries look at keys. */
export interface AttendOptions {
  readonly batch: number;
  readonly heads: number;
  /** Of a sequence with itself. */
  readonly causal?: boolean;
  readonly keyMask?: tf.Tensor2D;
  readonly dropout?: DropoutOptions;
  /** The layer, which names its dropout. */
  readonly place: string;
}

type Part = tf.Tensor2D;

/** Added to masked scores; finite, as in `attention` of @rsdix/backend. */
const MASKED = -1e9;

/**
 * Attention over rows of tokens: queries [batch · queries, width], keys and values [batch · keys, width], or all three of the same tokens side
 * by side as one [batch · tokens, 3 · width].
 */
export function attend(parts: Part | readonly [q: Part, k: Part, v: Part], options: AttendOptions): tf.Tensor2D {
  const { batch, heads, causal = false, keyMask, dropout } = options;
  if (typeof causal !== "boolean") fail("INVALID_ARGUMENT", `causal must be true or false, got ${show(causal)}.`);
  if (keyMask !== undefined) checkRank(keyMask, 2, "keyMask", "[batch, keys]");
  const masks = { causal, ...(keyMask && { keyMask }) };
  const dropping = (dropout?.attention ?? 0) > 0;
  if (!dropping && (!Array.isArray(parts) || parts[0].shape[0] === parts[1].shape[0])) {
    return selfAttention(parts, { batch, heads, ...masks });
  }
  return tf.tidy(() => {
    const [q, k, v] = (Array.isArray(parts) ? parts : tf.split(parts as Part, 3, 1)).map((part) => toHeads(part, batch, heads)) as [
      tf.Tensor4D,
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    return toRows(dropping ? attentionWithDropout(q, k, v, options) : attention(q, k, v, masks));
  });
}

/** softmax(q · kᵀ / sqrt(d) + masks), some of it dropped, · v. In tfjs's ops: the fused kernel doesn't show its weights. */
function attentionWithDropout(q: tf.Tensor4D, k: tf.Tensor4D, v: tf.Tensor4D, options: AttendOptions): tf.Tensor4D {
  const { causal, keyMask, dropout, place } = options;
  const [batch, , queries] = q.shape;
  const keys = k.shape[2];
  if (keyMask && keyMask.shape.join() !== [batch, keys].join()) {
    fail("SHAPE_MISMATCH", `keyMask must have shape [${batch}, ${keys}], got ${showShape(keyMask)}.`);
  }
  let scores: tf.Tensor = tf.matMul(tf.mul(q, q.shape[3] ** -0.5), k, false, true); // [batch, heads, queries, keys]
  if (causal) scores = tf.add(scores, later(queries));
  if (keyMask) scores = tf.add(scores, tf.reshape(tf.mul(tf.sub(1, keyMask), MASKED), [batch, 1, 1, keys]));
  const weights = drop(tf.softmax(scores) as tf.Tensor4D, dropout, "attention", `${place}weights`);
  return tf.matMul(weights, v);
}

/** [1, 1, tokens, tokens]: 0 where key <= query, a large negative number elsewhere. */
function later(tokens: number): tf.Tensor4D {
  const bias = new Float32Array(tokens * tokens);
  for (let i = 0; i < tokens; i++) bias.fill(MASKED, i * tokens + i + 1, (i + 1) * tokens);
  return tf.tensor4d(bias, [1, 1, tokens, tokens]);
}

/** [batch · tokens, heads · headWidth] -> [batch, heads, tokens, headWidth]. */
function toHeads(x: tf.Tensor2D, batch: number, heads: number): tf.Tensor4D {
  const [rows, width] = x.shape;
  return tf.transpose(tf.reshape(x, [batch, rows / batch, heads, width / heads]), [0, 2, 1, 3]);
}

/** [batch, heads, tokens, headWidth] -> [batch · tokens, heads · headWidth]. */
function toRows(x: tf.Tensor4D): tf.Tensor2D {
  const [batch, heads, tokens, headWidth] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * tokens, heads * headWidth]);
}
