import { l2Normalize } from "@rsdix/backend";
import {
  clampScale,
  inBatchAccuracy,
  infoNCE,
  LOGIT_SCALE_INIT,
  SIGMOID_LOGIT_BIAS_INIT,
  SIGMOID_LOGIT_SCALE_INIT,
  sigmoidLoss,
  type TileOption,
} from "@rsdix/core-losses";
import { checkOptions, fail, show } from "@rsdix/internal";
import { belowPrefix, type Checkpoint, Parameters } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { withMethod } from "../check-given";
import type { Task, TaskLoss } from "../fit/task";
import { checkedBatch } from "./check-batch";
import type { Head } from "./head";
import { scalarSpec } from "./scalar-spec";

/** A batch of features of images and of their texts. */
export interface FeaturePairBatch {
  /** Features of the images, row-major `[n, inputWidth]` of the image head. */
  readonly image: Float32Array;
  /** Features of the texts, row-major `[n, inputWidth]` of the text head. */
  readonly text: Float32Array;
}

/** How two heads are trained to meet. */
export interface ContrastiveHeadTaskOptions extends TileOption {
  /** "infoNCE" (the default) or "sigmoid". */
  loss?: "infoNCE" | "sigmoid";
}

/** A head for each modality, of one output width. */
export interface HeadPair {
  /** Of the images. */
  readonly image: Head;
  /** Of the texts. */
  readonly text: Head;
}

const SIDES = ["image", "text"] as const;

/**
 * Trains two heads, on features that two towers made once, to meet in one space: retrieval from any pair of encoders. Weights are named `image.…`, `text.…`,
 * `logit_scale` and, with the sigmoid loss, `logit_bias`. Records have accuracy in the batch and scale (a factor) as logs.
 *
 * @param heads A head for each modality; trained in place.
 * @param options The loss, and tiles.
 * @returns The task for `fit`.
 * @throws INVALID_ARGUMENT, UNKNOWN_OPTION for options and one head twice at once, SHAPE_MISMATCH for heads of different output widths; in a step
 *   SHAPE_MISMATCH for features that don't fit.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { contrastiveHeadTask, featurePairBatches, fit, Head } from "@rsdix/train";
 * const heads = {
 *   image: Head.fromConfig({ inputWidth: 2, outputWidth: 4 }, 1),
 *   text: Head.fromConfig({ inputWidth: 3, outputWidth: 4 }, 2),
 * };
 * const image = { values: Float32Array.of(1, 0, 0, 1), dim: 2 };
 * const text = { values: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 1, 1), dim: 3 };
 * const data = featurePairBatches({ image, text, owners: [0, 1, 1], batchSize: 2, seed: 1 });
 * for await (const record of fit(contrastiveHeadTask(heads), data, { steps: 5, schedule: () => 0.01 })) console.log(record);
 * const found = await heads.text.embed(Float32Array.of(0, 0, 1));
 * heads.image.dispose();
 * heads.text.dispose();
 * ```
 * @see LiT, arXiv 2111.07991
 */
export function contrastiveHeadTask(heads: HeadPair, options: ContrastiveHeadTaskOptions = {}): Task<FeaturePairBatch> {
  const { loss = "infoNCE", ...tile } = checkOptions(options, ["loss", "tile"], "contrastiveHeadTask");
  if (loss !== "infoNCE" && loss !== "sigmoid")
    fail("INVALID_ARGUMENT", `contrastiveHeadTask: loss must be "infoNCE" or "sigmoid", got "${show(loss)}".`);
  const [a, b] = SIDES.map(
    (side) => withMethod(heads?.[side], "forward", `contrastiveHeadTask: ${side} must be a Head`).config.outputWidth,
  );
  if (a !== b) fail("SHAPE_MISMATCH", `contrastiveHeadTask: both heads must have the same outputWidth, got ${a} and ${b}.`);
  if (heads.image.parameters === heads.text.parameters)
    fail(
      "INVALID_ARGUMENT",
      "contrastiveHeadTask: image and text must be heads of their own, got one head twice, which would be updated twice a step.",
    );
  const isSigmoid = loss === "sigmoid";
  let own: Parameters | undefined;
  return {
    name: `heads-${loss.toLowerCase()}`,
    learningRate: 1e-3,
    begin() {
      const scale = scalarSpec("logit_scale", isSigmoid ? SIGMOID_LOGIT_SCALE_INIT : LOGIT_SCALE_INIT);
      own = Parameters.initialize(isSigmoid ? [scale, scalarSpec("logit_bias", SIGMOID_LOGIT_BIAS_INIT)] : [scale], 0);
    },
    end() {
      own?.dispose();
      own = undefined;
    },
    trainable: () => [
      ...SIDES.flatMap((side) => heads[side].parameters.trainable().map((weight) => ({ ...weight, name: `${side}.${weight.name}` }))),
      ...own!.trainable(),
    ],
    itemsIn: ({ image }) => image.length / heads.image.config.inputWidth,
    prepare(batch) {
      checkedBatch(batch, "contrastiveHeadTask", SIDES);
      const [image, text] = [featuresOf(heads, batch, "image"), featuresOf(heads, batch, "text")];
      if (image.shape[0] !== text.shape[0])
        fail("SHAPE_MISMATCH", `contrastiveHeadTask: each image needs its text, got ${image.shape[0]} and ${text.shape[0]} features.`);
      return (): TaskLoss => {
        const [i, t] = [l2Normalize(heads.image.forward(image)), l2Normalize(heads.text.forward(text))];
        const logitScale = own!.get("logit_scale");
        const logs = { accuracy: inBatchAccuracy(i, t), scale: tf.exp(logitScale) as tf.Scalar };
        if (!isSigmoid) return { loss: infoNCE(i, t, { logitScale, ...tile }), logs };
        return { loss: sigmoidLoss(i, t, { logitScale, logitBias: own!.get("logit_bias"), ...tile }), logs };
      };
    },
    afterStep() {
      if (!isSigmoid) clampScale(own!.get("logit_scale"), "clip");
    },
    async state() {
      const state: Checkpoint = new Map(await own!.toCheckpoint());
      for (const side of SIDES) {
        for (const [name, value] of await heads[side].parameters.toCheckpoint()) state.set(`${side}.${name}`, value);
      }
      return state;
    },
    restore(checkpoint) {
      for (const side of SIDES) heads[side].parameters.assign(belowPrefix(checkpoint, `${side}.`));
      own!.assign(new Map([...checkpoint].filter(([name]) => !SIDES.some((side) => name.startsWith(`${side}.`)))));
    },
  };
}

function featuresOf(heads: HeadPair, batch: FeaturePairBatch, side: "image" | "text"): tf.Tensor2D {
  const { inputWidth } = heads[side].config;
  const values = batch[side];
  const n = values.length / inputWidth;
  if (!Number.isInteger(n) || n === 0)
    fail("SHAPE_MISMATCH", `contrastiveHeadTask: ${side} must hold features of ${inputWidth} numbers, got ${values.length} numbers.`);
  return tf.tensor2d(values, [n, inputWidth]);
}
