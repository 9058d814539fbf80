import type { Addon } from "./addon";

/** Every function of the addon, so that a binary of another version is found out when it loads and not in the middle of a run. */
const FUNCTIONS = {
  adamW: true,
  argReduce: true,
  attention: true,
  attentionGrad: true,
  average: true,
  binary: true,
  binaryBroadcast: true,
  cacheReorder: true,
  cachedAttention: true,
  configure: true,
  crossEntropy: true,
  crossEntropyGrad: true,
  embedding: true,
  embeddingGrad: true,
  gather: true,
  l2Normalize: true,
  l2NormalizeGrad: true,
  layerNorm: true,
  layerNormGrad: true,
  linear: true,
  linearPacked: true,
  logSoftmax: true,
  packWeight: true,
  packedLength: true,
  product: true,
  reduce: true,
  segmentSum: true,
  select: true,
  softmax: true,
  stridedCopy: true,
  sumRows: true,
  unary: true,
} satisfies Record<Exclude<keyof Addon, "abi">, true>;

/** Their names. */
export const ADDON_FUNCTIONS = Object.keys(FUNCTIONS) as (keyof typeof FUNCTIONS)[];
