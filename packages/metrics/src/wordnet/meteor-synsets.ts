import { detach } from "@rsdix/internal";
import { DETACHMENT } from "./morphology";
import type { WordNet } from "./wordnet";

/**
 * The synonym sets of a word as METEOR 1.5 and SPICE see them: those of the word itself and those of what METEOR takes for its base form.
 *
 * @param wordnet - From `loadWordNet`.
 * @param word - In lower case, `_` for a space.
 * @returns Offsets, ascending, each once. Shared between calls: not to be written to.
 * @throws RsdixError INVALID_ARGUMENT for a word that is no text.
 * @example
 * ```ts
 * import { loadWordNet, meteorSynsets } from "@rsdix/metrics";
 * const wordnet = await loadWordNet();
 * const planes = new Set(meteorSynsets(wordnet, "planes"));
 * console.log(meteorSynsets(wordnet, "airplane").some((offset) => planes.has(offset))); // true
 * ```
 * @see Denkowski and Lavie, "Meteor Universal: language specific translation evaluation for any target language", 2014, https://aclanthology.org/W14-3348
 */
export function meteorSynsets(wordnet: WordNet, word: string): Int32Array {
  const known = cache.get(wordnet)?.get(word);
  if (known) return known;
  const ownSets = wordnet.synsets(word);
  const bases = wordnet.exceptions(word) ?? [morph(wordnet, word)];
  const sets = [...new Set([ownSets, ...bases.map((base) => wordnet.synsets(base))].flatMap((offsets) => [...offsets]))];
  const sorted = Int32Array.from(sets).sort();
  let words = cache.get(wordnet);
  if (!words || words.size >= MAX_CACHED) {
    words = new Map();
    cache.set(wordnet, words);
  }
  words.set(word, sorted);
  return sorted;
}

/** @returns whether two ascending lists of offsets have one in common. */
export function shareSynset(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const difference = a[i]! - b[j]!;
    if (difference === 0) return true;
    if (difference < 0) i++;
    else j++;
  }
  return false;
}

// Captions have a few thousand different words; a stream of made-up ones must not fill the memory.
const MAX_CACHED = 50_000;
const cache = new WeakMap<WordNet, Map<string, Int32Array>>();

// In this order, whatever the part of speech; the first result that WordNet has as a lemma wins.
const RULES = [...DETACHMENT.n, ...DETACHMENT.v, ...DETACHMENT.a];

function morph(wordnet: WordNet, word: string): string {
  if (word.endsWith("ss") || word.length <= 2) return word;
  return detach(word, RULES).find((form) => wordnet.synsets(form).length > 0) ?? "";
}
