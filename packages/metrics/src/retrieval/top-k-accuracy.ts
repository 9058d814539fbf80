import { checkRange, fail, show } from "@rsdix/internal";
import { checkClasses, isArrayLike } from "../check-classes";

/**
 * The share of items whose true class is among the `k` best-scored ones. Ties count against the model: a class that scores
 * the same as the true one stands before it, so a model that gives every class the same score is right in nothing.
 *
 * @param scores Row-major [n, classes]: logits, probabilities or similarities, larger is better; infinities are allowed.
 * @param labels The true class index of each item, [n]; the number of classes is scores.length / n.
 * @param k How many guesses the model has, from 1 to the number of classes.
 * @returns The accuracy, from 0 to 1.
 * @throws RsdixError `SHAPE_MISMATCH` when scores are not a whole number of rows, `EMPTY_DATA` without items, `INVALID_ARGUMENT`
 * for `k` or a label out of range, `NOT_A_NUMBER` for a score that is NaN.
 * @example
 * ```ts
 * import { topKAccuracy } from "@rsdix/metrics/retrieval";
 * const scores = new Float32Array([0.7, 0.2, 0.1, 0.5, 0.4, 0.1]);
 * console.log(topKAccuracy(scores, [0, 1], 1), topKAccuracy(scores, [0, 1], 2)); // 0.5 1
 * ```
 * @see Russakovsky et al., "ImageNet large scale visual recognition challenge", 2015, https://arxiv.org/abs/1409.0575
 */
export function topKAccuracy(scores: ArrayLike<number>, labels: ArrayLike<number>, k: number): number {
  if (!isArrayLike(scores)) fail("INVALID_ARGUMENT", `scores must be an array or typed array of numbers, got ${show(scores)}.`);
  if (!isArrayLike(labels)) fail("INVALID_ARGUMENT", `labels must be an array of class indices, got ${show(labels)}.`);
  if (labels.length === 0) fail("EMPTY_DATA", "labels is empty: give at least one class index.");
  const classes = scores.length / labels.length;
  if (!Number.isInteger(classes) || classes === 0) {
    fail("SHAPE_MISMATCH", `scores must hold a row of classes for each of the ${labels.length} labels, got ${scores.length} values.`);
  }
  checkClasses(labels, "labels", classes);
  checkRange(k, "k", { min: 1, max: classes, integer: true });

  let hits = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = i * classes;
    const own = scores[row + labels[i]!]!;
    let before = -1; // the true class itself is counted below
    for (let c = 0; c < classes; c++) {
      const score = scores[row + c]!;
      if (typeof score !== "number" || Number.isNaN(score)) {
        fail("NOT_A_NUMBER", `scores must be numbers, got ${show(score)} for class ${c} of item ${i}.`);
      }
      if (score >= own) before++;
    }
    if (before < k) hits++;
  }
  return hits / labels.length;
}
