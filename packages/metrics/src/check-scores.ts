import { fail, show } from "@rsdix/internal";
import { isArrayLike } from "./check-classes";

/** Throws unless `scores` is a list of at least one finite number. */
export function checkScores(scores: ArrayLike<number>, name: string): void {
  if (!isArrayLike(scores)) fail("INVALID_ARGUMENT", `${name} must be an array with a score an image, got ${show(scores)}.`);
  if (scores.length === 0) fail("EMPTY_DATA", `${name} is empty: give the scores of at least one image.`);
  for (let i = 0; i < scores.length; i++) {
    const score: unknown = scores[i];
    if (typeof score !== "number" || !Number.isFinite(score)) {
      fail("NOT_A_NUMBER", `${name} must be finite numbers, got ${show(score)} for image ${i}.`);
    }
  }
}
