import { checkRange, type Random } from "@rsdix/internal";
import { applyEdits, type PerturbedCaption } from "./captions";
import { wordsToChange } from "./check-inputs";
import { FUNCTION_WORDS } from "./function-words";

/** The share of the words that is left out or repeated. */
const SHARE = 0.3;

/**
 * Puts a caption's words in another order; punctuation stays where it is.
 *
 * @param caption A sentence.
 * @param random Where the order comes from, such as `createRandom(seed)`.
 * @returns The caption in an order that is not its own, and the places that got another word; nothing changed in one without two different words.
 * @throws RsdixError INVALID_ARGUMENT for what is no caption or generator.
 * @example
 * ```ts
 * import { createRandom, shuffleWords } from "@rsdix/metrics/study";
 * console.log(shuffleWords("a river .", createRandom(1)).caption); // river a .
 * ```
 */
export function shuffleWords(caption: string, random: Random): PerturbedCaption {
  const words = wordsToChange(caption, random);
  const texts = words.map(({ text }) => text);
  if (new Set(texts).size < 2) return { caption, changes: [] };
  let order = texts;
  while (order.every((word, i) => word === texts[i])) order = random.shuffle([...texts]);
  return applyEdits(
    caption,
    words,
    order.flatMap((to, index) => (to === texts[index] ? [] : [{ index, to }])),
  );
}

/**
 * Leaves out some of the words that name something: those that hold the sentence together stay ("a", "near", "two").
 *
 * @param caption An English sentence.
 * @param random Where the draws come from, such as `createRandom(seed)`.
 * @param share The share of those words that is left out, in (0, 1]; one at least, and never the whole caption.
 * @returns The caption, and the words that it lacks.
 * @throws RsdixError INVALID_ARGUMENT for what is no caption or generator, or a share that cannot be.
 * @example
 * ```ts
 * import { createRandom, deleteWords } from "@rsdix/metrics/study";
 * console.log(deleteWords("a river .", createRandom(1)).caption); // a .
 * ```
 */
export function deleteWords(caption: string, random: Random, share = SHARE): PerturbedCaption {
  checkRange(share, "share", { min: Number.MIN_VALUE, max: 1 });
  const words = wordsToChange(caption, random);
  const content = words.flatMap(({ text }, i) => (FUNCTION_WORDS.has(text.toLowerCase()) ? [] : [i]));
  const count = Math.min(words.length - 1, atLeastOne(share, content.length));
  return applyEdits(
    caption,
    words,
    random
      .shuffle(content)
      .slice(0, Math.max(0, count))
      .map((index) => ({ index, to: "" })),
  );
}

/**
 * Says some words twice in a row, as captioners do that have lost the thread: "a river river near near a road".
 *
 * @param caption A sentence.
 * @param random Where the draws come from, such as `createRandom(seed)`.
 * @param share The share of the words that is said twice, in (0, 1]; one at least.
 * @returns The caption, and the words that stand twice.
 * @throws RsdixError INVALID_ARGUMENT for what is no caption or generator, or a share that cannot be.
 * @example
 * ```ts
 * import { createRandom, repeatWords } from "@rsdix/metrics/study";
 * console.log(repeatWords("rivers .", createRandom(1)).caption); // rivers rivers .
 * ```
 */
export function repeatWords(caption: string, random: Random, share = SHARE): PerturbedCaption {
  checkRange(share, "share", { min: Number.MIN_VALUE, max: 1 });
  const words = wordsToChange(caption, random);
  const chosen = random.shuffle(words.map((_, i) => i)).slice(0, atLeastOne(share, words.length));
  return applyEdits(
    caption,
    words,
    chosen.map((index) => ({ index, to: `${words[index]!.text} ${words[index]!.text}` })),
  );
}

function atLeastOne(share: number, of: number): number {
  return Math.max(1, Math.round(share * of));
}
