import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { BANNED } from "./repetition";

/** Tokens chosen for each row, `[rows, count]` row-major: all that is read from a device. */
export interface Choices {
  readonly count: number;
  readonly tokens: Int32Array;
  /** Natural logarithms of their probabilities, untempered; below `BANNED` where no token is allowed. */
  readonly logProbabilities: Float32Array;
}

/** Sums of so many numbers are added up, so that small ones aren't lost beside a large sum. */
const BLOCK = 256;

/** Takes out what has been chosen, down below `BANNED`; whole, as wasm's kernel wants it. */
const TAKEN = 2 ** 30;

/**
 * The likeliest tokens of each row, best first; of equals the first, except on GPUs, whose argMax gives any.
 *
 * Repeated maxima rather than `topk`, which takes 16 ms for five rows of GPT-2's scores on native and reads all of them on WebGL; five maxima
 * of a row take 0.2 ms on wasm and 0.15 on native.
 *
 * @param logits Shape `[rows, tokens]`; stays the caller's.
 * @param count How many a row, at most `tokens`.
 * @returns Tokens and log-probabilities.
 * @throws NOT_A_NUMBER.
 */
export function likeliest(logits: tf.Tensor2D, count: number): Promise<Choices> {
  const packed = tf.tidy(() => {
    const width = logits.shape[1];
    const { max, logTotal } = normalizer(logits);
    const tokens: tf.Tensor1D[] = [];
    const scores: tf.Tensor1D[] = [];
    let left = logits;
    for (let i = 0; i < count; i++) {
      if (i > 0) left = tf.sub(left, oneHot(tokens.at(-1)!, width, TAKEN));
      tokens.push(tf.argMax(left, 1) as tf.Tensor1D);
      scores.push(tf.max(left, 1) as tf.Tensor1D);
    }
    return pack(tf.stack(tokens, 1), tf.sub(tf.sub(tf.stack(scores, 1), max), logTotal));
  });
  return unpack(packed, count);
}

/** What turns logits [rows, tokens] into log-probabilities, [rows, 1] each: subtract `max`, which leaves the digits of the best, then `logTotal`. */
export function normalizer(logits: tf.Tensor2D): { max: tf.Tensor; logTotal: tf.Tensor } {
  const max = tf.maximum(tf.max(logits, 1, true), BANNED); // where all are banned they stay below it
  return { max, logTotal: tf.log(tf.maximum(sumRows(tf.exp(tf.sub(logits, max))), 1e-30)) };
}

/** [rows] to [rows, width], `value` at the token and 0 elsewhere. */
export function oneHot(tokens: tf.Tensor1D, width: number, value = 1): tf.Tensor2D {
  if (width === 1) return tf.fill([tokens.shape[0], 1], value); // oneHot wants two at least
  // wasm's kernel writes whole numbers whatever the dtype; elsewhere casting would cost a pass.
  if (tf.getBackend() === "wasm") return tf.cast(tf.oneHot(tokens, width, value, 0, "int32"), "float32") as tf.Tensor2D;
  return tf.oneHot(tokens, width, value, 0, "float32") as tf.Tensor2D;
}

/** Sums over the last axis of [rows, n], shape [rows, 1]. */
export function sumRows(x: tf.Tensor2D): tf.Tensor2D {
  return tf.sum(tf.sum(inBlocks(x), 2), 1, true) as tf.Tensor2D;
}

/** [rows, n] to [rows, blocks, size], zeros at the end. */
export function inBlocks(x: tf.Tensor2D, size = BLOCK): tf.Tensor3D {
  const [rows, n] = x.shape;
  const blocks = Math.ceil(n / size);
  return tf.reshape(tf.pad(x, [[0, 0], [0, blocks * size - n]]), [rows, blocks, size]); // biome-ignore format: one shape
}

/** Ids and log-probabilities [rows, count] as one tensor, since each read waits for the device. Ids are whole numbers below 2^24. */
export function pack(tokens: tf.Tensor, logProbabilities: tf.Tensor): tf.Tensor {
  return tf.stack([tf.cast(tokens, "float32"), logProbabilities]);
}

/** Reads what was packed, and frees it. */
export async function unpack(packed: tf.Tensor, count: number): Promise<Choices> {
  try {
    const values = await packed.data<"float32">();
    const half = values.length / 2;
    const logProbabilities = values.slice(half);
    checkNumbers(logProbabilities);
    return { count, tokens: Int32Array.from(values.subarray(0, half)), logProbabilities };
  } finally {
    packed.dispose();
  }
}

/** Throws when a model's scores were no numbers. */
function checkNumbers(logProbabilities: Float32Array): void {
  if (!logProbabilities.some(Number.isNaN)) return;
  fail(
    "NOT_A_NUMBER",
    "The model's scores are not numbers (NaN, or infinite): its weights, or the embeddings that it goes on from, aren't.",
  );
}
