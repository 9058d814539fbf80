import { checkOptions, type Random, withCaseOf } from "@rsdix/internal";
import { checkWordNet } from "../wordnet/check-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import { applyEdits, type PerturbedCaption, wordsOf } from "./captions";
import { checkListOf, wordsToChange } from "./check-inputs";
import { checkTag, type TagWords, tagByWordNet, tagsOf } from "./tag-words";

/** Options of {@link swapObject}. */
export interface SwapObjectOptions {
  /** From `loadWordNet`. */
  readonly wordnet: WordNet;
  /** Nouns in lower case to choose from, such as {@link objectsOf} finds in a data set; each as likely as the others. */
  readonly objects: readonly string[];
  /** The parts of speech; {@link tagByWordNet} unless told otherwise. */
  readonly tag?: TagWords;
}

/**
 * Replaces one noun of a caption by another of the data set: "a plane near a terminal" becomes "a plane near a beach". A plural gets a plural; the other noun
 * is no synonym of it, and is not in the caption yet.
 *
 * @param caption An English sentence.
 * @param random Where the draws come from, such as `createRandom(seed)`.
 * @param options `wordnet`, `objects`, and `tag`.
 * @returns The caption, and what was changed: nothing in one without a noun, or where no other noun will do.
 * @throws RsdixError INVALID_ARGUMENT for what is no caption or generator, and without `wordnet` or `objects`; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { createRandom, swapObject, type WordNet } from "@rsdix/metrics/study";
 * const wordnet = {
 *   baseForms: (word: string, pos: string) => (pos === "n" && ["lake", "road"].includes(word) ? [word] : []),
 *   synsets: (word: string) => Int32Array.of(word.charCodeAt(0)),
 * } as unknown as WordNet; // await loadWordNet()
 * console.log(swapObject("a lake .", createRandom(1), { wordnet, objects: ["lake", "road"] }).caption); // a road .
 * ```
 */
export function swapObject(caption: string, random: Random, options: SwapObjectOptions): PerturbedCaption {
  const { wordnet, objects, tag } = checkOptions(options, ["wordnet", "objects", "tag"], "swapObject");
  const words = wordsToChange(caption, random);
  checkWordNet(wordnet, "synsets");
  checkListOf(objects, "objects", "nouns");
  if (tag !== undefined) checkTag(tag);
  const lower = words.map(({ text }) => text.toLowerCase());
  const tags = tagsOf(
    tag ?? tagByWordNet(wordnet),
    words.map(({ text }) => text),
  );
  const nouns = lower.flatMap((_, i) => (tags[i] === "n" ? [i] : []));
  const present = new Set(lower.map((word) => singular(word, wordnet)));
  for (const index of random.shuffle(nouns)) {
    const word = lower[index]!;
    const own = synsetsOf(word, wordnet);
    const plural = isPlural(word, wordnet);
    const chosen = drawFitting(
      objects,
      random,
      (other) =>
        isPlural(other, wordnet) === plural &&
        !present.has(singular(other, wordnet)) &&
        !synsetsOf(other, wordnet).some((synset) => own.includes(synset)),
    );
    if (chosen !== undefined) return applyEdits(caption, words, [{ index, to: withCaseOf(words[index]!.text, chosen) }]);
  }
  return { caption, changes: [] };
}

/**
 * The nouns of some captions, for {@link swapObject}.
 *
 * @param captions English sentences.
 * @param tag A tagger, such as {@link tagByWordNet} gives.
 * @returns Each noun once, in lower case, sorted.
 * @throws RsdixError INVALID_ARGUMENT for what is no list of captions, or no tagger.
 * @example
 * ```ts
 * import { objectsOf } from "@rsdix/metrics/study";
 * const tag = (words: readonly string[]) => words.map((word) => (word === "lake" ? ("n" as const) : null));
 * console.log(objectsOf(["a lake .", "Lake and lake"], tag)); // [ "lake" ]
 * ```
 */
export function objectsOf(captions: readonly string[], tag: TagWords): string[] {
  checkListOf(captions, "captions", "captions");
  checkTag(tag);
  const nouns = captions.flatMap((caption) => nounsOf(caption, tag));
  return [...new Set(nouns)].sort();
}

/** The nouns of one caption, in lower case. */
export function nounsOf(caption: string, tag: TagWords): string[] {
  const words = wordsOf(caption).map(({ text }) => text.toLowerCase());
  const tags = tagsOf(tag, words);
  return words.filter((_, i) => tags[i] === "n");
}

/** Most of a data set's nouns will do for a word: looking at all of them for each caption would take a data set minutes. */
const DRAWS = 32;

/** One of the items that fit, each as likely as the others. */
function drawFitting<T>(items: readonly T[], random: Random, fits: (item: T) => boolean): T | undefined {
  for (let i = 0; i < DRAWS && items.length > 0; i++) {
    const item = items[random.int(items.length)]!;
    if (fits(item)) return item;
  }
  const fitting = items.filter(fits);
  return fitting[random.int(fitting.length)];
}

function singular(word: string, wordnet: WordNet): string {
  return wordnet.baseForms(word, "n").find((form) => form !== word) ?? word;
}

/** Plurals that are words of WordNet's by themselves, and don't end as others do. */
const PLURALS = new Set(["people", "men", "cattle", "police"]);

/** A form of another noun that ends with an s, as "ponds", or is no noun by itself, as "children"; "omen" is no plural, for all there is an Oman. */
function isPlural(word: string, wordnet: WordNet): boolean {
  if (PLURALS.has(word)) return true;
  return singular(word, wordnet) !== word && (word.endsWith("s") || wordnet.baseForms(word, "n")[0] !== word);
}

function synsetsOf(word: string, wordnet: WordNet): number[] {
  return wordnet.baseForms(word, "n").flatMap((form) => [...wordnet.synsets(form, "n")]);
}
