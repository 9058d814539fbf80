type Rule = readonly [ending: string, base: string];

// WordNet's rules of detachment (morphy): an ending, and what takes its place. https://wordnet.princeton.edu/documentation/morphy7wn

export const NOUN_ENDINGS: readonly Rule[] = [
  ["s", ""],
  ["ses", "s"],
  ["xes", "x"],
  ["zes", "z"],
  ["ches", "ch"],
  ["shes", "sh"],
  ["men", "man"],
  ["ies", "y"],
];

export const VERB_ENDINGS: readonly Rule[] = [
  ["s", ""],
  ["ies", "y"],
  ["es", "e"],
  ["es", ""],
  ["ed", "e"],
  ["ed", ""],
  ["ing", "e"],
  ["ing", ""],
];

export const ADJECTIVE_ENDINGS: readonly Rule[] = [
  ["er", ""],
  ["est", ""],
  ["er", "e"],
  ["est", "e"],
];

/** What rules make of a word; most of it does not exist, and a dictionary tells which does. */
export function detach(word: string, rules: readonly Rule[]): string[] {
  return rules.filter(([ending]) => word.endsWith(ending)).map(([ending, base]) => word.slice(0, -ending.length) + base);
}
