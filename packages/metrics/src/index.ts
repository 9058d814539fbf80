export type { RsdixErrorCode } from "@rsdix/internal";
export { type AveragePrecisionOptions, averagePrecision } from "./average-precision";
export { type BestFixedCaptionOptions, bestFixedCaption } from "./best-fixed-caption";
export { type BleuOptions, type BleuResult, type BleuScores, bleu } from "./bleu";
export type { BleuAverage } from "./bleu-formula";
export { type CiderDResult, ciderD } from "./cider-d";
export { balancedAccuracy, perClassAccuracy } from "./class-accuracy";
export { type ClipEmbeddingsOptions, clipScoreOfEmbeddings, refClipScoreOfEmbeddings } from "./clip-embeddings";
export { type ClipScoreOptions, type ClipScoreResult, clipScore } from "./clip-score";
export { confusionMatrix } from "./confusion-matrix";
export type { Multiply, TileOptions } from "./cosine-tiles";
export type { BatchOptions, CallOptions } from "./distinct-batches";
export type { Embed, EmbeddingRows, EmbedTexts } from "./embed-texts";
export { type EvaluateResult, evaluate, type SkippedMetric } from "./evaluate/evaluate";
export type { MetricName } from "./evaluate/metric-table";
export type { EvaluateOptions, EvaluateProfile, EvaluateProgress } from "./evaluate/options";
export { type FenseOptions, type FenseResult, fense } from "./fense";
export type { FluencyErrors, FluencyOptions, FluencyScores } from "./fluency";
export { type MeanAveragePrecision, type MeanAveragePrecisionOptions, meanAveragePrecision } from "./mean-average-precision";
export { createMeteor, type MeteorResult, type MeteorScorer, meteorOfStatistics } from "./meteor/create-meteor";
export { type MeteorOptions, meteor } from "./meteor/meteor";
export { type LoadParaphrasesOptions, loadParaphrases, type Paraphrases, saveParaphrases } from "./meteor/paraphrases/paraphrases";
export { mostFrequentCaption } from "./most-frequent-caption";
export { type NamesClassResult, namesClass } from "./names-class";
export type { ProductShape } from "./products";
export type { Progress, ProgressOptions } from "./progress";
export { type PtbTokenizeOptions, ptbTokenize } from "./ptb/ptb-tokenize";
export { type RefClipScoreResult, refClipScore } from "./ref-clip-score";
export type { RelevanceOptions } from "./relevance";
export {
  type RetrievalRecall,
  type RetrievalRecallAsyncOptions,
  type RetrievalRecallOptions,
  retrievalRecall,
  retrievalRecallAsync,
} from "./retrieval-recall";
export { type RougeLResult, rougeL } from "./rouge-l";
export { type SbertSimOptions, type SbertSimResult, sbertSim } from "./sbert-sim";
export { type SimilarityMSEInputs, type SimilarityMSEOptions, type SimilarityMSEResult, similarityMSE } from "./similarity-mse";
export { explain, type MergedTuple, type SpiceExplanation } from "./spice/explain";
export type { SpiceTuple } from "./spice/extract-tuples";
export type { TupleScore } from "./spice/match-tuples";
export { type ParsedCaption, type ParseOptions, parse } from "./spice/parse";
export { createSpice, type SpiceImage, type SpiceOptions, type SpiceResult, type SpiceScorer, spice } from "./spice/spice";
export { type LoadSpiceParserOptions, loadSpiceParser, type SpiceParser } from "./spice/spice-parser";
export type { TupleClass } from "./spice/tuple-classes";
export { type PairMetric, type SpiderOptions, spider } from "./spider";
export { type SpiderFlOptions, type SpiderFlResult, spiderFl } from "./spider-fl";
export { type SpiderMaxResult, spiderMax } from "./spider-max";
export { type SpiderParts, type SpiderResult, spiderOf } from "./spider-of";
export { type Hit, topK } from "./top-k";
export { topKAccuracy } from "./top-k-accuracy";
export { type VocabResult, vocab } from "./vocab";
export { type LoadWordNetOptions, loadWordNet } from "./wordnet/load-wordnet";
export { meteorSynsets } from "./wordnet/meteor-synsets";
export type { WordNet, WordNetPartOfSpeech } from "./wordnet/wordnet";
