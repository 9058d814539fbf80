import { createRandom, fail } from "@rsdix/internal";
import {
  belowPrefix,
  type Checkpoint,
  type ClipCap,
  type ClipCapLossOptions,
  type ImageTextModel,
  padTokens,
  type TokenBatch,
} from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { checkTexts } from "../check-given";
import type { StepContext, Task } from "../fit/task";
import { type CaptionSettings, type CaptionTaskOptions, readCaptionOptions } from "./caption-options";
import { checkedBatch, checkedTokens } from "./check-batch";
import { TOWERS } from "./clip-options";
import { freezing } from "./freeze";
import { type BatchImages, type BatchTexts, pixelsOf, textsIn } from "./pairs";

/** A batch of image embeddings and captions. */
export interface EmbeddedCaptionBatch {
  /** Embeddings by the frozen image tower, row-major `[n, prefixSize]`. */
  readonly embeddings: Float32Array;
  /** The n captions, by GPT-2's tokenizer. */
  readonly tokens: TokenBatch;
}

/**
 * A batch of images and captions: images as embeddings that were made before (`captionBatches`), as pixels, or as they were decoded; captions as GPT-2's tokens
 * or as text. `batches` of @rsdix/data gives all but the embeddings.
 */
export type CaptionBatch = (Pick<EmbeddedCaptionBatch, "embeddings"> | BatchImages) & BatchTexts;

const ENCODER = "encoder.";

/**
 * Trains a captioner: its mapper, GPT-2, the image tower, or some of them. With a frozen image tower batches may have embeddings that were made once
 * (`embedDataset` of @rsdix/data, then `captionBatches`), which is by far the cheapest; images are embedded anew in every step.
 *
 * Weights are named as in the captioner's checkpoint (`clip_project.…`, `gpt.…`), those of an image tower that is trained below `encoder.`.
 *
 * @param clipcap The captioner; trained in place.
 * @param options What is trained, dropout.
 * @returns The task for `fit`.
 * @throws INVALID_ARGUMENT, UNKNOWN_OPTION for options at once; in a step INVALID_ARGUMENT for a batch that lacks what is asked for, SHAPE_MISMATCH.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import { ClipCap } from "@rsdix/models";
 * import { captionTask, fit } from "@rsdix/train";
 * const clipcap = ClipCap.fromConfig({ prefixSize: 4, prefixLength: 2, gpt2: { vocabSize: 10, contextLength: 8, width: 8, layers: 1, heads: 2 } }, 1);
 * const tokens = { ids: Int32Array.of(1, 2, 3, 4), lengths: Int32Array.of(2, 2), shape: [2, 2] as [number, number] };
 * const data = { stepsPerEpoch: 1, batchSize: 2, batch: () => ({ embeddings: Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0), tokens }) };
 * const task = captionTask(clipcap, { train: ["mapper"], dropout: 0.1 });
 * for await (const record of fit(task, data, { steps: 3, schedule: () => 1e-2 })) console.log(record);
 * clipcap.dispose();
 * ```
 * @see ClipCap, arXiv 2111.09734
 */
export function captionTask(clipcap: ClipCap, options: CaptionTaskOptions = {}): Task<CaptionBatch> {
  const settings = readCaptionOptions(clipcap, options);
  const { train, encoder } = settings;
  const frozen = [...(train.has("mapper") ? [] : [/^clip_project\./]), ...(train.has("gpt2") ? [] : [/^gpt\./])];
  const freeze = freezing(clipcap.parameters, frozen, "captionTask");
  const tower = train.has("encoder") ? encoder! : undefined;
  return {
    name: "captioner",
    learningRate: 1e-3, // the original's clipcap_lr
    begin: freeze.begin,
    end: freeze.end,
    trainable: () => [
      ...clipcap.parameters.trainable(),
      ...(tower?.parameters.trainable() ?? [])
        .filter(({ name }) => name.search(TOWERS.image) >= 0)
        .map((parameter) => ({ ...parameter, name: ENCODER + parameter.name })),
    ],
    itemsIn: textsIn,
    prepare(batch, context) {
      checkedBatch(batch, "captionTask");
      const tokens = tokensOf(clipcap, batch, settings);
      const dropout = dropoutOf(settings, context);
      if (tower && "embeddings" in batch && batch.embeddings)
        fail(
          "INVALID_ARGUMENT",
          "captionTask: the encoder is trained, so batches must have pixels or images, not embeddings that were made before.",
        );
      const embed = embedder(clipcap, encoder, batch, tokens.shape[0]);
      const known = tower ? undefined : embed();
      return () => ({ loss: clipcap.loss(known ?? embed(), tokens, dropout) });
    },
    async state() {
      const state: Checkpoint = new Map(await clipcap.parameters.toCheckpoint());
      for (const [name, value] of (await tower?.parameters.toCheckpoint()) ?? []) state.set(ENCODER + name, value);
      return state;
    },
    restore(checkpoint) {
      tower?.parameters.assign(belowPrefix(checkpoint, ENCODER));
      clipcap.parameters.assign(new Map([...checkpoint].filter(([name]) => !tower || !name.startsWith(ENCODER))));
    },
  };
}

/** What gives the images' embeddings [n, prefixSize]; under a gradient where the tower is trained. */
function embedder(clipcap: ClipCap, encoder: ImageTextModel | undefined, batch: CaptionBatch, n: number): () => tf.Tensor2D {
  const { prefixSize } = clipcap.config;
  if ("embeddings" in batch && batch.embeddings) {
    const { embeddings } = batch;
    if (embeddings.length !== n * prefixSize)
      fail("SHAPE_MISMATCH", `captionTask: ${n} captions need [${n}, ${prefixSize}] embeddings, got ${embeddings.length} numbers.`);
    const known = tf.tensor2d(embeddings, [n, prefixSize]);
    return () => known;
  }
  if (!encoder) {
    fail(
      "INVALID_ARGUMENT",
      "captionTask: the batch has images, and there is no encoder for them. Set clipcap.encoder, give the option encoder, or embed them first.",
    );
  }
  const { size } = encoder.config.image;
  const pixels = tf.tensor4d(pixelsOf(encoder, batch as BatchImages, n, "captionTask"), [n, 3, size, size]);
  return () => encoder.encodeImage(pixels);
}

/** The captions as GPT-2's tokens. */
function tokensOf({ tokenizer }: ClipCap, batch: BatchTexts, { maxTokens }: CaptionSettings): TokenBatch {
  if ("tokens" in batch && batch.tokens) return checkedTokens(batch.tokens, "captionTask");
  const { captions } = batch;
  if (!captions || captions.length === 0)
    fail("INVALID_ARGUMENT", "captionTask: a batch needs its texts as tokens or captions; a data set without captions has none.");
  checkTexts(captions, "captionTask: a batch's captions");
  if (!tokenizer) {
    fail("INVALID_ARGUMENT", "captionTask: the captioner has no tokenizer for the batch's captions. Set it, or give batches `tokenize`.");
  }
  return padTokens(
    captions.map((caption) => tokenizer.encode(caption).slice(0, maxTokens)),
    0,
  );
}

/** Dropout of one batch: each step and each of its micro-batches drops something else, whenever it is run. */
function dropoutOf({ dropout, mapperDropout, seed }: CaptionSettings, { step, micro, training }: StepContext): ClipCapLossOptions {
  if (!training) return {};
  const stream = {
    seed:
      micro === 0
        ? seed
        : createRandom(seed)
            .fork("micro")
            .fork(micro)
            .int(2 ** 31),
    step,
  };
  return {
    ...(dropout && { dropout: { ...dropout, ...stream } }),
    ...(mapperDropout && { mapperDropout: { ...mapperDropout, ...stream } }),
  };
}
