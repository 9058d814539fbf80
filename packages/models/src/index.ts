export { belowPrefix, type Checkpoint, type CheckpointTensor } from "./checkpoint/checkpoint";
export { encodeSafetensors, parseSafetensors, type SafetensorsFile } from "./checkpoint/safetensors";
export { Clip } from "./clip";
export { CLIP_VIT_B_32, type ClipConfig, type ResolvedClipConfig, type TowerConfig, toHuggingFaceConfig } from "./clip-config";
export type { Initializer, ParameterSpec } from "./initialize";
export { type FromCheckpointOptions, Parameters, type TrainableParameter } from "./parameters";
export { ClipTokenizer, type EncodeBatchOptions, type EncodeOptions, Gpt2Tokenizer, padTokens, type TokenBatch } from "./tokenizer";
export { type BpeFiles, tokenizerJsonFromBpe } from "./tokenizer-json";
export { Vocabulary } from "./vocabulary";
