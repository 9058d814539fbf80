import { emaUpdate } from "@rsdix/backend";
import { checkRange } from "@rsdix/internal";
import type { Parameters } from "@rsdix/models";
import { withMethod } from "../check-given";

/**
 * The decay of the n-th update of an exponential moving average with warm-up: min(maximum, (1 + n) / (10 + n)), so that an early average is not
 * dominated by the first weights.
 *
 * @param updates Number of updates done before this one, from 0.
 * @param maximum The decay in the long run; 0.999 in RSDiX.
 * @returns The share of the old average that stays, in [0, 1].
 * @throws INVALID_ARGUMENT when the maximum is outside [0, 1].
 * @example
 * ```ts
 * import { emaDecay } from "@rsdix/train";
 * console.log(emaDecay(0), emaDecay(90), emaDecay(1e6)); // 0.1, 0.91, 0.999
 * ```
 * @see https://www.tensorflow.org/api_docs/python/tf/train/ExponentialMovingAverage (`num_updates`)
 */
export function emaDecay(updates: number, maximum = 0.999): number {
  checkRange(maximum, "The EMA's decay", { min: 0, max: 1 });
  checkRange(updates, "updates", { min: 0, integer: true });
  return Math.min(maximum, (1 + updates) / (10 + updates));
}

/**
 * Moves every weight of a teacher towards its student's: teacher = decay · teacher + (1 - decay) · student. In place.
 *
 * @param teacher The average; changed.
 * @param student The model being trained; left alone.
 * @param decay The share of the teacher that stays, in [0, 1].
 * @throws INVALID_ARGUMENT when the student lacks one of the teacher's weights, or for a decay outside [0, 1].
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Parameters } from "@rsdix/models";
 * import { updateEma } from "@rsdix/train";
 * const student = Parameters.initialize([{ name: "w", shape: [2], init: "ones" }], 1);
 * const teacher = student.clone({ trainable: false });
 * updateEma(teacher, student, 0.99);
 * ```
 * @see Mean teachers are better role models, arXiv 1703.01780
 */
export function updateEma(teacher: Parameters, student: Parameters, decay: number): void {
  withMethod(teacher, "trainable", "updateEma: the teacher must be Parameters");
  withMethod(student, "trainable", "updateEma: the student must be Parameters");
  checkRange(decay, "The EMA's decay", { min: 0, max: 1 });
  for (const { name } of teacher.specs) {
    emaUpdate(teacher.get(name), student.get(name), decay);
  }
}
