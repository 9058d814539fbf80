import { emaUpdate } from "@rsdix/backend";
import { type ChunkEncoder, clampScale, gradCache } from "@rsdix/core-losses";
import { fail } from "@rsdix/internal";
import { belowPrefix, type Checkpoint, type Clip, type Parameters, type Siglip, type TrainableParameter } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { Task, TaskGradients, TaskLoss } from "../fit/task";
import { emaDecay } from "../optim/ema";
import { type ClipTaskOptions, readClipOptions, TOWERS } from "./clip-options";
import { freezing } from "./freeze";
import { OWN, ownWeights } from "./own-weights";
import { comparedSentence, type PairLossOf, pairLoss } from "./pair-loss";
import { inChunks, type PairTeacher, pairTeacher } from "./pair-teacher";
import { type ClipBatch, type Pairs, pairsOf, textsIn } from "./pairs";

const TEACHER = "teacher.";
const STUDENT = "student.";

/**
 * Trains CLIP or SigLIP: with a contrastive loss alone, or with the RSDiX recipe: alpha · contrastive + (1 - alpha) · distillation towards soft labels, which
 * Sinkhorn makes of the similarities that a teacher sees. The teacher is an exponential moving average of the student, which the optimiser moves with each
 * update; a Sentence-BERT may take the part of its texts. Images and texts that aren't yet as the model takes them go through the model's own processor and
 * tokenizer.
 *
 * Records have the loss's parts (`contrastive`, `distillation`, `projection`) where there is a teacher, and as logs the accuracy in the batch, the contrastive
 * scale (a factor), and `sbsMse` where a Sentence-BERT is given. Beside the model's weights `distillation_scale` is trained; with the sigmoid loss also
 * `distillation_bias` and, for a model without a bias, `sigmoid_scale` and `sigmoid_bias` in place of its `logit_scale`.
 *
 * @param model The model; trained in place.
 * @param options The recipe.
 * @returns The task for `fit`, which makes the teacher when a run begins and frees it when it ends.
 * @throws INVALID_ARGUMENT, UNKNOWN_OPTION for options at once; in a step INVALID_ARGUMENT for a batch that lacks what is asked for, SHAPE_MISMATCH.
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
 * @see CLIP, arXiv 2103.00020; SigLIP, arXiv 2303.15343; OTTER, arXiv 2112.09445; GradCache, arXiv 2101.06983
 */
export function clipTask(model: Clip | Siglip, options: ClipTaskOptions = {}): Task<ClipBatch> {
  const settings = readClipOptions(model, options);
  const { loss, chunk, teacher: kind } = settings;
  const hasBias = "logitBias" in model;
  const freeze = freezing(model.parameters, settings.freeze, "clipTask");
  const unused = loss === "infoNCE" ? "logit_bias" : hasBias ? undefined : "logit_scale";
  const clamps = loss === "infoNCE";
  let updates = 0;
  let teacher: PairTeacher | undefined;
  let own: Parameters | undefined;

  /** What the loss takes beside the student's embeddings; computed before the gradient. */
  const setting = (pairs: Pairs): PairLossOf => {
    const taught = teacher?.embed(pairs, chunk ?? pairs.length);
    return { student: model, settings, own, taught, sentence: comparedSentence(pairs, taught, settings) };
  };
  /** The embeddings of a tower that gets no gradient, computed outside of it, `chunk` pairs at a time. */
  const withoutGradient = (tower: keyof typeof TOWERS, pairs: Pairs, always: boolean) => {
    const isTrained = model.parameters.trainable().some(({ name }) => name.search(TOWERS[tower]) >= 0);
    return always || !isTrained ? inChunks(pairs, chunk ?? pairs.length, (part) => encode[tower](model, part)) : undefined;
  };

  return {
    name: `${hasBias ? "siglip" : "clip"}-${kind === "none" ? loss.toLowerCase() : "distillation"}`,
    learningRate: defaultRate(model),
    ...(kind !== "none" && {
      average: {
        // The clamped scale is averaged after its clamp.
        of: (name: string) => (clamps && name === "logit_scale" ? undefined : teacher?.averageOf(name)),
        decay: (update: number) => emaDecay(update, settings.emaDecay),
      },
    }),
    begin() {
      own = ownWeights(settings, hasBias, "embedDim" in model.config ? model.config.embedDim : model.config.image.width);
      teacher = kind === "none" ? undefined : pairTeacher(model, settings, own);
      freeze.begin();
    },
    end() {
      freeze.end();
      teacher?.model.dispose();
      own?.dispose();
      teacher = undefined;
      own = undefined;
    },
    trainable: () => [...model.parameters.trainable().filter(({ name }) => name !== unused), ...(own?.trainable() ?? [])],
    itemsIn: textsIn,
    prepare(batch, { training }) {
      const pairs = pairsOf(model, batch, "clipTask");
      const of = setting(pairs);
      const [image, text] = (["image", "text"] as const).map((tower) => withoutGradient(tower, pairs, !training));
      return (): TaskLoss => pairLoss(image ?? encode.image(model, pairs), text ?? encode.text(model, pairs), of);
    },
    ...(chunk !== undefined && {
      valueAndGradients: (batch: ClipBatch, parameters: readonly TrainableParameter[]) => {
        const pairs = pairsOf(model, batch, "clipTask");
        const side = (tower: "image" | "text") => {
          const known = withoutGradient(tower, pairs, false);
          return (part: Pairs, index: number) => (known ? rowsOf(known, index * chunk, part.length) : encode[tower](model, part));
        };
        return chunkedGradients({ image: side("image"), text: side("text") }, pairs, parameters, setting(pairs), chunk);
      },
    }),
    beforeStep(step) {
      updates = step + 1;
    },
    afterStep() {
      if (!clamps) return;
      if (model.logitScale.trainable) clampScale(model.logitScale, "clip");
      if (!teacher) return;
      clampScale(own!.get(OWN.distillationScale), "distillation"); // it would get no gradient beyond its limits
      emaUpdate(teacher.model.logitScale, model.logitScale, emaDecay(updates, settings.emaDecay));
    },
    async state() {
      const state: Checkpoint = new Map(await own?.toCheckpoint());
      for (const [name, value] of await model.parameters.toCheckpoint()) state.set(STUDENT + name, value);
      if (!teacher) return state;
      for (const [name, value] of await teacher.model.parameters.toCheckpoint()) state.set(TEACHER + name, value);
      return state;
    },
    restore(checkpoint) {
      const models = (name: string) => name.startsWith(STUDENT) || name.startsWith(TEACHER);
      model.parameters.assign(belowPrefix(checkpoint, STUDENT));
      teacher?.model.parameters.assign(belowPrefix(checkpoint, TEACHER));
      own?.assign(new Map([...checkpoint].filter(([name]) => !models(name))));
    },
  };
}

const encode = {
  image: (model: Clip | Siglip, pairs: Pairs) => model.encodeImage(pairs.images()),
  text: (model: Clip | Siglip, pairs: Pairs) => model.encodeText(pairs.tokens),
};

function rowsOf(matrix: tf.Tensor2D, start: number, count: number): tf.Tensor2D {
  return tf.slice(matrix, [start, 0], [count, -1]);
}

/** Loss and gradients of a batch whose encoders see a chunk at a time. */
function chunkedGradients(
  encoders: Record<"image" | "text", ChunkEncoder<Pairs>>,
  pairs: Pairs,
  parameters: readonly TrainableParameter[],
  of: PairLossOf,
  chunk: number,
): TaskGradients {
  let result: TaskLoss | undefined;
  const scalars = () => [...Object.values(result?.parts ?? {}), ...Object.values(result?.logs ?? {})];
  const lossOf = (image: tf.Tensor2D, text: tf.Tensor2D) => {
    result = pairLoss(image, text, of);
    scalars().forEach(tf.keep); // gradCache frees all but the loss
    return result.loss;
  };
  const varList = parameters.map(({ variable }) => variable);
  const copies = (named: Record<string, tf.Scalar> = {}) =>
    Object.fromEntries(Object.entries(named).map(([name, value]) => [name, tf.clone(value)]));
  try {
    const { value, grads } = gradCache(encoders.image, encoders.text, lossOf, pairs, pairs, { chunk, varList });
    const gradients = parameters.map(({ name, variable }) => {
      const message = `clipTask: the loss does not depend on the trainable weight "${name}". Freeze it, or use it in the loss.`;
      return grads[variable.name] ?? fail("INVALID_ARGUMENT", message);
    });
    return { loss: value, parts: copies(result?.parts), logs: copies(result?.logs), gradients };
  } finally {
    tf.dispose(scalars());
  }
}

/** The original's rates by size: ViT-B, ViT-L/14, ViT-L/14 at 336 pixels. */
function defaultRate({ config: { image } }: Clip | Siglip): number {
  if (image.width < 1024) return 5e-4;
  return image.size < 336 ? 4e-4 : 2e-5;
}
