export type { RsdixErrorCode } from "@rsdix/internal";
export { type BatchPlan, type BatchPlanOptions, batchPlan } from "./batch-plan";
export type { BatchPosition } from "./batches/batch-position";
export type {
  Batch,
  BatchCommon,
  Batches,
  BatchesOptions,
  BatchImages,
  BatchPixels,
  ImageContext,
  Preprocess,
  PreprocessFunction,
  SkippedImage,
} from "./batches/batch-types";
export { type BatchesOf, batches, type PendingBatches } from "./batches/batches";
export type { CaptionDataset, CaptionRecord, CaptionSentence, ExtraFields, JsonValue, Split } from "./caption-dataset";
export { type ConcatDatasetsOptions, concatDatasets } from "./captions/concat-datasets";
export { type ParseCaptionsCsvOptions, parseCaptionsCsv, stringifyCaptionsCsv } from "./captions/csv";
export type { ParseCaptionsOptions, ParseNamedCaptionsOptions } from "./captions/draft";
export { parseCaptionsJsonLines, stringifyCaptionsJsonLines } from "./captions/json-lines";
export type { LoadCaptionsOptions, LoadedCaptions } from "./captions/load-captions";
export { captionsCsv, captionsJsonLines, karpathy, nwpuCaptions, rsicd, rsitmd, s2lcd, ucmd } from "./captions/loaders";
export { parseNwpu } from "./captions/parse-nwpu";
export type { OnErrorOptions, SkippedItem } from "./captions/reading";
export { parseS2lcdXml, stringifyS2lcdXml } from "./captions/s2lcd-xml";
export { stringifyNwpu } from "./captions/stringify-nwpu";
export { type SubsetOptions, subsetDataset } from "./captions/subset-dataset";
export { type CheckDatasetOptions, checkDataset, classNames } from "./check-dataset";
export { classPrompts } from "./classes/class-prompts";
export {
  aid,
  eurosatRgb,
  mlrsnet,
  type OpenClassSet,
  optimal31,
  patternnet,
  resisc45,
  rsc11,
  rsiCb128,
  rsiCb256,
  rsicdClasses,
  rsscn7,
  whuEarth,
  whuRs19,
} from "./classes/class-set-loaders";
export { type EmbedClassesOptions, embedClasses } from "./classes/embed-classes";
export { type LoadedClasses, type OpenClassesOptions, openClasses } from "./classes/open-classes";
export { PROMPT_TEMPLATES } from "./classes/prompt-templates";
export { createRandom, type Random } from "./create-random";
export { EUROSAT_RGB, MLRSNET, PATTERNNET, RESISC45, RSI_CB128, RSI_CB256, RSICD_CLASSES, WHU_EARTH } from "./declarations/class-sets";
export { AID, OPTIMAL_31, RSC11, RSSCN7, WHU_RS19 } from "./declarations/class-sets-small";
export type { DatasetClass, DatasetCounts, DatasetDeclaration, DatasetLayout } from "./declarations/declaration";
export { type DescribeOptions, describe } from "./declarations/describe";
export { NWPU_CAPTIONS } from "./declarations/nwpu-captions";
export { RSICD } from "./declarations/rsicd";
export { RSITMD } from "./declarations/rsitmd";
export { S2LCD } from "./declarations/s2lcd";
export { UCMD } from "./declarations/ucmd";
export { drawCaption } from "./draw-caption";
export { type DatasetFeatures, type EmbedDatasetOptions, embedDataset } from "./features/embed-dataset";
export { directoryFeatureCache, type FeatureCache, memoryFeatureCache } from "./features/feature-cache";
export type { FileStore, ReadFileOptions, StreamFileOptions } from "./files/file-store";
export { type FilesSource, type OpenFilesOptions, openFiles } from "./files/open-files";
export type { ImageDataset } from "./image-dataset";
export { type ParseKarpathyOptions, parseKarpathy } from "./parse-karpathy";
export { type RandomSplitOptions, randomSplit } from "./random-split";
export { selectSplit } from "./select-split";
export { type CutPatchesOptions, cutPatches, type PatchPart, type Sentinel2Patch, type SkippedPatch } from "./sentinel2/cut-patches";
export { type GeoTiffSource, type OpenSentinel2Options, openSentinel2, type Sentinel2Files, type Sentinel2Scene } from "./sentinel2/scene";
export type { StretchOptions } from "./sentinel2/stretch";
export { stringifyKarpathy } from "./stringify-karpathy";
export { type BackTranslateOptions, backTranslate, type Translate } from "./text/back-translate";
export { type ReplaceSynonymsOptions, replaceSynonyms } from "./text/replace-synonyms";
export type { PartOfSpeech, Synonyms } from "./text/synonyms";
export { type WordNetFiles, type WordNetOptions, wordNetSynonyms } from "./text/wordnet";
export { type VerifyOptions, verify } from "./verify/verify";
export type { VerifyProblem, VerifyProblemKind, VerifyReport } from "./verify/verify-report";
export { type BracedTexts, bracedTexts, expandBraces } from "./webdataset/expand-braces";
export { readWebDataset, type WebDatasetSample } from "./webdataset/read-webdataset";
export type { SkippedSample } from "./webdataset/samples";
export { type LoadedShards, webDataset } from "./webdataset/web-dataset";
export type { WebDatasetOptions } from "./webdataset/webdataset-options";
