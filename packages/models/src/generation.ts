import { checkRange, createRandom } from "@rsdix/internal";
import { logSoftmax, type Scored, topIndices } from "./scores";

/** What decoding needs of a language model: rows of text that grow by a token at a time. */
export interface StepModel {
  /** How many rows are being decoded. */
  readonly rows: number;
  /** Scores of each row's next token, `[rows, tokens]` row-major, on the host. */
  logits(): Promise<Float32Array>;
  /** Row i becomes what row `from[i]` was, with `tokens[i]` after it; there may be more or fewer rows than before. */
  advance(from: Int32Array, tokens: Int32Array): void;
}

/** When decoding ends. */
export interface StopOptions {
  /** Tokens that end a text; they stay in it. */
  readonly stop: readonly number[];
  /** The most tokens a text. */
  readonly maxTokens: number;
}

/** A decoded text. */
export interface Generated {
  /** Its tokens, the stop token included. */
  readonly tokens: readonly number[];
  /** The mean log-probability of its tokens. */
  readonly score: number;
}

/** Options of `nucleus`. */
export interface NucleusOptions extends StopOptions {
  /** Draw among the likeliest tokens that together have this probability, in (0, 1]. */
  readonly p: number;
  /** Divides the logits: below 1 is safer, above 1 is wilder. */
  readonly temperature: number;
  /** A whole number: the same seed gives the same texts. */
  readonly seed: number;
  /** The number of the first row, when a larger set is decoded in parts: a row's draws depend on the seed and its number only. */
  readonly firstRow?: number;
}

/**
 * Always the likeliest token. Finished rows leave the model, so that the others go faster.
 *
 * @param model The rows to go on from.
 * @param options When to end.
 * @returns A text a row.
 * @throws INVALID_ARGUMENT when `maxTokens` isn't a whole number of at least 1.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Gpt2, greedy, padTokens } from "@rsdix/models";
 *
 * const gpt2 = Gpt2.fromConfig({ vocabSize: 20, contextLength: 8, width: 16, layers: 1, heads: 2 }, 1);
 * const prompt = gpt2.embed(padTokens([[1, 2], [3, 4]], 0));
 * const decoding = gpt2.decode(prompt);
 * const texts = await greedy(decoding, { stop: [0], maxTokens: 5 });
 * console.log(texts.length); // 2
 * decoding.dispose();
 * prompt.dispose();
 * gpt2.dispose();
 * ```
 */
export function greedy(model: StepModel, options: StopOptions): Promise<Generated[]> {
  return oneByOne(model, options, (logProbabilities) => topIndices(logProbabilities, 1)[0]!);
}

/**
 * Draws from the likeliest tokens that together have probability p (nucleus or top-p sampling).
 *
 * @param model The rows to go on from.
 * @param options p, temperature, seed and when to end.
 * @returns A text a row; its score is under the model's own probabilities.
 * @throws INVALID_ARGUMENT when p, the temperature or the seed is out of range.
 *
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Gpt2, nucleus, padTokens } from "@rsdix/models";
 *
 * const gpt2 = Gpt2.fromConfig({ vocabSize: 20, contextLength: 8, width: 16, layers: 1, heads: 2 }, 1);
 * const prompt = gpt2.embed(padTokens([[1, 2], [3, 4]], 0));
 * const decoding = gpt2.decode(prompt);
 * const texts = await nucleus(decoding, { p: 0.8, temperature: 1, seed: 1, stop: [0], maxTokens: 5 });
 * console.log(texts.length); // 2
 * decoding.dispose();
 * prompt.dispose();
 * gpt2.dispose();
 * ```
 *
 * @see https://arxiv.org/abs/1904.09751
 */
export async function nucleus(model: StepModel, options: NucleusOptions): Promise<Generated[]> {
  const { p, temperature, seed, firstRow = 0 } = options;
  checkRange(p, "p", { min: Number.MIN_VALUE, max: 1 });
  checkRange(temperature, "temperature", { min: 1e-6 });
  checkRange(seed, "seed", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  const streams = Array.from({ length: model.rows }, (_, row) =>
    createRandom(seed)
      .fork("nucleus")
      .fork(firstRow + row),
  );
  return oneByOne(model, options, (logProbabilities, row) => {
    const tempered = logSoftmax(logProbabilities.map((value) => value / temperature));
    const kept: number[] = [];
    let total = 0;
    for (const token of topIndices(tempered, tempered.length)) {
      kept.push(token);
      total += Math.exp(tempered[token]!);
      if (total >= p) break;
    }
    let left = streams[row]!.next() * total;
    for (const token of kept) {
      left -= Math.exp(tempered[token]!);
      if (left < 0) return token;
    }
    return kept.at(-1)!;
  });
}

async function oneByOne(
  model: StepModel,
  { stop, maxTokens }: StopOptions,
  choose: (logProbabilities: Float64Array, row: number) => number,
): Promise<Generated[]> {
  checkRange(maxTokens, "maxTokens", { min: 1, integer: true });
  const texts = Array.from({ length: model.rows }, (): Scored => ({ tokens: [], sum: 0 }));
  let live = texts.map((_, row) => row);
  for (let step = 1; live.length > 0; step++) {
    const logits = await model.logits();
    const width = logits.length / live.length;
    const chosen = live.map((row, i) => {
      const logProbabilities = logSoftmax(logits.subarray(i * width, (i + 1) * width));
      const token = choose(logProbabilities, row);
      const { tokens, sum } = texts[row]!;
      texts[row] = { tokens: [...tokens, token], sum: sum + logProbabilities[token]! };
      return token;
    });
    if (step === maxTokens) break;
    const going = live.map((_, i) => i).filter((i) => !stop.includes(chosen[i]!));
    if (going.length > 0) {
      model.advance(
        Int32Array.from(going),
        Int32Array.from(going, (i) => chosen[i]!),
      );
    }
    live = going.map((i) => live[i]!);
  }
  return texts.map(finished);
}

/** Mean log-probability, by which texts of different lengths compare. */
export function finished({ tokens, sum }: Scored): Generated {
  return { tokens, score: sum / tokens.length };
}
