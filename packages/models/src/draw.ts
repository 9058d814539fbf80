import * as tf from "@tensorflow/tfjs-core";
import { firstBeyond } from "./first-beyond";
import { type Keep, keepByRank, keepBySearch } from "./keep-likeliest";
import { type Choices, normalizer, oneHot, pack, unpack } from "./likeliest";

/** What is drawn among. */
export interface Among {
  /** The likeliest tokens that together have this share of the probability. */
  readonly p: number;
  /** Of these the likeliest so many; all where absent. */
  readonly topK?: number;
  /** Divides the logits. */
  readonly temperature: number;
}

/** Backends whose `topk` is quick; on GPUs it reads the scores, or sorts all of them. */
const SORTING: readonly string[] = ["cpu", "wasm", "native"];

/** So many tokens are ranked to find the likeliest of probability p; then so many; then they are searched. Captioners are sure of a few. */
const RANKED: readonly number[] = [256, 4096];
/** The token of a row of which too few were ranked. */
const UNDECIDED = -1;

/**
 * Draws a token for each row, by a number of one's own: of the tokens kept, in the vocabulary's order, the first whose cumulated share is
 * above the number. So rounding, by which backends differ, changes a text only where the number is that close to a share. Of the scores
 * nothing is read but the tokens drawn and their log-probabilities.
 *
 * @param logits Shape `[rows, tokens]`; stays the caller's.
 * @param uniforms A number in [0, 1) for each row.
 * @param among What to draw among. Equally likely tokens are kept or left together.
 * @returns A token for each row.
 * @throws NOT_A_NUMBER.
 */
export async function draw(logits: tf.Tensor2D, uniforms: readonly number[], among: Among): Promise<Choices> {
  for (const most of SORTING.includes(tf.getBackend()) ? RANKED : []) {
    const choices = await drawKept(logits, uniforms, among, (scores) => keepByRank(scores, among, most));
    if (!choices.tokens.includes(UNDECIDED)) return choices;
  }
  return drawKept(logits, uniforms, among, keepBySearch);
}

/** `draw`, among the tokens that `keep` keeps. */
export function drawKept(logits: tf.Tensor2D, uniforms: readonly number[], among: Among, keep: Keep): Promise<Choices> {
  const packed = tf.tidy(() => {
    const width = logits.shape[1];
    const { max, logTotal } = normalizer(logits);
    const below = tf.sub(logits, max) as tf.Tensor2D; // [rows, tokens], 0 and less
    const { weights, decided } = keep(tf.div(below, among.temperature), among);
    const tokens = firstBeyond(weights, uniforms);
    const chosen = tf.sum(tf.mul(oneHot(tokens, width), below), 1, true);
    const column = tf.reshape(tf.cast(tokens, "float32"), [-1, 1]); // [rows, 1]
    return pack(decided ? tf.sub(tf.mul(tf.add(column, 1), decided), 1) : column, tf.sub(chosen, logTotal));
  });
  return unpack(packed, 1);
}
