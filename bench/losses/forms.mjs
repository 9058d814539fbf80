// The losses that are timed: what each one needs, what its gradient is taken of, and how a caller writes it.
import * as ours from "@rsdix/core-losses";
import * as tf from "@tensorflow/tfjs-core";
import { originals } from "./original.mjs";

const PAIR = ["image", "text"];
const TEACHER = [...PAIR, "teacherImage", "teacherText"];
/** Learnable scalars, at their papers' initial values. */
const LOGIT_SCALE = Math.log(1 / 0.07);
const DISTILLATION_SCALE = 3.9;
const SIGMOID = [Math.log(10), -10];

export const losses = {
  infoNCE: {
    parts: PAIR,
    scalars: [LOGIT_SCALE],
    ours: (tile) => (image, text, _, logitScale) => ours.infoNCE(image, text, { logitScale, ...tile }),
  },
  sigmoidLoss: {
    parts: PAIR,
    scalars: SIGMOID,
    ours: (tile) => (image, text, _, logitScale, logitBias) => ours.sigmoidLoss(image, text, { logitScale, logitBias, ...tile }),
  },
  supervisedContrastive: {
    parts: [...PAIR, "labels"],
    scalars: [LOGIT_SCALE],
    ours:
      (tile) =>
      (image, text, { labels }, logitScale) =>
        ours.supervisedContrastive(image, text, { logitScale, labels, ...tile }),
  },
  similarityMSE: {
    parts: [...PAIR, "sentence"],
    scalars: [],
    ours:
      (tile) =>
      (image, text, { sentence }) =>
        ours.similarityMSE({ image, text, sentence }, tile).total,
  },
  selfDistillationLoss: {
    parts: TEACHER,
    scalars: [DISTILLATION_SCALE],
    ours: (tile) => (image, text, teacher, logitScale) => ours.selfDistillationLoss({ image, text, ...teacher }, { logitScale, ...tile }),
  },
  rsdixLoss: {
    parts: TEACHER,
    scalars: [LOGIT_SCALE, DISTILLATION_SCALE],
    ours: (tile) => (image, text, teacher, logitScale, distillationScale) =>
      ours.rsdixLoss({ image, text, ...teacher }, { logitScale, distillationScale, ...tile }).total,
  },
};

/** "dense", "auto", a number of rows or "original": a function of inputs and scalars that gives { value, grads }. */
export function valueAndGrads(name, form) {
  if (form === "original") return originals[name];
  const options = form === "dense" ? {} : { tile: form === "auto" ? "auto" : Number(form) };
  const loss = losses[name].ours(options);
  return ({ image, text, ...rest }, scalars) => tf.valueAndGrads((i, t, ...s) => loss(i, t, rest, ...s))([image, text, ...scalars]);
}
