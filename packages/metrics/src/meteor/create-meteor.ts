import { checkOptions, fail, show } from "@rsdix/internal";
import { checkAverage } from "../bleu";
import type { BleuAverage } from "../bleu-formula";
import { checkCaptions, checkPairs } from "../check-captions";
import { mean } from "../mean";
import { checkWordNet } from "../wordnet/check-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import { type Paraphrases, tableOf } from "./paraphrases/paraphrases";
import { phraseMatcher } from "./paraphrases/phrase-matcher";
import { Scorer } from "./scorer";
import { STATISTICS, scoreOf } from "./statistics";

/** Result of {@link meteor}. */
export interface MeteorResult {
  /** The average asked for, from 0 to 1. */
  meteor: number;
  /** Both averages: the mean of the images' scores, and the score of their summed statistics. */
  averages: { image: number; corpus: number };
  /** The score of each image, in the order given. */
  perImage: number[];
  /** Whether a paraphrase table was there: scores with and without one are not comparable. */
  paraphrases: boolean;
  /** METEOR's 23 statistics, summed over the images; of parts of a corpus they may be added: see {@link meteorOfStatistics}. */
  statistics: number[];
}

/** METEOR for where nothing may be awaited, made by {@link createMeteor}. */
export interface MeteorScorer {
  /** The score of one caption, from 0 to 1. */
  score(candidate: string, references: readonly string[]): number;
  /** What {@link meteor} returns. */
  scoreAll(
    candidates: readonly string[],
    references: readonly (readonly string[])[],
    options?: { readonly average?: "image" | "corpus" },
  ): MeteorResult;
}

/** The scorer for parts of a data set: messages count images from `first` on. */
interface PartMeteor extends MeteorScorer {
  scoreAll(
    candidates: readonly string[],
    references: readonly (readonly string[])[],
    options?: { readonly average?: BleuAverage | undefined },
    first?: number,
  ): MeteorResult;
}

/**
 * A METEOR scorer that keeps what it knows of words from one caption to the next and awaits nothing, for workers and loops of one's own.
 *
 * @param resources - `wordnet` from {@link loadWordNet}; `paraphrases` from {@link loadParaphrases}, none unless given.
 * @returns The scorer.
 * @throws RsdixError INVALID_ARGUMENT, UNKNOWN_OPTION; of the scorer as {@link meteor}.
 * @example
 * ```ts
 * import { createMeteor, loadWordNet } from "@rsdix/metrics";
 * const scorer = createMeteor({ wordnet: await loadWordNet() });
 * console.log(scorer.score("gray roofs", ["grey roofs"])); // 0.9
 * ```
 * @see Denkowski and Lavie, "Meteor Universal: language specific translation evaluation for any target language", 2014, https://aclanthology.org/W14-3348
 */
export function createMeteor(resources: { readonly wordnet: WordNet; readonly paraphrases?: Paraphrases }): MeteorScorer {
  return partMeteor(resources);
}

/** {@link createMeteor} for parts of a data set. */
export function partMeteor(resources: { readonly wordnet: WordNet; readonly paraphrases?: Paraphrases | undefined }): PartMeteor {
  const { wordnet, paraphrases } = checkOptions(resources, ["wordnet", "paraphrases"], "createMeteor");
  checkWordNet(wordnet);
  const table = paraphrases === undefined ? undefined : tableOf(paraphrases);
  const scorer = new Scorer(wordnet, table && ((words) => phraseMatcher(table, words)));
  return {
    score(candidate, references) {
      checkCaptions([candidate], "candidate");
      checkCaptions(references, "references");
      return scorer.score(candidate, references);
    },
    scoreAll(candidates, references, options = {}, first = 0) {
      checkOptions(options, ["average"], "scoreAll");
      const average = checkAverage(options.average);
      checkPairs(candidates, references);
      const sum = new Float64Array(STATISTICS);
      const perImage = candidates.map((candidate, i) => scorer.score(candidate, references[i]!, sum, first + i));
      const averages = { image: mean(perImage), corpus: scoreOf(sum) };
      return { meteor: averages[average], averages, perImage, paraphrases: table !== undefined, statistics: [...sum] };
    },
  };
}

/**
 * METEOR's score of statistics: of a corpus that was scored in parts, of their sum.
 *
 * @param statistics - 23 numbers: the sum of the results' `statistics`.
 * @returns The score from 0 to 1.
 * @throws RsdixError INVALID_ARGUMENT
 * @example
 * ```ts
 * import { meteor, meteorOfStatistics } from "@rsdix/metrics";
 * const parts = [await meteor(["a lake ."], [["a pond ."]]), await meteor(["a road ."], [["a long road ."]])];
 * console.log(meteorOfStatistics(parts[0]!.statistics.map((value, i) => value + parts[1]!.statistics[i]!)));
 * ```
 * @see Denkowski and Lavie, "Meteor Universal: language specific translation evaluation for any target language", 2014, https://aclanthology.org/W14-3348
 */
export function meteorOfStatistics(statistics: readonly number[]): number {
  if (statistics?.length !== STATISTICS || !statistics.every((value) => Number.isFinite(value) && value >= 0)) {
    fail("INVALID_ARGUMENT", `statistics must be ${STATISTICS} numbers of at least 0, got ${show(statistics)}.`);
  }
  return scoreOf(Float64Array.from(statistics));
}
