import type { WordNetPartOfSpeech } from "./wordnet";

type Rule = readonly [ending: string, base: string];

/** WordNet's rules of detachment: an ending, and what takes its place. */
export const DETACHMENT: Readonly<Record<WordNetPartOfSpeech, readonly Rule[]>> = {
  n: [
    ["s", ""],
    ["ses", "s"],
    ["xes", "x"],
    ["zes", "z"],
    ["ches", "ch"],
    ["shes", "sh"],
    ["men", "man"],
    ["ies", "y"],
  ],
  v: [
    ["s", ""],
    ["ies", "y"],
    ["es", "e"],
    ["es", ""],
    ["ed", "e"],
    ["ed", ""],
    ["ing", "e"],
    ["ing", ""],
  ],
  a: [
    ["er", ""],
    ["est", ""],
    ["er", "e"],
    ["est", "e"],
  ],
  r: [],
};

/** What rules make of a word; most of it does not exist, and a dictionary tells which does. */
export function detach(word: string, rules: readonly Rule[]): string[] {
  return rules.filter(([ending]) => word.endsWith(ending)).map(([ending, base]) => word.slice(0, -ending.length) + base);
}
