import type { Random } from "@rsdix/internal";
import { withCaseOf } from "@rsdix/internal";
import { applyEdits, type PerturbedCaption } from "./captions";
import { wordsToChange } from "./check-inputs";
import { type Swaps, swapPhrase } from "./swap-phrases";

const NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

const SWAPS: Swaps = new Map<string, readonly string[]>([
  ...["one", ...NUMBERS].map((word) => [word, NUMBERS.filter((other) => other !== word)] as const),
  ...["many", "a lot of", "lots of", "plenty of", "numerous", "dozens of", "a large number of"].map((phrase) => [phrase, ["few"]] as const),
  ...["few", "a few", "several", "a couple of"].map((phrase) => [phrase, ["many"]] as const),
  ...["some", "all"].map((word) => [word, ["no"]] as const),
  ["no", ["some"]],
]);

/** Digits beyond this are years and the like; another number of as many digits would be as good, and none is as sure to be wrong. */
const MAX_DIGITS = 6;

/**
 * Changes one number or quantity of a caption: "two planes" becomes "seven planes", "12 boats" another number of boats between 2 and 99, "many houses"
 * "few houses". Nouns keep their form.
 *
 * @param caption An English sentence.
 * @param random Where the draws come from, such as `createRandom(seed)`.
 * @returns The caption, and what was changed: nothing in one without a number.
 * @throws RsdixError INVALID_ARGUMENT for what is no caption or generator.
 * @example
 * ```ts
 * import { createRandom, swapNumber } from "@rsdix/metrics/study";
 * console.log(swapNumber("many planes near a road .", createRandom(1)).caption); // few planes near a road .
 * ```
 */
export function swapNumber(caption: string, random: Random): PerturbedCaption {
  const words = wordsToChange(caption, random);
  const digits = words.findIndex(({ text }) => new RegExp(`^\\d{1,${MAX_DIGITS}}$`).test(text));
  if (digits === -1) return swapPhrase(caption, random, SWAPS);
  const from = Number(words[digits]!.text);
  const other = 2 + random.int(97);
  const to = String(other < from ? other : other + (from >= 2 && from <= 99 ? 1 : 0));
  return applyEdits(caption, words, [{ index: digits, to: withCaseOf(words[digits]!.text, to) }]);
}
