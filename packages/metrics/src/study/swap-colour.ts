import type { Random } from "@rsdix/internal";
import type { PerturbedCaption } from "./captions";
import { swapPhrase } from "./swap-phrases";

const COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "brown", "black", "white", "gray"];
const SAME: Readonly<Record<string, readonly string[]>> = { gray: ["grey"], purple: ["violet"], red: ["crimson"], white: ["whitish"] };

const SWAPS = new Map(
  COLOURS.flatMap((colour) => {
    const others = COLOURS.filter((other) => other !== colour);
    return [colour, ...(SAME[colour] ?? [])].map((name) => [name, others] as const);
  }),
);

/**
 * Gives one colour of a caption another: "a green lake" becomes "a red lake". Which colour, and which other, is drawn.
 *
 * @param caption An English sentence.
 * @param random Where the draws come from, such as `createRandom(seed)`.
 * @returns The caption, and what was changed: nothing in one without a colour.
 * @throws RsdixError INVALID_ARGUMENT for what is no caption or generator.
 * @example
 * ```ts
 * import { createRandom, swapColour } from "@rsdix/metrics/study";
 * console.log(swapColour("a green lake .", createRandom(1)).changes); // [{ index: 1, from: "green", to: ... }]
 * ```
 */
export function swapColour(caption: string, random: Random): PerturbedCaption {
  return swapPhrase(caption, random, SWAPS);
}
