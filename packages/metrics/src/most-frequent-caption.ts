import { checkReferences } from "./check-captions";

/**
 * The caption that occurs most often among all references: the simplest captioner that ignores its image, and the least
 * that a trained one has to beat. Take the training set's references, then give the caption to every test image.
 *
 * @param references For each image its reference captions, at least one.
 * @returns The caption, exactly as written (the first seen of equally frequent ones), and how often it occurs.
 * @throws RsdixError `EMPTY_DATA` without images or with an image without captions, `INVALID_ARGUMENT` for what is not a string.
 * @example
 * ```ts
 * import { mostFrequentCaption } from "@rsdix/metrics";
 * console.log(mostFrequentCaption([["a lake .", "some water ."], ["a lake .", "a pond ."]]).caption);
 * ```
 */
export function mostFrequentCaption(references: readonly (readonly string[])[]): { caption: string; count: number } {
  checkReferences(references, "references");
  const counts = new Map<string, number>();
  for (const captions of references) {
    for (const caption of captions) counts.set(caption, (counts.get(caption) ?? 0) + 1);
  }
  let best = { caption: "", count: 0 };
  for (const [caption, count] of counts) {
    if (count > best.count) best = { caption, count };
  }
  return best;
}
