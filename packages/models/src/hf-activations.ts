import type { Activation } from "@rsdix/backend";

/** What transformers calls our activations. */
export const HF_ACTIVATIONS: Record<Activation, string> = {
  quickGelu: "quick_gelu",
  gelu: "gelu",
  geluTanh: "gelu_new",
  relu: "relu",
  tanh: "tanh",
};
