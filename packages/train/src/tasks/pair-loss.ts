import { inBatchAccuracy, infoNCE, LOGIT_SCALE_INIT, rsdixLoss, sigmoidLoss, similarityMSE, teacherTargets } from "@rsdix/core-losses";
import type { Clip, Parameters, Siglip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { TaskLoss } from "../fit/task";
import type { ClipSettings } from "./clip-options";
import { embedSentences } from "./embed-sentences";
import { offTape } from "./off-tape";
import { OWN } from "./own-weights";
import { inChunks, projected, type Taught } from "./pair-teacher";
import type { Pairs } from "./pairs";

/** What the loss of a batch is made of, beside the student's embeddings. */
export interface PairLossOf {
  readonly student: Clip | Siglip;
  readonly settings: ClipSettings;
  /** The recipe's own weights. */
  readonly own: Parameters | undefined;
  /** The batch by the teacher, where there is one. */
  readonly taught: Taught | undefined;
  /** The captions by the Sentence-BERT whose similarities are compared, of length 1. */
  readonly sentence: tf.Tensor2D | undefined;
}

/** The loss of a batch, its parts and what is recorded beside them, of the student's embeddings [n, d]. */
export function pairLoss(image: tf.Tensor2D, text: tf.Tensor2D, of: PairLossOf): TaskLoss {
  const { settings, taught, sentence } = of;
  const { scale } = contrastiveScale(of);
  const logs: Record<string, tf.Scalar> = { accuracy: inBatchAccuracy(image, text), scale: tf.exp(tf.reshape(scale, [])) };
  if (sentence) logs.sbsMse = offTape(() => similarityMSE({ image, text, sentence }, settings.tile).total);
  if (!taught) return { loss: contrastive(image, text, of), logs };
  const losses = settings.loss === "infoNCE" ? distilledInfoNCE(image, text, taught, of) : distilledSigmoid(image, text, taught, of);
  const { total, ...parts } = losses;
  if (!trainsProjection(settings)) return { loss: total, parts, logs };
  const projection = infoNCE(taught.image, projected(taught.sentence!, of.own!), { logitScale: LOGIT_SCALE_INIT, ...settings.tile });
  return { loss: tf.add(total, projection), parts: { ...parts, projection }, logs };
}

/** The captions by the Sentence-BERT of `settings`, of length 1, where one is to be compared with. */
export function comparedSentence(pairs: Pairs, taught: Taught | undefined, settings: ClipSettings): tf.Tensor2D | undefined {
  const { sentenceBert, teacher } = settings;
  if (!sentenceBert) return undefined;
  const isTeachers = typeof teacher === "object" && teacher.sentenceBert === sentenceBert && teacher.mode === "similarity";
  if (isTeachers) return taught!.sentence;
  return inChunks(pairs, settings.chunk ?? pairs.length, ({ captions }) => embedSentences(sentenceBert, captions, true, "clipTask"));
}

/** The scale of the contrastive loss, and its bias where it has one: the model's, or the recipe's. */
function contrastiveScale({ student, settings, own }: Pick<PairLossOf, "student" | "settings" | "own">): {
  scale: tf.Variable;
  bias: tf.Variable | undefined;
} {
  if (settings.loss === "infoNCE") return { scale: student.logitScale, bias: undefined };
  if ("logitBias" in student) return { scale: student.logitScale, bias: student.logitBias };
  return { scale: own!.get(OWN.scale), bias: own!.get(OWN.bias) };
}

function contrastive(image: tf.Tensor2D, text: tf.Tensor2D, of: PairLossOf): tf.Scalar {
  const { scale: logitScale, bias: logitBias } = contrastiveScale(of);
  const { tile } = of.settings;
  return logitBias ? sigmoidLoss(image, text, { logitScale, logitBias, ...tile }) : infoNCE(image, text, { logitScale, ...tile });
}

/** The losses of a step with a teacher. */
interface Distilled {
  total: tf.Scalar;
  contrastive: tf.Scalar;
  distillation: tf.Scalar;
}

function distilledInfoNCE(image: tf.Tensor2D, text: tf.Tensor2D, taught: Taught, { student, settings, own }: PairLossOf): Distilled {
  const teacher = { teacherImage: taught.image, teacherText: taught.text, ...replacedSimilarities(taught, settings) };
  const scales = { logitScale: student.logitScale, distillationScale: own!.get(OWN.distillationScale) };
  return rsdixLoss({ image, text, ...teacher }, { ...settings.targets, ...settings.tile, ...scales, alpha: settings.alpha });
}

/** The soft labels are of the whole batch at once, whatever the tile. */
function distilledSigmoid(image: tf.Tensor2D, text: tf.Tensor2D, taught: Taught, of: PairLossOf): Distilled {
  const { settings, own } = of;
  const { alpha, reference, tile } = settings;
  const { teacherSentence: sentence } = replacedSimilarities(taught, settings);
  const soft = teacherTargets({ image: taught.image, text: taught.text, ...(sentence && { sentence }) }, settings.targets);
  const scales = { logitScale: own!.get(OWN.distillationScale), logitBias: own!.get(OWN.distillationBias) };
  const towards = (a: tf.Tensor2D, b: tf.Tensor2D, labels: tf.Tensor2D) => sigmoidLoss(a, b, { ...scales, ...tile, labels, reference });
  const distillation = tf.mul<tf.Scalar>(tf.add(towards(image, text, soft.image), towards(text, image, soft.text)), 0.5);
  const hard = contrastive(image, text, of);
  return { total: tf.add(tf.mul(hard, alpha), tf.mul(distillation, 1 - alpha)), contrastive: hard, distillation };
}

/** The Sentence-BERT's embeddings where their similarities take the place of the teacher's among texts. */
function replacedSimilarities(taught: Taught, { teacher }: ClipSettings): { teacherSentence?: tf.Tensor2D } {
  return typeof teacher === "object" && teacher.mode === "similarity" ? { teacherSentence: taught.sentence! } : {};
}

function trainsProjection({ teacher }: ClipSettings): boolean {
  return typeof teacher === "object" && teacher.mode === "projected";
}
