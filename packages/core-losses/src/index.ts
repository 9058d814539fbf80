export type { RsdixErrorCode } from "@rsdix/internal";
export {
  DISTILLATION_SCALE_INIT,
  DISTILLATION_SCALE_MAX_FACTOR,
  DISTILLATION_SCALE_MIN_FACTOR,
  LOGIT_SCALE_INIT,
  LOGIT_SCALE_MAX,
  SIGMOID_LOGIT_BIAS_INIT,
  SIGMOID_LOGIT_SCALE_INIT,
  SINKHORN_ITERATIONS,
  SINKHORN_LAMBDA,
} from "./constants";
export { type DistillationLossOptions, distillationLoss } from "./distillation-loss";
export { type ChunkEncoder, type GradCacheOptions, gradCache, type Sliceable, type ValueAndGradients } from "./grad-cache";
export { inBatchAccuracy } from "./in-batch-accuracy";
export { type InfoNCEOptions, infoNCE } from "./info-nce";
export {
  type ClampedScaleKind,
  clampScale,
  type LearnableOptions,
  type LearnableScaleKind,
  learnableBias,
  learnableScale,
} from "./learnable";
export type { TileOption } from "./plan";
export type { Reduced, Reduction } from "./reduction";
export { type RsdixLoss, type RsdixLossOptions, rsdixLoss } from "./rsdix-loss";
export { type SelfDistillationInputs, type SelfDistillationOptions, selfDistillationLoss } from "./self-distillation-loss";
export { type SigmoidLossOptions, sigmoidLoss } from "./sigmoid-loss";
export { similarity } from "./similarity";
export { type SimilarityMSE, type SimilarityMSEInputs, type SimilarityMSEOptions, similarityMSE } from "./similarity-mse";
export { type SinkhornOptions, sinkhorn } from "./sinkhorn";
export { type SupervisedContrastiveOptions, supervisedContrastive } from "./supervised-contrastive";
export { type DistillationTargets, type TeacherEmbeddings, type TeacherTargetOptions, teacherTargets } from "./teacher-targets";
