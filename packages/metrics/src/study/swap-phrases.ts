import type { Random } from "@rsdix/internal";
import { withCaseOf } from "@rsdix/internal";
import { applyEdits, type PerturbedCaption } from "./captions";
import { wordsToChange } from "./check-inputs";

/** For a phrase in lower case, what it may become. */
export type Swaps = ReadonlyMap<string, readonly string[]>;

/** Swaps one phrase of a caption, drawn among those that the table has; where one phrase is part of another, the longer one counts. */
export function swapPhrase(caption: string, random: Random, swaps: Swaps): PerturbedCaption {
  const words = wordsToChange(caption, random);
  const lower = words.map(({ text }) => text.toLowerCase());
  const longest = Math.max(...[...swaps.keys()].map((phrase) => phrase.split(" ").length));
  const found: { index: number; length: number; choices: readonly string[] }[] = [];
  for (let index = 0; index < lower.length; ) {
    let length = Math.min(longest, lower.length - index);
    let choices: readonly string[] | undefined;
    for (; length > 0; length--) {
      choices = swaps.get(lower.slice(index, index + length).join(" "));
      if (choices) break;
    }
    if (choices) found.push({ index, length, choices });
    index += Math.max(1, length);
  }
  const chosen = found[random.int(found.length)];
  if (!chosen) return { caption, changes: [] };
  const { index, length, choices } = chosen;
  return applyEdits(caption, words, [{ index, length, to: withCaseOf(words[index]!.text, choices[random.int(choices.length)]!) }]);
}
