import { checkOptions, checkRange, checkReplaced, type Random, withCaseOf } from "@rsdix/internal";
import { checkWordNet } from "../wordnet/check-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import { applyEdits, type PerturbedCaption, tokensOf, wordsOf } from "./captions";
import { checkListOf, wordsToChange } from "./check-inputs";
import { checkTag, type TagWords, tagByWordNet, tagsOf } from "./tag-words";

/** Options of {@link replaceSynonyms}. */
export interface ReplaceSynonymsOptions {
  /** From `loadWordNet`. */
  readonly wordnet: WordNet;
  /**
   * Words and phrases that stay, in any case; "near" and "next" unless told otherwise. The original adds the data set's class names. `_` and `-` are blanks
   * here, in phrases as in captions: "baseball_field" protects "baseball field" and "baseball-field".
   */
  readonly protectedWords?: readonly string[];
  /** The share of the tokens that is replaced is drawn between these two; [0.3, 0.5] unless told otherwise. */
  readonly fraction?: readonly [min: number, max: number];
  /** How many words are replaced at least, where there are so many that may be; 1 unless told otherwise. */
  readonly augMin?: number;
  /** How many words are replaced at most; 10 unless told otherwise. */
  readonly augMax?: number;
  /** How many senses of a word count, commonest first; all of them unless told otherwise, as in the original. 1 keeps the meaning more often. */
  readonly senses?: number;
  /** The parts of speech; {@link tagByWordNet} unless told otherwise. */
  readonly tag?: TagWords;
}

/** The words that stay unless told otherwise. */
const PROTECTED_WORDS: readonly string[] = ["near", "next"];

/**
 * Replaces some of a caption's words by WordNet's synonyms, as the original study does it: a share p between 0.3 and 0.5 is drawn, and ceil(p × tokens)
 * words, at least 1 and at most 10, are drawn among those that may be replaced. Each gets a lemma drawn from all sets of synonyms of its part of
 * speech, of whatever sense, a lemma that is in two sets being twice as likely; `_` and `-` become blanks, a capital at the beginning stays. A word
 * without another lemma stays. Punctuation counts among the tokens, and is never replaced.
 *
 * Most of it keeps the meaning, not all: WordNet does not know which sense a word has here ("plane" may become "sheet").
 *
 * @param caption An English sentence.
 * @param random Where the draws come from, such as `createRandom(seed)`.
 * @param options `wordnet`, and `protectedWords`, `fraction`, `augMin`, `augMax`, `senses`, `tag`.
 * @returns The caption with other words, and which they are.
 * @throws RsdixError INVALID_ARGUMENT for what is no caption or generator, a range that cannot be, words that are no list, or a tagger that answers with
 * something else than it should; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { createRandom, replaceSynonyms, type WordNet } from "@rsdix/metrics/study";
 * const wordnet = {
 *   baseForms: (word: string, pos: string) => (word === "aircraft" && pos === "n" ? [word] : []),
 *   synsets: () => Int32Array.of(1),
 *   lemmas: () => ["aircraft", "flying_machine"],
 * } as unknown as WordNet; // await loadWordNet()
 * const { caption } = replaceSynonyms("Aircraft near a road .", createRandom(1), { wordnet });
 * console.log(caption); // Flying machine near a road .
 * ```
 * @see https://github.com/makcedward/nlpaug (SynonymAug, which the original uses)
 */
export function replaceSynonyms(caption: string, random: Random, options: ReplaceSynonymsOptions): PerturbedCaption {
  const words = wordsToChange(caption, random);
  const { wordnet, protectedWords, fraction, augMin, augMax, senses, tag } = checked(options);
  const texts = words.map(({ text }) => text);
  const tags = tagsOf(tag, texts);
  const kept = protectedFlags(texts, protectedWords);
  const eligible = texts.flatMap((_, i) => (kept[i] || tags[i] === null ? [] : [i]));
  const share = fraction[0] + (fraction[1] - fraction[0]) * random.next();
  const count = Math.min(eligible.length, augMax, Math.max(augMin, Math.ceil(share * tokensOf(caption).length)));
  const edits = random
    .shuffle(eligible)
    .slice(0, count)
    .flatMap((index) => {
      const word = texts[index]!;
      const pos = tags[index]!;
      const lemmas = wordnet
        .baseForms(word.toLowerCase(), pos)
        .flatMap((form) => [...wordnet.synsets(form, pos).slice(0, senses)])
        .flatMap((synset) => wordnet.lemmas(synset, pos))
        .filter((lemma) => lemma.toLowerCase() !== word.toLowerCase());
      const chosen = lemmas[random.int(lemmas.length)];
      return chosen === undefined ? [] : [{ index, to: withCaseOf(word, chosen.replaceAll(/[_-]/g, " ").toLowerCase()) }];
    });
  return applyEdits(caption, words, edits);
}

function checked(options: ReplaceSynonymsOptions) {
  const { wordnet, tag, ...others } = checkOptions(options, ["wordnet", "tag", ...CHOICES], "replaceSynonyms");
  checkWordNet(wordnet, "lemmas");
  if (tag !== undefined) checkTag(tag);
  return { wordnet, ...synonymChoices(others, "replaceSynonyms"), tag: tag ?? tagByWordNet(wordnet) };
}

const CHOICES = ["protectedWords", "fraction", "augMin", "augMax", "senses"];

/** What of the options is no resource, with what stands in for those that are not given; throws for what cannot be. */
export function synonymChoices(options: Omit<ReplaceSynonymsOptions, "wordnet" | "tag">, where: string) {
  const {
    protectedWords = PROTECTED_WORDS,
    fraction = [0.3, 0.5],
    augMin = 1,
    augMax = 10,
    senses,
  } = checkOptions(options, CHOICES, where);
  checkListOf(protectedWords, "protectedWords", "words and phrases");
  checkReplaced({ fraction, augMin, augMax });
  if (senses !== undefined) checkRange(senses, "senses", { min: 1, integer: true });
  return { protectedWords, fraction, augMin, augMax, senses };
}

/** Which words belong to a protected word or phrase; one with a hyphen only as a whole: "red" does not protect "red-roofed". */
function protectedFlags(words: readonly string[], protectedWords: readonly string[]): boolean[] {
  const parts = words.flatMap((word, of) =>
    partsOf(word).map((text, i, all) => ({ text, of, first: i === 0, last: i === all.length - 1 })),
  );
  const flags = words.map(() => false);
  for (const phrase of protectedWords) {
    const wanted = partsOf(phrase);
    for (let start = 0; wanted.length > 0 && start + wanted.length <= parts.length; start++) {
      const [first, last] = [parts[start]!, parts[start + wanted.length - 1]!];
      if (first.first && last.last && wanted.every((text, i) => parts[start + i]!.text === text)) flags.fill(true, first.of, last.of + 1);
    }
  }
  return flags;
}

/** The words of a word or phrase in lower case, `_` and `-` being blanks. */
function partsOf(phrase: string): string[] {
  return wordsOf(phrase.toLowerCase().replaceAll(/[_-]/g, " ")).map(({ text }) => text);
}
