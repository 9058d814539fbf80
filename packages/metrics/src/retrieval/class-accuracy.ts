import { checkPredictions } from "./confusion-matrix";

/**
 * The accuracy within each class: the share of its items that were predicted rightly (its recall).
 *
 * @param predicted The predicted class index of each item.
 * @param labels The true class index of each item.
 * @param classes Number of classes.
 * @returns One accuracy a class, [classes]; null for a class without items.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length, `EMPTY_DATA` without items, `INVALID_ARGUMENT` for
 * what is no class index.
 * @example
 * ```ts
 * import { perClassAccuracy } from "@rsdix/metrics/retrieval";
 * console.log(perClassAccuracy([0, 1, 1], [0, 0, 1], 3)); // [0.5, 1, null]
 * ```
 * @see Brodersen et al., "The balanced accuracy and its posterior distribution", ICPR 2010, whose mean these have
 */
export function perClassAccuracy(predicted: ArrayLike<number>, labels: ArrayLike<number>, classes: number): (number | null)[] {
  checkPredictions(predicted, labels, classes);
  const items = new Float64Array(classes);
  const right = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    items[label]!++;
    if (predicted[i] === label) right[label]!++;
  }
  return Array.from(items, (count, c) => (count === 0 ? null : right[c]! / count));
}

/**
 * Balanced accuracy: the mean of the accuracies within the classes, so that a large class weighs no more than a small one.
 * Classes without items are left out, as in scikit-learn.
 *
 * @param predicted The predicted class index of each item.
 * @param labels The true class index of each item.
 * @param classes Number of classes.
 * @returns The balanced accuracy, from 0 to 1.
 * @throws RsdixError `SHAPE_MISMATCH` when the two lists differ in length, `EMPTY_DATA` without items, `INVALID_ARGUMENT` for
 * what is no class index.
 * @example
 * ```ts
 * import { balancedAccuracy } from "@rsdix/metrics/retrieval";
 * console.log(balancedAccuracy([0, 0, 0, 0], [0, 0, 0, 1], 2)); // 0.5, where plain accuracy says 0.75
 * ```
 * @see Brodersen et al., "The balanced accuracy and its posterior distribution", ICPR 2010
 */
export function balancedAccuracy(predicted: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  const present = perClassAccuracy(predicted, labels, classes).filter((accuracy) => accuracy !== null);
  return present.reduce((sum, accuracy) => sum + accuracy, 0) / present.length;
}
