import { fail } from "@rsdix/internal";
import { betterOf } from "../fit/better";
import type { ClipCapFitConfig, ClipFitConfig, FitConfigs, FitKind } from "./schemas";
import { FIT_SCHEMAS, requiredFields } from "./schemas";

/** Percentages of random splits. */
const PERCENTAGES = ["train_split_percentage", "val_split_percentage"] as const;

/** Those of them that are not at their default: where no split is drawn, they would do nothing. */
export function givenPercentages(data: Pick<ClipFitConfig["data"], (typeof PERCENTAGES)[number]>): string[] {
  const defaults = (defaultsOf("clip") as ClipFitConfig).data;
  return PERCENTAGES.filter((name) => data[name] !== defaults[name]).map((name) => `data.${name}`);
}

/**
 * Fields that do nothing beside the others' values, and why. They may be there, as the original's files have all of them, with the value that they have by
 * default.
 */
export function checkIdle(kind: FitKind, config: FitConfigs[FitKind], command: string): void {
  const idle = kind === "clip" ? idleInClip(config as ClipFitConfig) : idleInClipCap(config as ClipCapFitConfig);
  const defaults = defaultsOf(kind);
  const said = Object.entries(idle).flatMap(([why, names]) =>
    names
      .filter((name) => JSON.stringify(fieldOf(config, name)) !== JSON.stringify(fieldOf(defaults, name)))
      .filter((name) => name !== "trainer.monitor_mode" || config.trainer.monitor_mode !== betterOf(config.trainer.monitor)) // what it is by default
      .map((name) => `${name} would do nothing ${why}.`),
  );
  if (said.length > 0) fail("INVALID_ARGUMENT", `${command}: ${said.join(" ")} Leave it out, or at its default.`);
  const { train_split_percentage: train, val_split_percentage: val } = config.data;
  if (train + val > 100)
    fail(
      "INVALID_ARGUMENT",
      `${command}: data.train_split_percentage ${train} and data.val_split_percentage ${val} are more than 100 together. ` +
        "Give both, of at most 100.",
    );
}

type Idle = Record<string, readonly string[]>;

const model = (...names: string[]) => names.map((name) => `model.${name}`);
const DISTILLATION = model("alpha", "ema_decay", "sinkhorn_lambda", "sinkhorn_iter", "ii_coeff", "tt_coeff", "remove_diag", "reference");
const SENTENCE_BERT = model("sentence_bert_model", "sentence_bert_mode");
const MONITOR = ["trainer.monitor", "trainer.monitor_mode"];
const RAMP = model("start_factor", "end_factor", "total_iters");

function idleInClip({ model: clip, data, trainer }: ClipFitConfig): Idle {
  const { use_sentence_bert_as_teacher: taught } = clip;
  return {
    ...(clip.teacher === "none" && !taught && { "without a teacher": DISTILLATION }),
    ...(!taught && { "without use_sentence_bert_as_teacher": model("sentence_bert_mode") }),
    ...(clip.use_warmup === "cosine" ? { 'with use_warmup "cosine"': RAMP } : { 'with use_warmup "linear"': model("warmup_steps") }),
    ...(clip.weight_decay === 0 && { "with weight_decay 0": model("decay") }),
    ...idleInRun(data, trainer),
  };
}

function idleInClipCap({ model: captioner, data, trainer }: ClipCapFitConfig): Idle {
  return {
    "for a captioner, whose loss is of its tokens": [
      ...DISTILLATION,
      ...SENTENCE_BERT,
      ...model("use_sentence_bert_as_teacher", "use_sigmoid_loss", "chunk_size", "use_warmup", "warmup_steps"),
      ...RAMP,
    ],
    ...(captioner.freeze_clip_encoder && {
      "while freeze_clip_encoder is true": model("lr", "weight_decay", "freeze", "checkpoint_blocks"),
    }),
    ...(captioner.clipcap_weight_decay === 0 &&
      (captioner.freeze_clip_encoder || captioner.weight_decay === 0) && { "without a weight decay": model("decay") }),
    ...(captioner.mapping_type === "mlp" && { 'with mapping_type "mlp"': model("num_layers", "clip_length", "dropout_transformer") }),
    ...idleInRun(data, trainer),
  };
}

function idleInRun(data: Pick<ClipFitConfig["data"], "split">, trainer: ClipFitConfig["trainer"]): Idle {
  return {
    ...(data.split === "annotation" && { 'with split "annotation"': PERCENTAGES.map((name) => `data.${name}`) }),
    ...(trainer.limit_val_batches === 0 && {
      "without a validation": ["trainer.early_stopping_patience", "trainer.check_val_every_n_steps", "trainer.save_top_k", ...MONITOR],
    }),
    ...(trainer.limit_val_batches !== 0 &&
      trainer.save_top_k === 0 &&
      trainer.early_stopping_patience === null && { "with save_top_k 0, and without early_stopping_patience": MONITOR }),
    ...(trainer.early_stopping_patience === null && { "without early_stopping_patience": ["trainer.early_stopping_min_delta"] }),
  };
}

/** The configuration's defaults. */
function defaultsOf(kind: FitKind): unknown {
  return FIT_SCHEMAS[kind].parse(requiredFields(kind));
}

function fieldOf(config: unknown, name: string): unknown {
  return name.split(".").reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], config);
}
