export type { Activation } from "./ops/activations";
export { type AdamWUpdateOptions, adamWUpdate } from "./ops/adamw-update";
export { type AttentionOptions, attention } from "./ops/attention";
export { type CrossEntropyOptions, crossEntropy } from "./ops/cross-entropy";
export { embedding } from "./ops/embedding";
export { l2Normalize } from "./ops/l2-normalize";
export { layerNorm } from "./ops/layer-norm";
export { linear } from "./ops/linear";
