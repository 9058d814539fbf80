export type { RsdixErrorCode } from "@rsdix/internal";
export { type BeamOptions, beamSearch } from "./beam-search";
export {
  ALL_MINILM_L6_V2,
  PARAPHRASE_TINYBERT_L6_V2,
  type ResolvedSentenceBertConfig,
  type SentenceBertConfig,
  toSentenceTransformersFiles,
} from "./bert-config";
export { type DropoutOptions, type DropoutStream, dropout } from "./blocks/dropout";
export { LayerNorm, type LayerNormConfig } from "./blocks/layer-norm";
export { type AttentionForwardOptions, MultiHeadAttention, type MultiHeadAttentionConfig } from "./blocks/multi-head-attention";
export type { BlockNames } from "./blocks/names";
export { type BlockForwardOptions, TransformerBlock, type TransformerBlockConfig } from "./blocks/transformer-block";
export type { CaptionOptions, CaptionTokenizer, NBestOptions, PartialCaption, ScoredCaption } from "./caption";
export type { ByteSource } from "./checkpoint/byte-source";
export { belowPrefix, type Checkpoint, type CheckpointTensor } from "./checkpoint/checkpoint";
export {
  type ConvertedCheckpoint,
  fromHuggingFace,
  type LayoutChoice,
  type LayoutTarget,
  type RenamedCheckpoint,
  toHuggingFace,
} from "./checkpoint/keys/hugging-face";
export type { LayoutName, ModelType, Role } from "./checkpoint/keys/key-table";
export { type CheckpointLayout, detectLayout } from "./checkpoint/keys/layouts";
export { type LazyCheckpoint, type LazyTensor, lazyOf, readAll } from "./checkpoint/lazy-checkpoint";
export type { LoadReport, MisshapedArray } from "./checkpoint/match";
export { type LazySafetensors, openSafetensors, parseSafetensors, type SafetensorsFile } from "./checkpoint/safetensors";
export { openShardedSafetensors } from "./checkpoint/safetensors-sharded";
export { encodeSafetensors } from "./checkpoint/safetensors-write";
export type { StorageOptions } from "./checkpoint/storage";
export { readTorchCheckpoint, type TorchCheckpoint } from "./checkpoint/torch-checkpoint";
export type { TorchDtype, TorchTensor } from "./checkpoint/torch-tensor";
export { Clip } from "./clip";
export {
  CLIP_VIT_B_16,
  CLIP_VIT_B_32,
  CLIP_VIT_L_14,
  CLIP_VIT_L_14_336,
  type ClipConfig,
  type ResolvedClipConfig,
  type TowerConfig,
  toHuggingFaceClipConfig,
} from "./clip-config";
export { ClipCap } from "./clipcap";
export type { ClipCapConfig, ResolvedClipCapConfig, TransformerMapperConfig } from "./clipcap-config";
export type { ClipCapLossOptions } from "./clipcap-mapper";
export { clipConfigFrom } from "./config-files/clip-file";
export { gpt2ConfigFrom } from "./config-files/gpt2-file";
export { type ModelConfig, modelConfigFrom } from "./config-files/model-config";
export { type OpenClipConfig, openClipConfigFrom } from "./config-files/open-clip-file";
export {
  type SentenceBertDescription,
  type SentenceBertFiles,
  type SentenceModule,
  sentenceBertConfigFrom,
  sentenceModules,
} from "./config-files/sentence-bert-files";
export { siglipConfigFrom } from "./config-files/siglip-file";
export { clipConfigOf, type ShapeOptions, siglipConfigOf } from "./config-shapes/clip-shapes";
export { type ClipCapShapeOptions, clipCapConfigOf, type Gpt2ShapeOptions, gpt2ConfigOf } from "./config-shapes/gpt2-shapes";
export type { EmbedOptions } from "./embed";
export { type ModelFilesOptions, type ModelSource, modelFiles } from "./files/load-files";
export type { DownloadProgress, ModelFiles } from "./files/model-files";
export { type UrlSourceOptions, urlSource } from "./files/read-url";
export { type DecodingOptions, type Generated, greedy, type NucleusOptions, nucleus, type StepModel } from "./generation";
export { Gpt2 } from "./gpt2";
export { GPT2, GPT2_LARGE, GPT2_MEDIUM, GPT2_XL, type Gpt2Config, type ResolvedGpt2Config, toHuggingFaceGpt2Config } from "./gpt2-config";
export { Gpt2Decoding } from "./gpt2-decoding";
export type { Gpt2ForwardOptions, Gpt2LossOptions, Gpt2States } from "./gpt2-forward";
export { type ClassifyOptions, ImageTextModel } from "./image-text-model";
export type { ConstantInitializer, Initializer, NormalInitializer, ParameterSpec, UniformInitializer } from "./initialize";
export type { FromCheckpointOptions, LoadOptions } from "./load-options";
export { type LoadedParameters, Parameters, type TrainableParameter } from "./parameters";
export { resizePositions, type WithImage, withImageSize } from "./positions";
export { detectModel } from "./pretrained/detect-model";
export type { ClipCapPretrainedOptions } from "./pretrained/load-clipcap";
export { imageTextFromPretrained } from "./pretrained/load-either";
export type { ImageTextPretrainedOptions } from "./pretrained/load-image-text";
export type { Gpt2PretrainedOptions } from "./pretrained/load-text";
export type { ModelOrigin, PretrainedOptions } from "./pretrained/open-model";
export type { SaveOptions, SaveTarget } from "./pretrained/save-model";
export type { ClipSaveOptions } from "./pretrained/save-open-clip";
export type { RepetitionOptions } from "./repetition";
export { SentenceBert, type SentenceBertOptions, type SentenceBertStates } from "./sentence-bert";
export { Siglip } from "./siglip";
export {
  type ResolvedSiglipConfig,
  SIGLIP_B_16,
  type SiglipConfig,
  type SiglipTowerConfig,
  toHuggingFaceSiglipConfig,
} from "./siglip-config";
export { padTokens, type TokenBatch } from "./token-batch";
export type { TokenRows } from "./token-loss";
export type { BertTextOptions } from "./tokenizers/bert-text";
export { BertTokenizer, type BertTokenizerOptions } from "./tokenizers/bert-tokenizer";
export { type BpeFiles, tokenizerJsonFromBpe } from "./tokenizers/bpe-json";
export { ClipTokenizer } from "./tokenizers/clip-tokenizer";
export { TOKENIZER_FILES, tokenizerFromFiles } from "./tokenizers/from-files";
export { Gpt2Tokenizer } from "./tokenizers/gpt2-tokenizer";
export type { TokenPairBatch } from "./tokenizers/pairs";
export { SiglipTokenizer } from "./tokenizers/siglip-tokenizer";
export type { EncodeBatchOptions, EncodeOptions, TokenizerOptions } from "./tokenizers/text-tokenizer";
export type { TowerOptions, TowerStates } from "./towers";
export { Vocabulary } from "./vocabulary";
export { AERIAL_PROMPT, zeroShotProbabilities, zeroShotPrompts } from "./zero-shot";
