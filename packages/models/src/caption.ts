import { checkOptions, checkRange, checkSignal, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { beamSteps } from "./beam-search";
import { checkCaptionTokenizer, stopRows, textOf } from "./check-caption";
import { checkBeams } from "./check-decoding";
import { checkProgress } from "./check-progress";
import type { ClipCap } from "./clipcap";
import { checkEmbeddings } from "./clipcap-mapper";
import { greedySteps, nucleusSteps, type Steps, scored, type Text } from "./generation";
import type { Gpt2Decoding } from "./gpt2-decoding";
import type { RepetitionOptions } from "./repetition";

/** What captioning needs of a tokenizer. */
export interface CaptionTokenizer {
  /** Text to token ids. */
  encode(text: string): number[];
  /** Token ids to text. */
  decode(ids: ArrayLike<number>): string;
}

/** How captions are decoded. */
export interface CaptionOptions extends RepetitionOptions {
  /** Beam search with so many beams, at most 1,024; 1, the default, is greedy decoding. */
  readonly beams?: number;
  /** With beams: the power of the length in the ranking; 1, the default, is the mean log-probability (see `BeamOptions`). */
  readonly lengthPenalty?: number;
  /** Nucleus sampling instead: the probability kept (0.8), the most tokens kept (all), the temperature (1) and the seed. */
  readonly nucleus?: { readonly p?: number; readonly topK?: number; readonly temperature?: number; readonly seed: number };
  /** The most tokens a caption. Default 67. */
  readonly maxTokens?: number;
  /** Tokens that end a caption. Default "." and " .", as data sets write the full stop both ways; the original has "." only. */
  readonly stop?: readonly string[];
  /** Images decoded together. Default 64. */
  readonly batchSize?: number;
  /** Called after each batch with the captions done so far. */
  readonly onProgress?: (done: number) => void;
  /** Stops between two tokens. */
  readonly signal?: AbortSignal;
}

/** Options of `ClipCap.captionNBest`. */
export interface NBestOptions extends Omit<CaptionOptions, "nucleus"> {
  /** How many texts are kept at every step, at most 1,024. */
  readonly beams: number;
  /** How many of them are wanted of each image. Default: all. */
  readonly nBest?: number;
}

/** A caption and how likely the model finds it. */
export interface ScoredCaption {
  /** The caption. */
  readonly text: string;
  /** The mean log-probability of its tokens, in nats; with a `lengthPenalty` what it is ranked by. */
  readonly score: number;
}

/** What is known of a caption while it is decoded. */
export interface PartialCaption {
  /** The image's row of the embeddings. */
  readonly image: number;
  /** The caption so far, from its start; with beams the best one's, which may change altogether. */
  readonly text: string;
  /** Whether it is complete: the last that is said of this image. */
  readonly done: boolean;
}

const DECODING = ["beams", "lengthPenalty", "maxTokens", "stop", "batchSize", "signal", "repetitionPenalty", "noRepeatNgram"];

/** What `captionAll` takes. */
const CAPTION_OPTIONS = [...DECODING, "nucleus", "onProgress"];

/** What is known of a batch's images after each token: their texts by rank. */
interface BatchStep {
  readonly first: number;
  readonly ranked: readonly (readonly Text[])[];
}

/** Throws on options that `captionAll` would refuse before it decodes. */
export function checkCaptionOptions(options: CaptionOptions, where: string): void {
  const { batchSize = 1, onProgress, signal } = checkOptions(options, CAPTION_OPTIONS, where);
  checkRange(batchSize, "batchSize", { min: 1, integer: true });
  checkProgress(onProgress);
  checkSignal(signal);
}

/** Captions for all embeddings, a batch at a time. */
export async function captionAll(
  model: ClipCap,
  embeddings: tf.Tensor2D,
  tokenizer: CaptionTokenizer,
  options: CaptionOptions,
): Promise<string[]> {
  checkCaptionOptions(options, "caption");
  const captions: string[] = [];
  for await (const { ranked } of batches(model, embeddings, tokenizer, options)) {
    if (!ranked.every(isDone)) continue;
    for (const [best] of ranked) captions.push(captionOf(model, tokenizer, best!));
    options.onProgress?.(captions.length);
  }
  return captions;
}

/** Several captions for each of the embeddings, with their scores. */
export async function captionNBest(
  model: ClipCap,
  embeddings: tf.Tensor2D,
  tokenizer: CaptionTokenizer,
  options: NBestOptions,
): Promise<ScoredCaption[][]> {
  const { nBest, ...rest } = checkOptions(options, [...DECODING, "onProgress", "nBest"], "captionNBest");
  checkProgress(rest.onProgress);
  checkBeams(rest.beams);
  if (nBest !== undefined) checkRange(nBest, "nBest", { min: 1, max: rest.beams, integer: true });
  const captions: ScoredCaption[][] = [];
  for await (const { ranked } of batches(model, embeddings, tokenizer, rest, true)) {
    if (!ranked.every(isDone)) continue;
    for (const texts of ranked) {
      captions.push(
        texts.slice(0, nBest).map((text) => ({
          text: captionOf(model, tokenizer, text),
          score: scored(text, rest.lengthPenalty).score,
        })),
      );
    }
    rest.onProgress?.(captions.length);
  }
  return captions;
}

/** What is known of the captions after each token, where it has changed. */
export async function* streamCaptions(
  model: ClipCap,
  embeddings: tf.Tensor2D,
  tokenizer: CaptionTokenizer,
  options: Omit<CaptionOptions, "onProgress">,
): AsyncGenerator<PartialCaption, void, undefined> {
  checkOptions(options, [...DECODING, "nucleus"], "captionStream");
  let said: PartialCaption[] = []; // of the batch
  for await (const { first, ranked } of batches(model, embeddings, tokenizer, options)) {
    for (const [i, texts] of ranked.entries()) {
      const image = first + i;
      const done = isDone(texts);
      const before = said[i] ?? { text: "", done: false };
      if (before.done) continue;
      // The whole text again, as a tokenizer may write a token differently after another one.
      const text = captionOf(model, tokenizer, texts[0]!, !done);
      if (text === before.text && !done) continue;
      const partial = { image, text, done };
      said[i] = partial;
      yield partial;
    }
    if (ranked.every(isDone)) said = [];
  }
}

async function* batches(
  model: ClipCap,
  embeddings: tf.Tensor2D,
  tokenizer: CaptionTokenizer,
  options: CaptionOptions,
  alwaysBeams = false,
): AsyncGenerator<BatchStep, void, undefined> {
  checkEmbeddings(embeddings, model.config);
  checkCaptionTokenizer(tokenizer, "ClipCap");
  const { batchSize = 64 } = options;
  checkRange(batchSize, "batchSize", { min: 1, integer: true });
  const search = searchOf(model, tokenizer, options, alwaysBeams);
  const n = embeddings.shape[0];
  for (let first = 0; first < n; first += batchSize) {
    checkEmbeddings(embeddings, model.config); // they may have been disposed since
    const decoding = prompted(model, embeddings, first, Math.min(batchSize, n - first));
    try {
      for await (const ranked of search(decoding, first)) yield { first, ranked };
    } finally {
      decoding.dispose();
    }
  }
}

/** Decoding after the prefixes of `rows` images from the first on. */
function prompted(model: ClipCap, embeddings: tf.Tensor2D, first: number, rows: number): Gpt2Decoding {
  const prompt = tf.tidy(() => model.prefix(tf.slice(embeddings, [first, 0], [rows, -1])));
  try {
    return model.gpt2.decode(prompt);
  } finally {
    prompt.dispose();
  }
}

const isDone = (texts: readonly Text[]) => texts.every(({ done }) => done);

function captionOf({ gpt2 }: ClipCap, tokenizer: CaptionTokenizer, { tokens }: Text, goesOn = false): string {
  const text = textOf(tokenizer, gpt2.vocabulary.idsOf(tokens));
  return cut(goesOn ? text.replace(/\uFFFD+$/, "") : text); // the first bytes of a character whose others are still to come
}

type Search = (decoding: Gpt2Decoding, firstRow: number) => Steps;

function searchOf({ gpt2, config }: ClipCap, tokenizer: CaptionTokenizer, options: CaptionOptions, alwaysBeams: boolean): Search {
  const room = config.gpt2.contextLength - config.prefixLength;
  const { beams = 1, lengthPenalty, maxTokens = Math.min(67, room), signal, repetitionPenalty, noRepeatNgram } = options;
  checkBeams(beams);
  checkRange(maxTokens, "maxTokens", { min: 1, max: room, integer: true });
  const stop = stopRows(tokenizer, gpt2.vocabulary, options.stop);
  const common = {
    ...{ stop, maxTokens },
    ...(signal !== undefined && { signal }),
    ...(repetitionPenalty !== undefined && { repetitionPenalty }),
    ...(noRepeatNgram !== undefined && { noRepeatNgram }),
  };
  const isBeams = beams > 1 || alwaysBeams;
  if (options.nucleus !== undefined && options.beams !== undefined) fail("INVALID_ARGUMENT", "caption takes beams or nucleus, not both.");
  if (lengthPenalty !== undefined && !isBeams) fail("INVALID_ARGUMENT", "lengthPenalty ranks beams: it needs at least 2 of them.");
  if (isBeams) {
    const ranking = { beams, ...(lengthPenalty !== undefined && { lengthPenalty }) };
    return (decoding) => beamSteps(decoding, { ...common, ...ranking });
  }
  if (options.nucleus === undefined) return (decoding) => greedySteps(decoding, common);
  checkOptions(options.nucleus, ["p", "topK", "temperature", "seed"], "nucleus");
  const { p = 0.8, topK, temperature = 1, seed } = options.nucleus;
  const draw = { p, temperature, seed, ...(topK !== undefined && { topK }) };
  return (decoding, firstRow) => nucleusSteps(decoding, { ...common, ...draw, firstRow });
}

/** The caption in what was decoded: its first line, up to and including the first full stop. */
export function cut(text: string): string {
  const line = text.split("\n", 1)[0]!;
  const end = line.indexOf(".");
  return (end < 0 ? line : line.slice(0, end + 1)).trim();
}
