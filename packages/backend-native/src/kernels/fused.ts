import type { NativeKernel } from "../register";
import { type AdamWAddon, rsdixAdamW, rsdixEma } from "./rsdix-adamw";
import * as attention from "./rsdix-attention";
import { type LayerNormAddon, rsdixLayerNorm, rsdixLayerNormGrad } from "./rsdix-layer-norm";

/** The addon's functions for them. */
export type FusedAddon = AdamWAddon & attention.AttentionAddon & LayerNormAddon;

/** The kernels that a transformer is made of, beside the products. */
export const FUSED: Record<string, NativeKernel> = {
  RsdixAdamW: rsdixAdamW,
  RsdixAttention: attention.rsdixAttention,
  RsdixAttentionGrad: attention.rsdixAttentionGrad,
  RsdixEma: rsdixEma,
  RsdixLayerNorm: rsdixLayerNorm,
  RsdixLayerNormGrad: rsdixLayerNormGrad,
  RsdixSelfAttention: attention.rsdixSelfAttention,
  RsdixSelfAttentionGrad: attention.rsdixSelfAttentionGrad,
  RsdixSelfAttentionParts: attention.rsdixSelfAttentionParts,
  RsdixSelfAttentionPartsGrad: attention.rsdixSelfAttentionPartsGrad,
};
