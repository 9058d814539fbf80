import type { TeacherTargetOptions, TileOption } from "@rsdix/core-losses";
import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import type { Clip, SentenceBert, Siglip } from "@rsdix/models";
import { withMethod } from "../check-given";

/** A teacher whose texts are embedded by a Sentence-BERT; its images are embedded by an average of the student. */
export interface SentenceTeacher {
  /** The Sentence-BERT, with its tokenizer; it isn't trained. */
  sentenceBert: SentenceBert;
  /**
   * "similarity" (the default): its similarities among the captions take the place of the teacher's, and the teacher's own text tower says how images and texts
   * go together. "projected": a linear layer to the joint space takes the place of the text tower, and is trained by an InfoNCE of its own against the
   * teacher's images (temperature 0.07, no gradient to anything else). "reference": that layer stays as it starts, random, as in the original.
   */
  mode?: "similarity" | "projected" | "reference";
  /** Start of the linear layer; 0. */
  seed?: number;
}

/** How CLIP or SigLIP is trained; defaults are the original's. */
export interface ClipTaskOptions extends TeacherTargetOptions, TileOption {
  /** "infoNCE", the default for CLIP, or "sigmoid", the default for SigLIP. */
  loss?: "infoNCE" | "sigmoid";
  /** "ema" (the default): self-distillation from an average of the student; with a Sentence-BERT for the texts; "none": the contrastive loss alone. */
  teacher?: "ema" | "none" | SentenceTeacher;
  /** Share of the contrastive loss in the total, in [0, 1]; the rest is distillation. 0.5. */
  alpha?: number;
  /** The teacher's decay in the long run; 0.999. */
  emaDecay?: number;
  /** With the sigmoid loss and a teacher: soft labels multiply the logits, as in the original. False: binary cross-entropy to the soft labels. */
  reference?: boolean;
  /** Held still while the run lasts: a tower with its projection, or weights by a pattern of their names. Nothing by default. */
  freeze?: "image" | "text" | RegExp | readonly ("image" | "text" | RegExp)[];
  /** Pairs that are encoded at a time (GradCache): a batch larger than memory for a second forward pass, with the gradients of the whole. All by default. */
  chunk?: number;
  /** Records how far the similarities are from this Sentence-BERT's (`logs.sbsMse`). By default that of the teacher, where it has one. */
  sentenceBert?: SentenceBert;
}

/** `ClipTaskOptions` with nothing left out. */
export interface ClipSettings {
  readonly loss: "infoNCE" | "sigmoid";
  readonly teacher: "none" | "ema" | Required<SentenceTeacher>;
  readonly alpha: number;
  readonly emaDecay: number;
  readonly reference: boolean;
  readonly targets: TeacherTargetOptions;
  readonly tile: TileOption;
  readonly freeze: readonly RegExp[];
  readonly chunk: number | undefined;
  readonly sentenceBert: SentenceBert | undefined;
}

/** A tower's weights, its projection's among them. */
export const TOWERS = { image: /^(vision_model|visual_projection)\./, text: /^(text_model|text_projection)\./ } as const;

const TARGETS = ["lambda", "iterations", "imageCoefficient", "textCoefficient", "removeDiagonal"] as const;
const DISTILLATION = ["alpha", "emaDecay", ...TARGETS, "reference"] as const;
const OPTIONS = ["loss", "teacher", ...DISTILLATION, "freeze", "chunk", "tile", "sentenceBert"];

/** Checks options, so that what is wrong is said before a run begins. */
export function readClipOptions(model: Clip | Siglip, given: ClipTaskOptions): ClipSettings {
  withMethod<Clip | Siglip>(model, "encodeImage", "clipTask trains a Clip or a Siglip");
  const options = checkOptions(given, OPTIONS, "clipTask");
  const { loss = "logitBias" in model ? "sigmoid" : "infoNCE", alpha = 0.5, emaDecay = 0.999, reference = false, chunk, tile } = options;
  if (loss !== "infoNCE" && loss !== "sigmoid")
    fail("INVALID_ARGUMENT", `clipTask: loss must be "infoNCE" or "sigmoid", got "${show(loss)}".`);
  const teacher = readTeacher(options.teacher);
  checkRange(alpha, "alpha", { min: 0, max: 1 });
  checkRange(emaDecay, "emaDecay", { min: 0, max: 1 });
  if (options.lambda !== undefined) checkRange(options.lambda, "lambda", { min: 1e-4 });
  if (options.iterations !== undefined) checkRange(options.iterations, "iterations", { min: 1, integer: true });
  if (chunk !== undefined) checkRange(chunk, "chunk", { min: 1, integer: true });
  if (typeof reference !== "boolean") fail("INVALID_ARGUMENT", `reference must be true or false, got ${show(reference)}.`);
  const unused = DISTILLATION.filter((name) => options[name] !== undefined);
  if (teacher === "none" && unused.length > 0) {
    fail(
      "INVALID_ARGUMENT",
      `clipTask: without a teacher there is no distillation, so ${unused.join(", ")} would do nothing. Leave it out.`,
    );
  }
  if (reference && loss === "infoNCE")
    fail("INVALID_ARGUMENT", 'clipTask: reference says how soft labels enter the sigmoid loss; with loss "infoNCE" leave it out.');
  const sentenceBert = options.sentenceBert ?? (typeof teacher === "object" ? teacher.sentenceBert : undefined);
  if (sentenceBert) checkSentenceBert(sentenceBert, "sentenceBert");
  const targets = Object.fromEntries(TARGETS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
  const freeze = readFreeze(options.freeze);
  return { loss, teacher, alpha, emaDecay, reference, targets, tile: tile === undefined ? {} : { tile }, freeze, chunk, sentenceBert };
}

function readTeacher(teacher: ClipTaskOptions["teacher"] = "ema"): ClipSettings["teacher"] {
  if (teacher === "ema" || teacher === "none") return teacher;
  if (typeof teacher !== "object" || teacher === null)
    fail("INVALID_ARGUMENT", `clipTask: teacher must be "ema", "none" or { sentenceBert }, got "${show(teacher)}".`);
  const { sentenceBert, mode = "similarity", seed = 0 } = checkOptions(teacher, ["sentenceBert", "mode", "seed"], "clipTask's teacher");
  checkSentenceBert(sentenceBert, "teacher.sentenceBert");
  if (mode !== "similarity" && mode !== "projected" && mode !== "reference")
    fail("INVALID_ARGUMENT", `clipTask: teacher.mode must be "similarity", "projected" or "reference", got "${show(mode)}".`);
  checkRange(seed, "teacher.seed", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (mode === "similarity" && teacher.seed !== undefined)
    fail("INVALID_ARGUMENT", 'clipTask: teacher.seed starts the linear layer, which mode "similarity" doesn\'t have. Leave it out.');
  return { sentenceBert, mode, seed };
}

function checkSentenceBert(model: SentenceBert, name: string): void {
  if (typeof model?.encode !== "function") fail("INVALID_ARGUMENT", `clipTask: ${name} must be a SentenceBert, got ${show(model)}.`);
  if (!model.tokenizer) fail("INVALID_ARGUMENT", `clipTask: ${name} has no tokenizer: its files had none. Set its tokenizer.`);
}

function readFreeze(freeze: ClipTaskOptions["freeze"] = []): RegExp[] {
  const parts: readonly unknown[] = Array.isArray(freeze) ? freeze : [freeze];
  return parts.map((part) => {
    if (part === "image" || part === "text") return TOWERS[part];
    if (part instanceof RegExp) return part;
    return fail("INVALID_ARGUMENT", `clipTask: freeze takes "image", "text" or patterns of names, got ${show(part)}.`);
  });
}
