import type { RgbImage } from "@rsdix/image";
import { fail } from "@rsdix/internal";
import type { ImageTextModel, TokenBatch } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { checkedBatch, checkedTokens } from "./check-batch";

/** Images of a batch: as the model sees them, or as they were decoded, which the model's processor turns into the former. */
export type BatchImages =
  | {
      /** Normalised pixels, row-major `[n, 3, size, size]`. */
      readonly pixels: Float32Array;
    }
  | {
      /** The n images, of any size. */
      readonly images: readonly RgbImage[];
    };

/** Texts of a batch: as token ids, as they were written, which the model's tokenizer turns into the former, or both. */
export type BatchTexts =
  | {
      /** The n texts, by the model's tokenizer. */
      readonly tokens: TokenBatch;
      /** The n texts; only a Sentence-BERT reads them. */
      readonly captions?: readonly string[];
    }
  | {
      /** The n texts. */
      readonly captions: readonly string[];
    };

/** A batch of image-text pairs, as `batches` of @rsdix/data gives them, with or without its `preprocess` and `tokenize`. */
export type ClipBatch = BatchImages & BatchTexts;

/** A batch of image-text pairs as the model takes them, with the texts as they were written. */
export interface PreparedClipBatch {
  /** Normalised pixels, row-major `[n, 3, size, size]`. */
  readonly pixels: Float32Array;
  /** The n texts, by the model's tokenizer. */
  readonly tokens: TokenBatch;
  /** The n texts. */
  readonly captions: readonly string[];
}

/** Pairs as a model takes them, in the program's own memory. */
export class Pairs {
  /** How many there are. */
  readonly length: number;

  constructor(
    private readonly pixels: Float32Array,
    /** The texts. */
    readonly tokens: TokenBatch,
    /** The same as they were written, where they are known. */
    readonly captions: readonly string[] | undefined,
    private readonly size: number,
  ) {
    this.length = tokens.shape[0];
  }

  /** The images as a tensor, [n, 3, size, size]. */
  images(): tf.Tensor4D {
    return tf.tensor4d(this.pixels, [this.length, 3, this.size, this.size]);
  }

  /** The pairs from `start` up to, and without, `end`. */
  slice(start: number, end: number): Pairs {
    const { ids, lengths, shape } = this.tokens;
    const last = Math.min(end, this.length);
    const tokens: TokenBatch = {
      ids: ids.slice(start * shape[1], last * shape[1]),
      lengths: lengths?.slice(start, last),
      shape: [last - start, shape[1]],
    };
    const image = 3 * this.size ** 2;
    return new Pairs(this.pixels.subarray(start * image, last * image), tokens, this.captions?.slice(start, last), this.size);
  }
}

/** A batch as the model takes it: preprocessed and tokenized by the model's own processor and tokenizer where it isn't yet. */
export function pairsOf(model: ImageTextModel, batch: ClipBatch, where: string): Pairs {
  const { size } = model.config.image;
  const captions = checkedBatch(batch, where).captions;
  const tokens = "tokens" in batch && batch.tokens ? checkedTokens(batch.tokens, where) : tokensOf(model, captions, where);
  const n = tokens.shape[0];
  if (captions && captions.length !== n)
    fail("SHAPE_MISMATCH", `${where}: ${n} texts as tokens need ${n} captions, got ${captions.length}.`);
  return new Pairs(pixelsOf(model, batch, n, where), tokens, captions, size);
}

/** How many texts a batch has; each is of one image. */
export function textsIn(batch: BatchTexts): number {
  return "tokens" in batch && batch.tokens ? batch.tokens.shape[0] : batch.captions!.length;
}

/** The pixels of `n` images for the model. */
export function pixelsOf(model: ImageTextModel, batch: BatchImages, n: number, where: string): Float32Array {
  const { size } = model.config.image;
  const given = "pixels" in batch ? batch.pixels : undefined;
  const images = "images" in batch ? batch.images : undefined;
  if (!given && !Array.isArray(images)) {
    fail("INVALID_ARGUMENT", `${where}: a batch needs its images as pixels or images; with batches of @rsdix/data it has them.`);
  }
  const pixels = given ?? model.processor.process(images!);
  if (pixels.length !== n * 3 * size * size) {
    const got = `${pixels.length} numbers${given ? "" : ` of ${images!.length} images`}`;
    fail("SHAPE_MISMATCH", `${where}: ${n} texts need [${n}, 3, ${size}, ${size}] pixels, got ${got}.`);
  }
  return pixels;
}

function tokensOf(model: ImageTextModel, captions: readonly string[] | undefined, where: string): TokenBatch {
  if (!captions || captions.length === 0)
    fail("INVALID_ARGUMENT", `${where}: a batch needs its texts as tokens or captions; a data set without captions has none.`);
  const { tokenizer } = model;
  if (!tokenizer) {
    fail(
      "INVALID_ARGUMENT",
      `${where}: the model has no tokenizer for the batch's captions. Set model.tokenizer, or give batches \`tokenize\`.`,
    );
  }
  return tokenizer.encodeBatch(captions, { contextLength: model.config.text.contextLength, truncate: true });
}
