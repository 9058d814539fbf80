import { checkOptions, checkRange, checkReplaced, fail, show, withCaseOf } from "@rsdix/internal";
import type { Random } from "../create-random";
import { FUNCTION_WORDS } from "./function-words";
import { protectedFlags } from "./protected-words";
import { PARTS_OF_SPEECH, type PartOfSpeech, type Synonyms } from "./synonyms";

/** Options of `replaceSynonyms`. */
export interface ReplaceSynonymsOptions {
  /** Where synonyms come from: `await loadWordNet()` of `@rsdix/data/node`, or one of your own. */
  readonly dictionary: Synonyms;
  /**
   * Words and phrases that stay, in any case, singular or plural; "near" and "next" unless told otherwise. Where a caption must keep its
   * class: `[...classes, "near", "next"]`.
   */
  readonly protectedWords?: readonly string[];
  /** The share of the words that is replaced, drawn from this range; [0.3, 0.5] unless told otherwise. */
  readonly fraction?: readonly [min: number, max: number];
  /** How many words are replaced at least, where there are as many with synonyms; 1 unless told otherwise. */
  readonly augMin?: number;
  /** How many words are replaced at most; 10 unless told otherwise. */
  readonly augMax?: number;
  /** How likely a caption is changed at all, 0 to 1; 1 unless told otherwise. */
  readonly probability?: number;
  /**
   * A tagger: the part of speech of each word of a caption, null for a word that stays. Without one a word counts as any part of speech,
   * and the words that hold a sentence together stay (articles, pronouns, prepositions, conjunctions, auxiliaries, numerals).
   */
  readonly tag?: (words: readonly string[]) => readonly (PartOfSpeech | null)[];
}

const OPTIONS = ["dictionary", "protectedWords", "fraction", "augMin", "augMax", "probability", "tag"] as const;

// Letters, with apostrophes and hyphens between them.
const WORD = /[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*/gu;

/**
 * Replaces some of a caption's words by synonyms, as RSDiX does it to see which metrics notice: 30 to 50 % of the words, at least 1 and at
 * most 10. Punctuation and spaces stay, and a capital letter at a word's beginning. Synonyms are put in as the dictionary has them:
 * WordNet's in their base form ("two planes" may become "two airplane"), and the article before them stays ("a" before "airplane").
 *
 * @param caption - an English sentence.
 * @param random - where the draws come from, such as `createRandom(seed).fork(index)`.
 * @param options - the `dictionary`, and `protectedWords`, `fraction`, `augMin`, `augMax`, `probability`, `tag`.
 * @returns the caption with other words; as it was where no word may be replaced.
 * @throws RsdixError INVALID_ARGUMENT for a caption that is no text, a range that cannot be, a protected word without a letter, or a
 * dictionary or tagger that answers with something else than it should; UNKNOWN_OPTION; FILE_CORRUPT from WordNet's files.
 * @example
 * ```ts
 * import { createRandom, replaceSynonyms } from "@rsdix/data";
 * const dictionary = { synonyms: (word: string) => (word === "river" || word === "wide" ? [`${word}-like`] : []) };
 * const options = { dictionary, protectedWords: ["river"] };
 * const caption = replaceSynonyms("Wide river.", createRandom(1), options);
 * if (caption !== "Wide-like river.") throw new Error(`got ${caption}`);
 * ```
 * @see Zhang et al., "Character-level convolutional networks for text classification", 2015 (replacing by a thesaurus), https://arxiv.org/abs/1509.01626
 */
export function replaceSynonyms(caption: string, random: Random, options: ReplaceSynonymsOptions): string {
  const { dictionary, protectedWords, fraction, augMin, augMax, probability, tag } = checked(caption, options);
  if (typeof random?.next !== "function") fail("INVALID_ARGUMENT", `random must be what createRandom(seed) gives, got ${show(random)}.`);
  if (random.next() >= probability) return caption;
  const words = [...caption.matchAll(WORD)].map((match) => ({ text: match[0], start: match.index }));
  const texts = words.map(({ text }) => text);
  const kept = protectedFlags(texts, protectedWords);
  const tags = tag && checkedTags(tag(texts), texts.length);
  const candidates = words
    .map((word, i) => ({ ...word, part: tags?.[i] ?? undefined, stays: kept[i] || tags?.[i] === null }))
    .filter(({ text, stays }) => !stays && (tags || !FUNCTION_WORDS.has(text.toLowerCase())));

  const share = fraction[0] + (fraction[1] - fraction[0]) * random.next();
  const count = Math.min(augMax, Math.max(augMin, Math.floor(share * words.length)));
  const replaced: { start: number; end: number; by: string }[] = [];
  for (const { text, start, part } of random.shuffle(candidates)) {
    if (replaced.length === count) break;
    const choices = checkedSynonyms(dictionary.synonyms(text.toLowerCase(), part), text);
    const choice = choices[random.int(choices.length)];
    if (choice !== undefined) replaced.push({ start, end: start + text.length, by: withCaseOf(text, choice) });
  }
  let result = "";
  let from = 0;
  for (const { start, end, by } of replaced.sort((a, b) => a.start - b.start)) {
    result += caption.slice(from, start) + by;
    from = end;
  }
  return result + caption.slice(from);
}

function checked(caption: string, options: ReplaceSynonymsOptions) {
  if (typeof caption !== "string") fail("INVALID_ARGUMENT", `caption must be a text, got ${show(caption)}.`);
  checkOptions(options, OPTIONS, "replaceSynonyms");
  const {
    dictionary,
    protectedWords = ["near", "next"],
    fraction = [0.3, 0.5],
    augMin = 1,
    augMax = 10,
    probability = 1,
    tag,
  } = options ?? {};
  if (typeof dictionary?.synonyms !== "function") {
    fail("INVALID_ARGUMENT", `dictionary must have synonyms(word), as loadWordNet() of @rsdix/data/node gives, got ${show(dictionary)}.`);
  }
  if (tag !== undefined && typeof tag !== "function") fail("INVALID_ARGUMENT", `tag must be a function, got ${show(tag)}.`);
  checkReplaced({ fraction, augMin, augMax });
  checkRange(probability, "probability", { min: 0, max: 1 });
  return { dictionary, protectedWords, fraction, augMin, augMax, probability, tag };
}

function checkedTags(tags: readonly (PartOfSpeech | null)[], count: number): readonly (PartOfSpeech | null)[] {
  if (!Array.isArray(tags) || tags.length !== count) {
    fail(
      "INVALID_ARGUMENT",
      `tag must give a part of speech for each of ${count} words, got ${Array.isArray(tags) ? tags.length : show(tags)}.`,
    );
  }
  const wrong = tags.find((part) => part !== null && !PARTS_OF_SPEECH.includes(part));
  if (wrong !== undefined) fail("INVALID_ARGUMENT", `tag must give ${PARTS_OF_SPEECH.join(", ")} or null, got ${show(wrong)}.`);
  return tags;
}

function checkedSynonyms(synonyms: readonly string[], word: string): readonly string[] {
  if (!Array.isArray(synonyms) || synonyms.some((synonym) => typeof synonym !== "string" || synonym.trim() === "")) {
    fail(
      "INVALID_ARGUMENT",
      `dictionary.synonyms("${word}") must be a list of words, none of them blank, got ${JSON.stringify(synonyms)}.`,
    );
  }
  return synonyms.filter((synonym) => synonym.toLowerCase() !== word.toLowerCase());
}
