import type { AddedImages } from "../protocol";

/** Most files whose passing over is told of one by one. */
const MOST_PASSED = 3;

/** What is told of captions: all that is to be known of those that were taken, and the first of the files that were passed over. */
export function toldOf({ notes, passed }: Pick<AddedImages, "notes" | "passed">): string[] {
  const rest = passed.length - MOST_PASSED;
  const more = rest > 0 ? [`And ${rest} ${rest === 1 ? "file was" : "files were"} passed over.`] : [];
  return [...notes, ...passed.slice(0, MOST_PASSED), ...more];
}
