/**
 * Start of CLIP's learnable logit scale, ln(1 / 0.07): a natural logarithm, as every `logitScale` of this package.
 *
 * @see https://arxiv.org/abs/2103.00020 section 2.5 (temperature 0.07)
 */
export const LOGIT_SCALE_INIT = Math.log(1 / 0.07);

/**
 * Upper limit of CLIP's logit scale, ln 100. The losses do not clip it: clip the parameter after each optimiser step.
 *
 * @see https://arxiv.org/abs/2103.00020 section 2.5 ("clipped to prevent scaling the logits by more than 100")
 */
export const LOGIT_SCALE_MAX = Math.log(100);

/**
 * Start of the learnable scale of the distillation loss in RSDiX, a natural logarithm: exp(3.9) is about 49.4.
 *
 * @see https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export const DISTILLATION_SCALE_INIT = 3.9;

/**
 * Lower limit of the distillation scale after `exp`, as in RSDiX; below it the scale has no gradient.
 *
 * @see https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export const DISTILLATION_SCALE_MIN_FACTOR = 1;

/**
 * Upper limit of the distillation scale after `exp`, as in RSDiX (and CLIP); above it the scale has no gradient.
 *
 * @see https://arxiv.org/abs/2103.00020 section 2.5, of the logit scale, and https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export const DISTILLATION_SCALE_MAX_FACTOR = 100;

/**
 * Start of SigLIP's learnable logit scale, t' = ln 10.
 *
 * @see https://arxiv.org/abs/2303.15343 algorithm 1
 */
export const SIGMOID_LOGIT_SCALE_INIT = Math.log(10);

/**
 * Start of SigLIP's learnable logit bias, -10: at first every pair counts as a negative, which most pairs are.
 *
 * @see https://arxiv.org/abs/2303.15343 section 3.2
 */
export const SIGMOID_LOGIT_BIAS_INIT = -10;

/**
 * Default entropic regularisation of Sinkhorn in RSDiX.
 *
 * @see https://github.com/NeuRoNeLab/RSDiX-CLIP and, of the regularisation, https://arxiv.org/abs/1306.0895
 */
export const SINKHORN_LAMBDA = 0.1;

/**
 * Default number of Sinkhorn iterations in RSDiX.
 *
 * @see https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export const SINKHORN_ITERATIONS = 4;
