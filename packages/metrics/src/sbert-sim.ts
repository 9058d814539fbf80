import { checkPairs } from "./check-captions";
import { type BatchOptions, readBatchOptions, Tally } from "./distinct-batches";
import { cosineOf, type Embedding, type EmbedTexts, embedGroups } from "./embed-texts";
import { mean } from "./mean";

/** Options of {@link sbertSim}. */
export interface SbertSimOptions extends BatchOptions {
  /** The sentence encoder. */
  readonly embed: EmbedTexts;
}

/** Result of {@link sbertSim}. */
export interface SbertSimResult {
  /** Mean over the images. */
  sbertSim: number;
  /** The score of each image, from -1 to 1, in the order given. */
  perImage: number[];
}

/**
 * SBERT-sim, as aac-metrics computes it: the cosine of a candidate's sentence embedding to those of its references, on average
 * over the references (not the best of them), then over the images. Captions are embedded as written, so tokenise none.
 *
 * The encoder is injected. Published scores are those of sentence-transformers' `paraphrase-TinyBERT-L6-v2`, the default of
 * aac-metrics, which RSDiX uses unchanged; with another encoder numbers are not comparable. With `SentenceBert` of
 * `@rsdix/models` it is
 *
 *     const bert = await SentenceBert.fromPretrained("sentence-transformers/paraphrase-TinyBERT-L6-v2");
 *     const scores = await sbertSim(candidates, references, { embed: (texts, options) => bert.embedTexts(texts, options) });
 *
 * Each distinct caption is embedded once, in batches, in the order in which they appear; an embedding is kept until the last
 * image that needs it is scored.
 *
 * @param candidates The caption to judge, one an image.
 * @param references For each image its reference captions, at least one.
 * @param options `embed`, `batchSize` (64), `onProgress` (counts distinct captions) and `signal`.
 * @returns The mean and the score of each image; 0 where an embedding is all zeros.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length or the encoder gives another number of embeddings or
 * several widths, `EMPTY_DATA` without images or with an image without references, `INVALID_ARGUMENT` for anything that is not
 * a string or no encoder, `NOT_A_NUMBER` for an embedding that is not finite, `ABORTED`, `UNKNOWN_OPTION`. What the encoder
 * throws comes through as it is.
 * @example
 * ```ts
 * import { sbertSim } from "@rsdix/metrics";
 * const embed = (texts: readonly string[]) => texts.map((text) => [text.includes("lake") ? 1 : 0, text.length]); // in place of a model
 * const { sbertSim: score } = await sbertSim(["a lake ."], [["a lake .", "a pond near a road ."]], { embed });
 * console.log(score);
 * ```
 * @see Reimers and Gurevych, "Sentence-BERT: sentence embeddings using siamese BERT-networks", 2019, https://arxiv.org/abs/1908.10084
 */
export async function sbertSim(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: SbertSimOptions,
): Promise<SbertSimResult> {
  const settings = readBatchOptions(options, ["embed"], "sbertSim");
  checkPairs(candidates, references);
  const perImage = await similarities(embedPairs(candidates, references, settings, new Tally(settings, "sbertSim")));
  return { sbertSim: mean(perImage), perImage };
}

/** The embeddings of each candidate and its references, of images that are checked already. */
export function embedPairs(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  settings: SbertSimOptions & { batchSize: number },
  tally: Tally,
): AsyncGenerator<Embedding[], void> {
  const groups = candidates.map((candidate, i) => [candidate, ...references[i]!]);
  return embedGroups(groups, settings.embed, "embed", settings, tally);
}

/** The score of each image from its embeddings. */
export async function similarities(pairs: AsyncIterable<Embedding[]>): Promise<number[]> {
  const perImage: number[] = [];
  for await (const [candidate, ...ofImage] of pairs) perImage.push(mean(ofImage.map((reference) => cosineOf(candidate!, reference))));
  return perImage;
}
