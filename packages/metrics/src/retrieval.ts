export type { RsdixErrorCode } from "@rsdix/internal";
export type { Progress, ProgressOptions } from "./progress";
export { type AveragePrecisionOptions, averagePrecision } from "./retrieval/average-precision";
export { balancedAccuracy, perClassAccuracy } from "./retrieval/class-accuracy";
export { confusionMatrix } from "./retrieval/confusion-matrix";
export type { Multiply, TileOptions } from "./retrieval/cosine-tiles";
export { type MeanAveragePrecision, type MeanAveragePrecisionOptions, meanAveragePrecision } from "./retrieval/mean-average-precision";
export type { ProductShape } from "./retrieval/products";
export type { RelevanceOptions } from "./retrieval/relevance";
export {
  type RetrievalRecall,
  type RetrievalRecallAsyncOptions,
  type RetrievalRecallOptions,
  retrievalRecall,
  retrievalRecallAsync,
} from "./retrieval/retrieval-recall";
export { type SimilarityMSEInputs, type SimilarityMSEOptions, type SimilarityMSEResult, similarityMSE } from "./retrieval/similarity-mse";
export { type Hit, topK } from "./retrieval/top-k";
export { topKAccuracy } from "./retrieval/top-k-accuracy";
