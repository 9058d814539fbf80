import { DISTILLATION_SCALE_INIT, SIGMOID_LOGIT_BIAS_INIT, SIGMOID_LOGIT_SCALE_INIT } from "@rsdix/core-losses";
import { type ParameterSpec, Parameters } from "@rsdix/models";
import type { ClipSettings } from "./clip-options";
import { scalarSpec } from "./scalar-spec";

/** Names of the weights that belong to the recipe rather than to the model. */
export const OWN = {
  scale: "sigmoid_scale",
  bias: "sigmoid_bias",
  distillationScale: "distillation_scale",
  distillationBias: "distillation_bias",
  projection: "sentence_projection.weight",
  projectionBias: "sentence_projection.bias",
} as const;

/**
 * What is learned beside the model: the scale and bias of a sigmoid loss where the model has none, those of the distillation, and the linear layer behind a
 * Sentence-BERT. Nothing for InfoNCE without a teacher.
 */
export function ownWeights(settings: ClipSettings, hasBias: boolean, embedDim: number): Parameters | undefined {
  const { loss, teacher } = settings;
  const isSigmoid = loss === "sigmoid";
  const specs: ParameterSpec[] = [];
  if (isSigmoid && !hasBias) specs.push(scalarSpec(OWN.scale, SIGMOID_LOGIT_SCALE_INIT), scalarSpec(OWN.bias, SIGMOID_LOGIT_BIAS_INIT));
  if (teacher !== "none") specs.push(scalarSpec(OWN.distillationScale, isSigmoid ? SIGMOID_LOGIT_SCALE_INIT : DISTILLATION_SCALE_INIT));
  if (teacher !== "none" && isSigmoid) specs.push(scalarSpec(OWN.distillationBias, SIGMOID_LOGIT_BIAS_INIT));
  if (typeof teacher === "object" && teacher.mode !== "similarity") {
    const { width } = teacher.sentenceBert.config;
    const init = { uniform: 1 / Math.sqrt(width) }; // as torch's Linear starts
    specs.push(
      { name: OWN.projection, shape: [width, embedDim], init, transposed: true, decay: true },
      { name: OWN.projectionBias, shape: [embedDim], init },
    );
  }
  if (specs.length === 0) return undefined;
  const own = Parameters.initialize(specs, typeof teacher === "object" ? teacher.seed : 0);
  if (typeof teacher === "object" && teacher.mode === "reference") own.setTrainable(/^sentence_projection\./, false);
  return own;
}
