import { yieldToEventLoop } from "@rsdix/backend";
import { checkOptions, checkRange, createRandom, fail } from "@rsdix/internal";
import type * as tf from "@tensorflow/tfjs-core";
import { checkDecoding, checkStepModel } from "./check-decoding";
import { draw } from "./draw";
import { type Choices, likeliest } from "./likeliest";
import { BANNED, guarded, type RepetitionOptions } from "./repetition";

/** What decoding needs of a language model: rows of text that grow by a token at a time. */
export interface StepModel {
  /** Scores of each row's next token, shape `[rows, tokens]`, float32; the model's own until it advances. */
  readonly logits: tf.Tensor2D;
  /** Row i becomes what row `from[i]` was, with `tokens[i]` after it; there may be more or fewer rows than before. */
  advance(from: Int32Array, tokens: Int32Array): void;
}

/** What every way of decoding takes. */
export interface DecodingOptions extends RepetitionOptions {
  /** Tokens that end a text; they stay in it. */
  readonly stop: readonly number[];
  /** The most tokens a text. */
  readonly maxTokens: number;
  /** Stops between two tokens. */
  readonly signal?: AbortSignal;
}

/** A decoded text. */
export interface Generated {
  /** Its tokens, the stop token included. */
  readonly tokens: readonly number[];
  /**
   * The mean log-probability of its tokens, in nats: of the model's distribution, once the rule against repetition has changed it, and before
   * a temperature, p or a number of tokens does.
   */
  readonly score: number;
}

/** Options of `nucleus`. */
export interface NucleusOptions extends DecodingOptions {
  /** Draw among the likeliest tokens that together have this probability, in (0, 1]. */
  readonly p: number;
  /** Draw among the likeliest so many tokens; `p` is then a share of their probability. Default: all. */
  readonly topK?: number;
  /** Divides the logits, 1e-6 to 1,000: below 1 is safer, above 1 is wilder. */
  readonly temperature: number;
  /** A whole number: the same seed gives the same texts. */
  readonly seed: number;
  /** The number of the first row, when a larger set is decoded in parts: a row's draws depend on the seed and its number only. */
  readonly firstRow?: number;
}

/** A text on its way. */
export interface Text {
  readonly tokens: readonly number[];
  /** The sum of their log-probabilities. */
  readonly sum: number;
  /** Whether it ended. */
  readonly done: boolean;
}

/** After each token: for each row of the start its texts so far, best first. All are done at the last. */
export type Steps = AsyncGenerator<readonly (readonly Text[])[], void, undefined>;

export const DECODING_OPTIONS = ["stop", "maxTokens", "signal", "repetitionPenalty", "noRepeatNgram"];

/**
 * Always the likeliest token. Finished rows leave the model, so that the others go faster.
 *
 * @param model The rows to go on from.
 * @param options When to end, and the rule against repetition.
 * @returns A text a row.
 * @throws INVALID_ARGUMENT for wrong options, a stop token that the model doesn't have, or a model that was disposed or is being decoded already;
 * UNKNOWN_OPTION; NOT_A_NUMBER when the model's scores aren't; ABORTED.
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
 *
 * @see https://huggingface.co/docs/transformers/generation_strategies
 */
export async function greedy(model: StepModel, options: DecodingOptions): Promise<Generated[]> {
  return onlyTexts(await lastOf(greedySteps(model, options)));
}

/** `greedy`, token by token. */
export function greedySteps(model: StepModel, options: DecodingOptions): Steps {
  checkStepModel(model, "greedy");
  const steps = oneByOne(model, checkOptions(options, DECODING_OPTIONS, "greedy"), (logits) => likeliest(logits, 1));
  return alone(model, steps);
}

/**
 * Draws from the likeliest tokens that together have probability p (nucleus or top-p sampling).
 *
 * @param model The rows to go on from.
 * @param options p, top-k, temperature, seed, when to end, and the rule against repetition.
 * @returns A text a row.
 * @throws INVALID_ARGUMENT for wrong options, a stop token that the model doesn't have, or a model that was disposed or is being decoded already;
 * UNKNOWN_OPTION; NOT_A_NUMBER when the model's scores aren't; ABORTED.
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
  return onlyTexts(await lastOf(nucleusSteps(model, options)));
}

/** `nucleus`, token by token. */
export function nucleusSteps(model: StepModel, options: NucleusOptions): Steps {
  checkStepModel(model, "nucleus");
  const known = [...DECODING_OPTIONS, "p", "topK", "temperature", "seed", "firstRow"];
  const { p, topK, temperature, seed, firstRow = 0, ...common } = checkOptions(options, known, "nucleus");
  checkRange(p, "p", { min: Number.MIN_VALUE, max: 1 });
  if (topK !== undefined) checkRange(topK, "topK", { min: 1, integer: true });
  checkRange(temperature, "temperature", { min: 1e-6, max: 1000 });
  checkRange(seed, "seed", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkRange(firstRow, "firstRow", { min: 0, max: 2 ** 32 - 1, integer: true });
  const streams = Array.from({ length: model.logits.shape[0] }, (_, row) =>
    createRandom(seed)
      .fork("nucleus")
      .fork(firstRow + row),
  );
  const among = { p, temperature, ...(topK !== undefined && { topK }) };
  const drawn = (rows: readonly number[]) => rows.map((row) => streams[row]!.next());
  return alone(
    model,
    oneByOne(model, common, (logits, rows) => draw(logits, drawn(rows), among)),
  );
}

const busy = new WeakSet<StepModel>();

/** Steps on a model that nothing else is decoding: its rows are those of one search. */
export async function* alone(model: StepModel, steps: Steps): Steps {
  if (busy.has(model)) {
    fail("INVALID_ARGUMENT", "This model is being decoded already. Wait until that has ended, or start another with Gpt2.decode.");
  }
  busy.add(model);
  try {
    yield* steps;
  } finally {
    busy.delete(model);
  }
}

async function* oneByOne(
  model: StepModel,
  options: DecodingOptions,
  choose: (logits: tf.Tensor2D, rows: readonly number[]) => Promise<Choices>,
): Steps {
  checkDecoding(options, model.logits.shape[1]);
  const texts = Array.from({ length: model.logits.shape[0] }, (): Text => ({ tokens: [], sum: 0, done: false }));
  let live = texts.map((_, row) => row);
  while (live.length > 0) {
    const rows = live;
    const going = rows.map((row) => texts[row]!);
    const choices = await nextChoices(model, going, options, (logits) => choose(logits, rows));
    for (const [i, row] of rows.entries()) texts[row] = extended(texts[row]!, choices, i, options);
    yield texts.map((text) => [text]);
    const from = Int32Array.from(rows.keys()).filter((i) => !texts[rows[i]!]!.done);
    if (from.length > 0) model.advance(from, from.map((i) => choices.tokens[i]!)); // biome-ignore format: one call
    live = Array.from(from, (i) => rows[i]!);
  }
}

/** Lets the program go on, and chooses by the scores that the rule against repetition leaves. */
export async function nextChoices(
  model: StepModel,
  texts: readonly Text[],
  { signal, ...options }: DecodingOptions,
  choose: (logits: tf.Tensor2D) => Promise<Choices>,
): Promise<Choices> {
  await yieldToEventLoop();
  if (signal?.aborted) fail("ABORTED", `Decoding was stopped after ${texts[0]!.tokens.length} tokens.`, signal.reason);
  checkStepModel(model, "Decoding");
  const decoded = texts.map(({ tokens }) => tokens);
  const logits = guarded(model.logits, decoded, options);
  try {
    return await choose(logits);
  } finally {
    logits.dispose();
  }
}

/** A text with choice `at` after it; as it is, and done, where no token is allowed. */
export function extended({ tokens, sum }: Text, choices: Choices, at: number, { stop, maxTokens }: DecodingOptions): Text {
  const [token, logProbability] = [choices.tokens[at]!, choices.logProbabilities[at]!];
  if (logProbability < BANNED) return { tokens, sum, done: true };
  const done = stop.includes(token) || tokens.length + 1 === maxTokens;
  return { tokens: [...tokens, token], sum: sum + logProbability, done };
}

/** What a search ends with. */
export async function lastOf(steps: Steps): Promise<readonly (readonly Text[])[]> {
  let last: readonly (readonly Text[])[] = [];
  for await (const texts of steps) last = texts;
  return last;
}

function onlyTexts(rows: readonly (readonly Text[])[]): Generated[] {
  return rows.map(([text]) => scored(text!));
}

/** By the mean log-probability texts of different lengths compare; another power than 1 favours shorter or longer ones. */
export function scored({ tokens, sum }: Text, lengthPenalty = 1): Generated {
  return { tokens, score: sum / tokens.length ** lengthPenalty };
}
