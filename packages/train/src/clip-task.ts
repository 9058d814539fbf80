import {
  DISTILLATION_SCALE_INIT,
  inBatchAccuracy,
  infoNCE,
  LOGIT_SCALE_MAX,
  rsdixLoss,
  type TeacherTargetOptions,
} from "@rsdix/core-losses";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import type { Checkpoint, CheckpointTensor, Clip, TokenBatch, TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { emaDecay, updateEma } from "./ema";
import type { Task, TaskLoss } from "./task";

/** A batch of image-text pairs. */
export interface ClipBatch {
  /** Normalised pixels, row-major `[n, 3, size, size]`. */
  pixels: Float32Array;
  /** The n texts. */
  tokens: TokenBatch;
}

/** How CLIP is trained; names and defaults are the original's. */
export interface ClipTaskOptions extends TeacherTargetOptions {
  /** "ema": self-distillation from an average of the student; "none": InfoNCE alone. "ema" by default. */
  teacher?: "ema" | "none";
  /** Share of the contrastive loss in the total, in [0, 1]; the rest is distillation. 0.5. */
  alpha?: number;
  /** The teacher's decay in the long run; 0.999. */
  emaDecay?: number;
}

/** A task that owns tensors beside the model's: dispose it. */
export interface ClipTask extends Task<ClipBatch> {
  /** Frees the teacher and the distillation scale; the model stays the caller's. */
  dispose(): void;
}

const TEACHER = "teacher.";
const STUDENT = "student.";
const DISTILLATION_SCALE = "distillation_scale";

/**
 * Fine-tunes CLIP with InfoNCE, or with the RSDiX recipe: alpha · InfoNCE + (1 - alpha) · Sinkhorn self-distillation from a teacher that is an exponential
 * moving average of the student, updated at the start of every step.
 *
 * @param clip The model; trained in place.
 * @param options The recipe.
 * @returns The task for `fit`; dispose it afterwards.
 * @throws INVALID_ARGUMENT, UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { Clip } from "@rsdix/models";
 * import { clipTask, fit } from "@rsdix/train";
 * const tower = { width: 16, layers: 1, heads: 2 };
 * const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 4 } }, 1);
 * const tokens = { ids: Int32Array.of(8, 1, 9, 8, 2, 9), lengths: Int32Array.of(3, 3), shape: [2, 3] as [number, number] };
 * const pixels = Float32Array.from({ length: 2 * 3 * 8 * 8 }, (_, i) => Math.sin(i));
 * const task = clipTask(clip, { alpha: 0.5, teacher: "ema" });
 * const data = { stepsPerEpoch: 1, batchSize: 2, batch: () => ({ pixels, tokens }) };
 * for await (const record of fit(task, data, { steps: 3, schedule: () => 1e-3 })) console.log(record);
 * task.dispose();
 * clip.dispose();
 * ```
 * @see OTTER, arXiv 2112.09445
 */
export function clipTask(clip: Clip, options: ClipTaskOptions = {}): ClipTask {
  const { teacher: kind = "ema", alpha = 0.5, emaDecay: maximumDecay = 0.999, ...targets } = options;
  checkOptions(targets, ["lambda", "iterations", "imageCoefficient", "textCoefficient", "removeDiagonal"], "clipTask");
  checkRange(alpha, "alpha", { min: 0, max: 1 });
  if (kind !== "ema" && kind !== "none") fail("INVALID_ARGUMENT", `clipTask: teacher must be "ema" or "none", got "${String(kind)}".`);
  const teacher = kind === "ema" ? clip.clone({ trainable: false }) : undefined;
  const distillationScale = teacher && tf.tidy(() => tf.variable(tf.scalar(DISTILLATION_SCALE_INIT)));
  const { size } = clip.config.image;

  return {
    name: kind === "ema" ? "clip-distillation" : "clip-infonce",
    trainable(): TrainableParameter[] {
      const own = distillationScale ? [{ name: DISTILLATION_SCALE, variable: distillationScale, decay: false }] : [];
      return [...clip.parameters.trainable(), ...own];
    },
    beforeStep(step) {
      if (teacher) updateEma(teacher.parameters, clip.parameters, emaDecay(step, maximumDecay));
    },
    prepare({ pixels, tokens }) {
      const input = tf.tensor4d(pixels, [tokens.shape[0], 3, size, size]);
      const taught = teacher && { teacherImage: teacher.encodeImage(input), teacherText: teacher.encodeText(tokens) };
      return (): TaskLoss => {
        const image = clip.encodeImage(input);
        const text = clip.encodeText(tokens);
        const logs = { accuracy: inBatchAccuracy(image, text), scale: tf.exp(clip.logitScale) as tf.Scalar };
        if (!taught) return { loss: infoNCE(image, text, { logitScale: clip.logitScale }), logs };
        const parts = rsdixLoss(
          { image, text, ...taught },
          { ...targets, alpha, logitScale: clip.logitScale, distillationScale: distillationScale! },
        );
        return { loss: parts.total, logs: { ...logs, contrastive: parts.contrastive, distillation: parts.distillation } };
      };
    },
    afterStep() {
      tf.tidy(() => clip.logitScale.assign(tf.minimum(clip.logitScale, LOGIT_SCALE_MAX)));
    },
    async state() {
      const state: Checkpoint = new Map();
      for (const [name, value] of await clip.parameters.toCheckpoint()) state.set(STUDENT + name, value);
      if (!teacher || !distillationScale) return state;
      for (const [name, value] of await teacher.parameters.toCheckpoint()) state.set(TEACHER + name, value);
      return state.set(DISTILLATION_SCALE, {
        dtype: "float32",
        shape: [],
        data: Float32Array.from(await distillationScale.data<"float32">()),
      });
    },
    restore(checkpoint) {
      clip.parameters.assign(below(checkpoint, STUDENT));
      if (!teacher || !distillationScale) return;
      teacher.parameters.assign(below(checkpoint, TEACHER));
      const scale = checkpoint.get(DISTILLATION_SCALE) ?? fail("CHECKPOINT_MISMATCH", `The checkpoint has no "${DISTILLATION_SCALE}".`);
      tf.tidy(() => distillationScale.assign(tf.scalar(scale.data[0]!)));
    },
    dispose() {
      teacher?.dispose();
      distillationScale?.dispose();
    },
  };
}

function below(checkpoint: ReadonlyMap<string, CheckpointTensor>, prefix: string): Checkpoint {
  return new Map([...checkpoint].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]));
}
