import { checkOptions } from "@rsdix/internal";
import { checkAverage } from "../bleu";
import { checkPairs, copyPairs } from "../check-captions";
import { loadWordNet } from "../wordnet/load-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import { type MeteorResult, partMeteor } from "./create-meteor";
import type { Paraphrases } from "./paraphrases/paraphrases";

/** Options of {@link meteor}. */
export interface MeteorOptions {
  /** Which average the result itself shows: "image" (the default, as the original RSDiX reports) or "corpus" (as COCO reports). */
  readonly average?: "image" | "corpus";
  /** Phrases that mean the same, from {@link loadParaphrases}; without them only words match, and scores are a little lower. */
  readonly paraphrases?: Paraphrases;
  /** From {@link loadWordNet}, where the packed file lies elsewhere. */
  readonly wordnet?: WordNet;
}

/**
 * METEOR 1.5 of one caption an image against several references, as the original jar computes it for English (`-l en -norm`): words that are equal,
 * have one stem or share a set of synonyms in WordNet 3.0, and phrases that a table says mean the same, are aligned in as few chunks as can be;
 * the score is a mean of precision and recall, less a penalty for the chunks, with the reference that gives most. Quirks of the jar that decide
 * digits are kept: "houses" and "house" alone are no match.
 *
 * Averages differ: "image" is the mean of the images' scores, "corpus" one score of their summed statistics.
 *
 * @param candidates - The caption to judge, one an image, as it is: METEOR splits it itself. An empty one scores 0.
 * @param references - For each image its reference captions, at least one.
 * @param options - `average`, `paraphrases`, `wordnet`.
 * @returns The score from 0 to 1, both averages, the score of each image, and whether paraphrases counted.
 * @throws RsdixError SHAPE_MISMATCH when the two lists differ in length, EMPTY_DATA without images or with an image without references,
 * INVALID_ARGUMENT, also for a caption of more than 10,000 characters or 1,500 tokens, UNKNOWN_OPTION; those of {@link loadWordNet}.
 * @example
 * ```ts
 * import { meteor } from "@rsdix/metrics";
 * const result = await meteor(["many planes are parked near a terminal ."], [["several aircraft are parked near the terminal ."]]);
 * console.log(result.meteor, result.averages.corpus, result.paraphrases); // the same twice, of one image; false
 * ```
 * @see Denkowski and Lavie, "Meteor Universal: language specific translation evaluation for any target language", 2014, https://aclanthology.org/W14-3348
 */
export async function meteor(
  candidates: readonly string[],
  references: readonly (readonly string[])[],
  options: MeteorOptions = {},
): Promise<MeteorResult> {
  checkOptions(options, ["average", "paraphrases", "wordnet"], "meteor");
  const average = checkAverage(options.average); // before anything is loaded
  checkPairs(candidates, references);
  const pairs = copyPairs(candidates, references);
  const { paraphrases, wordnet = await loadWordNet() } = options;
  return partMeteor({ wordnet, paraphrases }).scoreAll(pairs.candidates, pairs.references, { average });
}
