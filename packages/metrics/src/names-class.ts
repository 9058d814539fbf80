import { fail } from "@rsdix/internal";
import { checkCaptions } from "./check-captions";
import { checkClasses } from "./check-classes";

/** Result of {@link namesClass}. */
export interface NamesClassResult {
  /** Share of the captions that name their image's class, from 0 to 1. */
  share: number;
  /** Whether each caption does, in the order given. */
  perImage: boolean[];
}

/**
 * The share of captions that name the right class. Names are compared as whole words, ignoring case and punctuation
 * ("Dense-forest," names "dense forest"; "airport" does not name "port"). Where names overlap in a caption the longest
 * counts: "dense forest" names the class of that name and not "forest". There is no stemming: give plurals and synonyms as
 * further names. A caption that names several classes counts when the right one is among them.
 *
 * @param candidates The captions to judge, one an image.
 * @param labels The class index of each image, into `classNames`.
 * @param classNames The name of each class, or a list of names that all stand for it.
 * @returns The share and the verdict for each image.
 * @throws RsdixError `SHAPE_MISMATCH` when captions and labels differ in number, `EMPTY_DATA` without captions or with a class
 * without names, `INVALID_ARGUMENT` for a label that is no class index, a name without a letter or digit, or what is not a string.
 * @example
 * ```ts
 * import { namesClass } from "@rsdix/metrics";
 * const { share } = namesClass(["Two lakes near a forest.", "a bare desert ."], [0, 1], [["lake", "lakes"], "forest"]);
 * console.log(share); // 0.5
 * ```
 */
export function namesClass(
  candidates: readonly string[],
  labels: ArrayLike<number>,
  classNames: readonly (string | readonly string[])[],
): NamesClassResult {
  checkCaptions(candidates, "candidates");
  if (!Array.isArray(classNames)) fail("INVALID_ARGUMENT", "classNames must be an array with a name or a list of names a class.");
  checkClasses(labels, "labels", classNames.length);
  if (labels.length !== candidates.length) {
    fail("SHAPE_MISMATCH", `There must be one label a caption, got ${labels.length} labels and ${candidates.length} captions.`);
  }

  const names = new Map<string, number[]>();
  let longest = 0;
  classNames.forEach((ofClass: string | readonly string[], c) => {
    const list = typeof ofClass === "string" ? [ofClass] : ofClass;
    checkCaptions(list, `classNames[${c}]`);
    for (const name of list) {
      const words = wordsOf(name);
      if (words.length === 0) fail("INVALID_ARGUMENT", `classNames[${c}]: "${name}" has no letter or digit to look for.`);
      longest = Math.max(longest, words.length);
      const key = words.join(" ");
      names.set(key, [...(names.get(key) ?? []), c]);
    }
  });

  const perImage = candidates.map((caption, i) => classesNamed(wordsOf(caption), names, longest).has(labels[i]!));
  return { share: perImage.filter(Boolean).length / perImage.length, perImage };
}

/** Every class named in the caption, taking the longest name at each position and going on behind it. */
function classesNamed(words: readonly string[], names: ReadonlyMap<string, number[]>, longest: number): Set<number> {
  const found = new Set<number>();
  for (let start = 0; start < words.length; ) {
    let length = Math.min(longest, words.length - start);
    while (length > 0 && !names.has(words.slice(start, start + length).join(" "))) length--;
    for (const c of names.get(words.slice(start, start + length).join(" ")) ?? []) found.add(c);
    start += Math.max(1, length);
  }
  return found;
}

function wordsOf(text: string): string[] {
  return (
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}
