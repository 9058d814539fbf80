import { clampScale, inBatchAccuracy, infoNCE, learnableScale, rsdixLoss, type TeacherTargetOptions } from "@rsdix/core-losses";
import { checkOptions, checkRange, fail } from "@rsdix/internal";
import { belowPrefix, type Checkpoint, type Clip, type TokenBatch, type TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { Task, TaskLoss } from "../fit/task";
import { emaDecay, updateEma } from "../optim/ema";

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

const TEACHER = "teacher.";
const STUDENT = "student.";
const DISTILLATION_SCALE = "distillation_scale";
const DISTILLATION_OPTIONS = ["alpha", "emaDecay", "lambda", "iterations", "imageCoefficient", "textCoefficient", "removeDiagonal"];

/**
 * Fine-tunes CLIP with InfoNCE, or with the RSDiX recipe: alpha · InfoNCE + (1 - alpha) · Sinkhorn self-distillation from a teacher that is an exponential
 * moving average of the student, updated at the start of every step.
 *
 * @param clip The model; trained in place.
 * @param options The recipe.
 * @returns The task for `fit`, which makes the teacher when a run begins and frees it when it ends.
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
 * clip.dispose();
 * ```
 * @see OTTER, arXiv 2112.09445
 */
export function clipTask(clip: Clip, options: ClipTaskOptions = {}): Task<ClipBatch> {
  checkOptions(options, ["teacher", ...DISTILLATION_OPTIONS], "clipTask");
  const { teacher: kind = "ema", alpha = 0.5, emaDecay: maximumDecay = 0.999, ...targets } = options;
  checkRange(alpha, "alpha", { min: 0, max: 1 });
  checkRange(maximumDecay, "emaDecay", { min: 0, max: 1 });
  if (targets.lambda !== undefined) checkRange(targets.lambda, "lambda", { min: 1e-4 });
  if (targets.iterations !== undefined) checkRange(targets.iterations, "iterations", { min: 1, integer: true });
  if (kind !== "ema" && kind !== "none") fail("INVALID_ARGUMENT", `clipTask: teacher must be "ema" or "none", got "${String(kind)}".`);
  const unused = Object.keys(options).filter((name) => name !== "teacher");
  if (kind === "none" && unused.length > 0) {
    fail(
      "INVALID_ARGUMENT",
      `clipTask: without a teacher there is no distillation, so ${unused.join(", ")} would do nothing. Leave it out.`,
    );
  }
  const { size } = clip.config.image;
  let run: { teacher: Clip; scale: tf.Variable } | undefined;

  return {
    name: kind === "ema" ? "clip-distillation" : "clip-infonce",
    learningRate: defaultRate(clip),
    begin() {
      if (kind === "none") return;
      run = { teacher: clip.clone({ trainable: false }), scale: learnableScale("distillation") };
    },
    end() {
      run?.teacher.dispose();
      run?.scale.dispose();
      run = undefined;
    },
    trainable(): TrainableParameter[] {
      const own = run ? [{ name: DISTILLATION_SCALE, variable: run.scale, decay: false }] : [];
      return [...clip.parameters.trainable(), ...own];
    },
    beforeStep(step) {
      if (run) updateEma(run.teacher.parameters, clip.parameters, emaDecay(step, maximumDecay));
    },
    prepare({ pixels, tokens }) {
      const [n] = tokens.shape;
      if (pixels.length !== n * 3 * size * size) {
        fail("SHAPE_MISMATCH", `clipTask: ${n} texts need [${n}, 3, ${size}, ${size}] pixels, got ${pixels.length} numbers.`);
      }
      const input = tf.tensor4d(pixels, [n, 3, size, size]);
      const taught = run && { teacherImage: run.teacher.encodeImage(input), teacherText: run.teacher.encodeText(tokens) };
      return (): TaskLoss => {
        const image = clip.encodeImage(input);
        const text = clip.encodeText(tokens);
        const logs = { accuracy: inBatchAccuracy(image, text), scale: tf.exp(clip.logitScale) as tf.Scalar };
        if (!run || !taught) return { loss: infoNCE(image, text, { logitScale: clip.logitScale }), logs };
        const parts = rsdixLoss(
          { image, text, ...taught },
          { ...targets, alpha, logitScale: clip.logitScale, distillationScale: run.scale },
        );
        const { total, contrastive, distillation } = parts;
        return { loss: total, parts: { contrastive, distillation }, logs };
      };
    },
    afterStep() {
      clampScale(clip.logitScale, "clip");
    },
    async state() {
      const state: Checkpoint = new Map();
      for (const [name, value] of await clip.parameters.toCheckpoint()) state.set(STUDENT + name, value);
      if (!run) return state;
      for (const [name, value] of await run.teacher.parameters.toCheckpoint()) state.set(TEACHER + name, value);
      return state.set(DISTILLATION_SCALE, { dtype: "float32", shape: [], data: Float32Array.from(await run.scale.data<"float32">()) });
    },
    restore(checkpoint) {
      clip.parameters.assign(belowPrefix(checkpoint, STUDENT));
      if (!run) return;
      run.teacher.parameters.assign(belowPrefix(checkpoint, TEACHER));
      const value = checkpoint.get(DISTILLATION_SCALE) ?? fail("CHECKPOINT_MISMATCH", `The checkpoint has no "${DISTILLATION_SCALE}".`);
      const { scale } = run;
      tf.tidy(() => scale.assign(tf.scalar(value.data[0]!)));
    },
  };
}

/** The original's rates by size: ViT-B, ViT-L/14, ViT-L/14 at 336 pixels. */
function defaultRate({ config: { image } }: Clip): number {
  if (image.width < 1024) return 5e-4;
  return image.size < 336 ? 4e-4 : 2e-5;
}
