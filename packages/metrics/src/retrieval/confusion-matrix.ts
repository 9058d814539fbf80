import { fail } from "@rsdix/internal";
import { checkClasses } from "../check-classes";

/** Classes of a matrix, which then has 67 million numbers, half a gigabyte. */
const MAX_CLASSES = 8192;

/**
 * Counts how often each class was taken for each other: row = true class, column = predicted class.
 *
 * @param predicted The predicted class index of each item.
 * @param labels The true class index of each item.
 * @param classes Number of classes, at most 8,192.
 * @returns A matrix of counts, [classes][classes].
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length, `EMPTY_DATA` without items, `INVALID_ARGUMENT` for
 * what is no class index.
 * @example
 * ```ts
 * import { confusionMatrix } from "@rsdix/metrics/retrieval";
 * console.log(confusionMatrix([0, 1, 1], [0, 0, 1], 2)); // [[1, 1], [0, 1]]
 * ```
 * @see Stehman, "Selecting and interpreting measures of thematic classification accuracy", Remote Sensing of Environment 62, 1997
 */
export function confusionMatrix(predicted: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number[][] {
  checkPredictions(predicted, labels, classes);
  if (classes > MAX_CLASSES)
    fail("INVALID_ARGUMENT", `classes must be at most ${MAX_CLASSES} for a matrix, got ${classes}. perClassAccuracy needs none.`);
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) matrix[labels[i]!]![predicted[i]!]!++;
  return matrix;
}

/** Throws unless there is one label a prediction, and all are classes. */
export function checkPredictions(predicted: ArrayLike<number>, labels: ArrayLike<number>, classes: number): void {
  checkClasses(predicted, "predicted", classes);
  checkClasses(labels, "labels", classes);
  if (predicted.length !== labels.length) {
    fail("SHAPE_MISMATCH", `There must be one label a prediction, got ${predicted.length} predictions and ${labels.length} labels.`);
  }
}
