import type { NativeKernel } from "../register";
import { type AdamWAddon, rsdixAdamW, rsdixEma } from "./rsdix-adamw";
import * as attention from "./rsdix-attention";
import { type CachedAttentionAddon, rsdixCachedAttention, rsdixCacheReorder } from "./rsdix-cached-attention";
import { type CrossEntropyAddon, rsdixCrossEntropy, rsdixCrossEntropyGrad } from "./rsdix-cross-entropy";
import { type EmbeddingAddon, rsdixEmbedding, rsdixEmbeddingGrad } from "./rsdix-embedding";
import { type LayerNormAddon, rsdixLayerNorm, rsdixLayerNormGrad } from "./rsdix-layer-norm";
import { type RowsAddon, rsdixL2Normalize, rsdixL2NormalizeGrad, rsdixSumRows } from "./rsdix-rows";
import { logSoftmax, type SoftmaxAddon, softmax } from "./softmax";

/** The addon's functions for them. */
export type FusedAddon = AdamWAddon &
  attention.AttentionAddon &
  CachedAttentionAddon &
  CrossEntropyAddon &
  EmbeddingAddon &
  LayerNormAddon &
  RowsAddon &
  SoftmaxAddon;

/** The kernels that a transformer is made of, beside the products. */
export const FUSED: Record<string, NativeKernel> = {
  LogSoftmax: logSoftmax,
  RsdixAdamW: rsdixAdamW,
  RsdixAttention: attention.rsdixAttention,
  RsdixAttentionGrad: attention.rsdixAttentionGrad,
  RsdixCachedAttention: rsdixCachedAttention,
  RsdixCacheReorder: rsdixCacheReorder,
  RsdixCrossEntropy: rsdixCrossEntropy,
  RsdixCrossEntropyGrad: rsdixCrossEntropyGrad,
  RsdixEma: rsdixEma,
  RsdixEmbedding: rsdixEmbedding,
  RsdixEmbeddingGrad: rsdixEmbeddingGrad,
  RsdixL2Normalize: rsdixL2Normalize,
  RsdixL2NormalizeGrad: rsdixL2NormalizeGrad,
  RsdixLayerNorm: rsdixLayerNorm,
  RsdixLayerNormGrad: rsdixLayerNormGrad,
  RsdixSelfAttention: attention.rsdixSelfAttention,
  RsdixSelfAttentionGrad: attention.rsdixSelfAttentionGrad,
  RsdixSelfAttentionParts: attention.rsdixSelfAttentionParts,
  RsdixSelfAttentionPartsGrad: attention.rsdixSelfAttentionPartsGrad,
  RsdixSumRows: rsdixSumRows,
  Softmax: softmax,
};
