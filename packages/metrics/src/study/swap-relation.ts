import type { Random } from "@rsdix/internal";
import type { PerturbedCaption } from "./captions";
import { type Swaps, swapPhrase } from "./swap-phrases";

const OPPOSITES = [
  ["above", "below"],
  ["over", "under"],
  ["inside", "outside"],
  ["in front of", "behind"],
  ["left", "right"],
  ["top", "bottom"],
  ["upper", "lower"],
  ["north", "south"],
  ["east", "west"],
  ["northeast", "southwest"],
  ["northwest", "southeast"],
  ["with", "without"],
  ["near", "far from"],
  ["on both sides of", "on one side of"],
] as const;

const SWAPS: Swaps = new Map<string, readonly string[]>([
  ...OPPOSITES.flatMap(([a, b]) => [[a, [b]] as const, [b, [a]] as const]),
  ...["next to", "beside", "besides", "close to", "adjacent to", "alongside", "along", "around", "surrounded by", "between", "among"].map(
    (phrase) => [phrase, ["far from"]] as const,
  ),
  ...["in the middle of", "in the center of", "in the centre of"].map((phrase) => [phrase, ["outside of"]] as const),
  ["on two sides of", ["on one side of"]],
  ["in", ["outside"]],
  ["within", ["outside"]],
  ["on", ["under"]],
  ["beneath", ["above"]],
  ["across", ["beside"]],
  ["through", ["around"]],
  ["into", ["out of"]],
]);

/**
 * Turns one spatial relation of a caption into its opposite, or into one that excludes it: "a bridge over a river" becomes "a bridge under a river",
 * "next to a road" "far from a road".
 *
 * @param caption An English sentence.
 * @param random Where the draw comes from, such as `createRandom(seed)`.
 * @returns The caption, and what was changed: nothing in one without a relation.
 * @throws RsdixError INVALID_ARGUMENT for what is no caption or generator.
 * @example
 * ```ts
 * import { createRandom, swapRelation } from "@rsdix/metrics/study";
 * console.log(swapRelation("a pond next to a road .", createRandom(1)).caption); // a pond far from a road .
 * ```
 */
export function swapRelation(caption: string, random: Random): PerturbedCaption {
  return swapPhrase(caption, random, SWAPS);
}
