export { belowPrefix, type Checkpoint, type CheckpointTensor } from "./checkpoint/checkpoint";
export { encodeSafetensors, parseSafetensors, type SafetensorsFile } from "./checkpoint/safetensors";
export type { Initializer, ParameterSpec } from "./initialize";
export { type FromCheckpointOptions, Parameters, type TrainableParameter } from "./parameters";
export { ClipTokenizer, type EncodeBatchOptions, type EncodeOptions, Gpt2Tokenizer, padTokens, type TokenBatch } from "./tokenizer";
export { type BpeFiles, tokenizerJsonFromBpe } from "./tokenizer-json";
export { Vocabulary } from "./vocabulary";
