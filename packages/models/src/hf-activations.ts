import type { Activation } from "@rsdix/backend";

/** What transformers calls our activations. */
export const HF_ACTIVATIONS: Record<Activation, string> = {
  quickGelu: "quick_gelu",
  gelu: "gelu",
  geluTanh: "gelu_new",
  relu: "relu",
  tanh: "tanh",
};

/** What transformers' config.json says of a tower of CLIP or SigLIP. */
export function towerJson(part: {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlpWidth: number;
  readonly activation: Activation;
  readonly layerNormEpsilon: number;
}) {
  return {
    hidden_size: part.width,
    intermediate_size: part.mlpWidth,
    num_hidden_layers: part.layers,
    num_attention_heads: part.heads,
    hidden_act: HF_ACTIVATIONS[part.activation],
    layer_norm_eps: part.layerNormEpsilon,
  };
}
