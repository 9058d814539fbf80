import { checkRange } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";

/** What keeps a text from going round in circles. Only what was decoded counts, not the prompt. */
export interface RepetitionOptions {
  /**
   * Divides the positive scores of tokens that the text has, and multiplies their negative ones: at least 1, which is the default and changes nothing.
   *
   * @see https://arxiv.org/abs/1909.05858
   */
  readonly repetitionPenalty?: number;
  /** No text has the same run of so many tokens twice: a whole number of at least 1. Default: no such rule. */
  readonly noRepeatNgram?: number;
}

/** Takes a token out: far below any score, and finite, as devices need it. */
const BAN = 1e30;

/** What is allowed has a log-probability above this; what is banned, or chosen already, lies below. */
export const BANNED = -(2 ** 28);

/** Throws unless the options make sense. */
export function checkRepetition({ repetitionPenalty = 1, noRepeatNgram = 1 }: RepetitionOptions): void {
  checkRange(repetitionPenalty, "repetitionPenalty", { min: 1, max: 1e6 });
  checkRange(noRepeatNgram, "noRepeatNgram", { min: 1, integer: true });
}

/**
 * The scores that the rule against repetition leaves.
 *
 * @param logits Shape `[rows, tokens]`; stays the caller's.
 * @param texts What each row has decoded.
 * @param options The rule.
 * @returns A new tensor of that shape.
 */
export function guarded(
  logits: tf.Tensor2D,
  texts: readonly (readonly number[])[],
  { repetitionPenalty: penalty = 1, noRepeatNgram }: RepetitionOptions,
): tf.Tensor2D {
  return tf.tidy(() => {
    let x = tf.clone(logits);
    const seen = penalty === 1 ? undefined : marked(texts, logits.shape);
    if (seen) {
      const factor = tf.add(tf.mul(tf.step(x), 1 / penalty - penalty), penalty); // [rows, tokens]: of a score above 0, and of one below
      x = tf.mul(x, tf.add(tf.mul(seen, tf.sub(factor, 1)), 1));
    }
    const banned = noRepeatNgram && marked(texts.map((text) => repeating(text, noRepeatNgram)), logits.shape); // biome-ignore format: one thought
    return banned ? tf.sub(x, tf.mul(banned, BAN)) : x;
  });
}

/** The tokens that would make the text's last n tokens a run that it has already. */
export function repeating(text: readonly number[], n: number): number[] {
  const last = text.length - n + 1; // where a run that the next token ends begins
  const isLast = (start: number) => Array.from({ length: n - 1 }, (_, i) => text[start + i] === text[last + i]).every(Boolean);
  const found: number[] = [];
  for (let start = 0; start < last; start++) if (isLast(start)) found.push(text[start + n - 1]!);
  return found;
}

/** 1 at each row's tokens and 0 elsewhere; undefined where there are none. */
function marked(tokens: readonly (readonly number[])[], shape: [number, number]): tf.Tensor2D | undefined {
  const places = tokens.flatMap((row, i) => [...new Set(row)].map((token) => [i, token]));
  if (places.length === 0) return undefined;
  return tf.scatterND(tf.tensor2d(places, [places.length, 2], "int32"), tf.ones([places.length]), shape) as tf.Tensor2D;
}
