import type { FitConfigs, FitKind } from "./schemas";
import { scoreNames } from "./validation-metrics";

/** The numbers that a run's validations have, by what its configuration says: what a run is led by, and a search looks for the best of. */
export function validationNames<K extends FitKind>(kind: K, config: FitConfigs[K]): string[] {
  return kind === "clip" ? ofPairs(config as FitConfigs["clip"]) : ["loss", ...scoreNames((config as FitConfigs["clipcap"]).model)];
}

function ofPairs({ model }: FitConfigs["clip"]): string[] {
  const { teacher, use_sentence_bert_as_teacher: taught, sentence_bert_mode: mode, sentence_bert_model: sentenceBert } = model;
  return [
    ...["loss", "accuracy", "scale"],
    ...(sentenceBert === null ? [] : ["sbsMse"]),
    ...(teacher === "none" && !taught ? [] : ["contrastive", "distillation"]),
    ...(taught && mode === "projected" ? ["projection"] : []),
  ];
}
