import { yieldToEventLoop } from "@rsdix/backend";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { beamSearch } from "./beam-search";
import type { ClipCap } from "./clipcap";
import { type Generated, greedy, nucleus } from "./generation";
import type { Gpt2Decoding } from "./gpt2-decoding";

/** What captioning needs of a tokenizer. */
export interface CaptionTokenizer {
  /** Text to token ids. */
  encode(text: string): number[];
  /** Token ids to text. */
  decode(ids: ArrayLike<number>): string;
}

/** How captions are decoded. */
export interface CaptionOptions {
  /** Beam search with so many beams; 1, the default, is greedy decoding. */
  readonly beams?: number;
  /** Nucleus sampling instead: the probability kept (0.8), the temperature (1) and the seed. */
  readonly nucleus?: { readonly p?: number; readonly temperature?: number; readonly seed: number };
  /** The most tokens a caption. Default 67. */
  readonly maxTokens?: number;
  /** Tokens that end a caption. Default "." and " .", as data sets write the full stop both ways; the original has "." only. */
  readonly stop?: readonly string[];
  /** Images decoded together. Default 64. */
  readonly batchSize?: number;
  /** Called after each batch with the captions done so far. */
  readonly onProgress?: (done: number) => void;
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
}

const OPTIONS = ["beams", "nucleus", "maxTokens", "stop", "batchSize", "onProgress", "signal"];

/** Captions for all embeddings, a batch at a time. */
export async function captionAll(
  model: ClipCap,
  embeddings: tf.Tensor2D,
  tokenizer: CaptionTokenizer,
  options: CaptionOptions,
): Promise<string[]> {
  checkOptions(options, OPTIONS, "caption");
  const { batchSize = 64, onProgress, signal } = options;
  checkRange(batchSize, "batchSize", { min: 1, integer: true });
  const search = searchOf(model, tokenizer, options);
  const captions: string[] = [];
  const n = embeddings.shape[0];
  for (let start = 0; start < n; start += batchSize) {
    await yieldToEventLoop();
    if (signal?.aborted) fail("ABORTED", `Captioning was stopped after ${start} of ${n}.`, signal.reason);
    const prompt = tf.tidy(() => model.prefix(tf.slice(embeddings, [start, 0], [Math.min(batchSize, n - start), -1])));
    try {
      const decoding = model.gpt2.decode(prompt);
      try {
        for (const { tokens } of await search(decoding, start)) captions.push(cut(tokenizer.decode(model.gpt2.vocabulary.idsOf(tokens))));
      } finally {
        decoding.dispose();
      }
    } finally {
      prompt.dispose();
    }
    onProgress?.(captions.length);
  }
  return captions;
}

type Search = (decoding: Gpt2Decoding, firstRow: number) => Promise<Generated[]>;

function searchOf({ gpt2, config }: ClipCap, tokenizer: CaptionTokenizer, options: CaptionOptions): Search {
  const { beams = 1, maxTokens = Math.min(67, config.gpt2.contextLength - config.prefixLength) } = options;
  checkRange(beams, "beams", { min: 1, integer: true });
  checkRange(maxTokens, "maxTokens", { min: 1, max: config.gpt2.contextLength - config.prefixLength, integer: true });
  const ids = options.stop?.map((token) => stopId(tokenizer, token)) ?? usualStops(tokenizer);
  const stop = [...gpt2.vocabulary.rowsOf(ids.filter((id) => gpt2.vocabulary.has(id)))];
  if (!options.nucleus) {
    if (beams === 1) return (decoding) => greedy(decoding, { stop, maxTokens });
    return async (decoding) => (await beamSearch(decoding, { beams, stop, maxTokens })).map(([best]) => best!);
  }
  if (options.beams !== undefined) fail("INVALID_ARGUMENT", "caption takes beams or nucleus, not both.");
  checkOptions(options.nucleus, ["p", "temperature", "seed"], "nucleus");
  const { p = 0.8, temperature = 1, seed } = options.nucleus;
  return (decoding, firstRow) => nucleus(decoding, { p, temperature, seed, firstRow, stop, maxTokens });
}

function stopId(tokenizer: CaptionTokenizer, token: string): number {
  const [id, ...more] = tokenizer.encode(token);
  if (id === undefined || more.length > 0)
    fail("INVALID_ARGUMENT", `stop must name single tokens, and ${JSON.stringify(token)} isn't one.`);
  return id;
}

/** "." and " ." where the tokenizer has them as single tokens. */
function usualStops(tokenizer: CaptionTokenizer): number[] {
  return [".", " ."].map((token) => tokenizer.encode(token)).flatMap((ids) => (ids.length === 1 ? ids : []));
}

/** The caption in what was decoded: its first line, up to and including the first full stop. */
export function cut(text: string): string {
  const line = text.split("\n", 1)[0]!;
  const end = line.indexOf(".");
  return (end < 0 ? line : line.slice(0, end + 1)).trim();
}
