import { checkOptions, checkRange, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { bothTerms } from "./both-terms";
import { toLogitScale, toScalar } from "./checks";
import { DISTILLATION_SCALE_INIT } from "./constants";
import { distillationTerm } from "./distillation-term";
import { checkSmoothing, halfOfBoth, smoothed } from "./info-nce";
import { infoNCETerm } from "./info-nce-term";
import { lossesOfSimilarities } from "./losses-of-similarities";
import { planOf, type TileOption } from "./plan";
import { bothDirections, type Reduced, type Reduction, reducer } from "./reduction";
import { checkSelfDistillation, type SelfDistillationInputs } from "./self-distillation-loss";
import { TEACHER_TARGET_OPTIONS, type TeacherTargetOptions } from "./teacher-targets";

const OWN_OPTIONS = ["alpha", "logitScale", "distillationScale", "labelSmoothing", "reduction", "tile"];

/** Options of `rsdixLoss`: the targets', and two scales, which are different parameters. */
export interface RsdixLossOptions<R extends Reduction = Reduction> extends TeacherTargetOptions, TileOption {
  /** Weight of the contrastive part in [0, 1]; the distillation part has 1 - alpha. Default 0.5. */
  alpha?: number | undefined;
  /** Natural logarithm of the factor on the similarities in the contrastive part: the caller's scalar, or a number; from -50 to 80. */
  logitScale: tf.Tensor | number;
  /** The same for the distillation part, its factor held within [1, 100]. Default 3.9, fixed. */
  distillationScale?: tf.Tensor | number | undefined;
  /** Share of the contrastive part's target that is spread over all rows or columns alike, in [0, 1). Default 0. */
  labelSmoothing?: number | undefined;
  /** "mean" over the pairs (default), "sum", or "none" for one loss a pair [N], of as many images as texts. */
  reduction?: R | undefined;
}

/** The loss and its parts, reduced alike; each is differentiable, `total` is what to minimise. */
export interface RsdixLoss<R extends Reduction = "mean"> {
  /** alpha · contrastive + (1 - alpha) · distillation. */
  total: Reduced<R>;
  /** InfoNCE. */
  contrastive: Reduced<R>;
  /** Self-distillation. */
  distillation: Reduced<R>;
}

/**
 * The training loss of RSDiX-CLIP: `alpha · infoNCE + (1 - alpha) · selfDistillationLoss`, on one product of images and
 * texts in value and in gradient. Differentiable in `image`, `text` and both scales (first order).
 *
 * @param inputs - embeddings by student and teacher
 * @param options - alpha, both scales, the targets' options, label smoothing, how to reduce, and tiles
 * @returns the total and its parts, three scalars, or [N] each with `reduction: "none"`; `tf.keep` the parts to log them from inside
 * `tf.variableGrads`
 * @throws RsdixError SHAPE_MISMATCH when the shapes do not fit together, INVALID_ARGUMENT for a wrong dtype or value,
 * UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { LOGIT_SCALE_INIT, rsdixLoss } from "@rsdix/core-losses";
 *
 * const image = tf.tensor2d([[1, 0], [0, 1]]);
 * const text = tf.tensor2d([[0.8, 0.6], [0.6, 0.8]]);
 * const logitScale = tf.variable(tf.scalar(LOGIT_SCALE_INIT));
 * const { value, grads } = tf.variableGrads(() =>
 *   rsdixLoss({ image, text, teacherImage: image, teacherText: text }, { alpha: 0.5, logitScale }).total);
 * value.print();
 * ```
 * @see Radford et al. 2021 for the contrastive term, https://arxiv.org/abs/2103.00020; Wu et al., "Data efficient language-supervised zero-shot recognition
 * with optimal transport distillation", 2021, for the targets, https://arxiv.org/abs/2112.09445
 */
export function rsdixLoss<R extends Reduction = "mean">(inputs: SelfDistillationInputs, options: RsdixLossOptions<R>): RsdixLoss<R> {
  const given = checkOptions(options, [...TEACHER_TARGET_OPTIONS, ...OWN_OPTIONS], "rsdixLoss");
  const { alpha = 0.5, logitScale, distillationScale = DISTILLATION_SCALE_INIT, labelSmoothing = 0, ...others } = given;
  const { reduction = "mean" as R, tile, ...targetOptions } = others;
  const teacher = checkSelfDistillation(inputs, targetOptions, "rsdixLoss's inputs");
  checkRange(alpha, "alpha", { min: 0, max: 1 });
  checkSmoothing(labelSmoothing);
  const reduce = reducer(reduction);
  const { image, text } = inputs;
  const [m, n] = [image.shape[0], text.shape[0]];
  if (reduction === "none" && m !== n) {
    fail("INVALID_ARGUMENT", `reduction "none" takes as many images as texts, got ${m} and ${n}: the parts count other pairs.`);
  }
  const plan = planOf(tile, m, n);
  return tf.tidy(() => {
    const scale = toLogitScale(logitScale);
    const tau = toScalar(distillationScale, "distillationScale");
    const term = bothTerms(infoNCETerm(m, n, scale), distillationTerm(m, n, tau, teacher, plan));
    const losses = lossesOfSimilarities(image, text, term, plan, plan.kept > 1);
    const [pairs, taught] = tf.split<tf.Tensor1D>(losses, [2 * Math.min(m, n), m + n]);
    const contrastive = reduce(smoothed(halfOfBoth(pairs!), image, text, scale, labelSmoothing));
    const distillation = reduce(bothDirections(taught!, m, n));
    const total = tf.add<Reduced<R>>(tf.mul(contrastive, alpha), tf.mul(distillation, 1 - alpha));
    return { total, contrastive, distillation };
  });
}
