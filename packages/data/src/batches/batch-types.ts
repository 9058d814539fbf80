import type { AugmentOptions, ClipPreprocessOptions, ImageProcessor, RgbImage } from "@rsdix/image";
import type { RsdixErrorCode } from "@rsdix/internal";
import type { CaptionRecord, Split } from "../caption-dataset";
import type { Random } from "../create-random";
import type { BatchPosition } from "./batch-position";

/** An image and where it is in the run: what a function of one's own is told. */
export interface ImageContext {
  /** The image's record. */
  readonly record: CaptionRecord;
  /** The epoch, from 0. */
  readonly epoch: number;
  /** Draws of this image in this epoch alone: the same in every run of the seed. */
  readonly random: Random;
}

/** A preprocessing of one's own, on the calling thread: workers then only decode. What it gives is in the batch's `images`; what it throws ends the run. */
export type PreprocessFunction = (image: RgbImage, context: ImageContext) => RgbImage | Promise<RgbImage>;

/**
 * How images become what a model sees: a model's `processor`, the parsed `preprocessor_config.json` of one, CLIP's with `{ size: 224 }`, or a function.
 */
export type Preprocess = ImageProcessor | ClipPreprocessOptions | Readonly<Record<string, unknown>> | PreprocessFunction;

/** An image that was left out under `onError: "skip"`. */
export interface SkippedImage {
  /** The image's record. */
  readonly record: CaptionRecord;
  /** The step that it is missing in. */
  readonly step: number;
  /** Why: FILE_NOT_FOUND, FILE_CORRUPT, FILE_TOO_LARGE, or INVALID_ARGUMENT or SHAPE_MISMATCH of the preprocessing. The message names the file. */
  readonly error: Error & { readonly code: RsdixErrorCode };
}

/** Options of `batches`. */
export interface BatchesOptions<Processing extends Preprocess | undefined = undefined, Tokens = undefined> {
  /** Images in a batch, at least 1; an epoch's last batch may have fewer. */
  readonly batchSize: number;
  /** The part of the data set; all of it unless told otherwise. */
  readonly split?: Split;
  /** Whether each epoch has a new order; true unless told otherwise. Without, images come as they lie in the data set. */
  readonly shuffle?: boolean;
  /** The same seed gives the same batches, whatever the number of workers: a whole number from 0, which is what it is unless told otherwise. */
  readonly seed?: number;
  /** Leave out an epoch's last batch when it would be smaller; false unless told otherwise. */
  readonly dropLast?: boolean;
  /**
   * Keep identical captions (letters' case and spaces aside) out of a batch, as a contrastive loss wants it; false unless told otherwise. The images of an
   * epoch are distributed so that no batch repeats a caption, wherever there is such a way. A caption that is drawn for more images than the epoch has
   * batches must repeat: it is spread evenly, and `repeatedCaptions` counts it.
   */
  readonly uniqueCaptions?: boolean;
  /** Epochs to iterate over; 1 unless told otherwise, Infinity for as many as one takes. */
  readonly epochs?: number;
  /** Where to begin: the `position` of the last batch that was used. */
  readonly position?: BatchPosition;
  /** How images become the batch's `pixels`; without it the batch has `images` as they were decoded. */
  readonly preprocess?: Processing;
  /**
   * Changes each image at random before it is preprocessed: options of `augment` of `@rsdix/image`, such as its `RSDIX_AUGMENTATION`, or "dihedral": one of
   * the eight flips and quarter turns, which suits images from above. Not unless told otherwise.
   */
  readonly augment?: "dihedral" | AugmentOptions;
  /** Changes a drawn caption, on the calling thread. */
  readonly augmentText?: (caption: string, context: ImageContext) => string | Promise<string>;
  /** Turns the batch's captions to its `tokens`, on the calling thread: `(captions) => tokenizer.encodeBatch(captions)`. */
  readonly tokenize?: (captions: string[]) => Tokens | Promise<Tokens>;
  /**
   * Threads that decode, augment and preprocess, 0 to 64: worker threads in Node, web workers in a browser; 0 (the calling thread) unless told otherwise. In
   * Node the calling thread makes a first batch itself (of up to 64 images, unless they are augmented): workers take longer to start.
   */
  readonly workers?: number;
  /**
   * Images in work at a time, on the calling thread or in each worker, 1 to 64; 8 unless told otherwise. One is in work until a `preprocess` that is a function
   * is done with it. Large ones are fewer: no more are in work at a time, by all workers together, than have 512 MiB of pixels, but always one.
   */
  readonly concurrency?: number;
  /** The most pixels that an image may have, counted before it is decoded; 134,217,728 unless told otherwise. */
  readonly maxPixels?: number;
  /**
   * Batches that are prepared while one is used, 0 to 64; 2 unless told otherwise. Never more images are in memory than of so many batches and of the one
   * that is used.
   */
  readonly prefetch?: number;
  /**
   * What an image that cannot be used does: "throw" (unless told otherwise) ends the run with an error that names it, "skip" leaves it out. Its batch is then
   * smaller rather than filled up, so that what else is in it, and in all others, stays the same.
   */
  readonly onError?: "throw" | "skip";
  /** Told of each image that is left out, and waited for; what it throws, or rejects with, ends the run, as it is. */
  readonly onSkip?: (skipped: SkippedImage) => void;
  /** Stops the run: the next batch is ABORTED, and workers end. */
  readonly signal?: AbortSignal;
}

/** What every batch has; of `n` images. */
export interface BatchCommon {
  /** The images' records, in the order of the batch. */
  readonly records: readonly CaptionRecord[];
  /** A caption for each image, drawn anew each epoch; none at all in a data set without captions. */
  readonly captions: string[];
  /** The number of each image's class in the data set's `classes`, int32 [n]; absent without classes. */
  readonly labels?: Int32Array;
  /** The epoch, from 0. */
  readonly epoch: number;
  /** The step, counted from 0 over the whole run. */
  readonly step: number;
  /** Where the run goes on after this batch: save it with a checkpoint. */
  readonly position: BatchPosition;
  /** Captions that are in the batch a second time, or once more. */
  readonly repeatedCaptions: number;
  /** Images that are missing, under `onError: "skip"`. */
  readonly skipped: readonly SkippedImage[];
}

/** Images as a model sees them. */
export interface BatchPixels {
  /** Normalised pixels, row-major `shape`. */
  readonly pixels: Float32Array;
  /** [n, 3, height, width]. */
  readonly shape: readonly [number, 3, number, number];
  /**
   * Gives the memory of `pixels` back for a batch to come, which saves about a sixth of the time; `pixels` is empty afterwards. For when they were copied or
   * are used up; not needed.
   */
  release(): void;
}

/** Images as they were decoded, or as a function made them. */
export interface BatchImages {
  /** An image a record. */
  readonly images: RgbImage[];
}

/** A batch: with `pixels` where `preprocess` is a processor and `images` otherwise, and with `tokens` where there is `tokenize`. */
export type Batch<Processing = undefined, Tokens = undefined> = BatchCommon &
  (Processing extends undefined | PreprocessFunction ? BatchImages : BatchPixels) &
  (Tokens extends undefined
    ? unknown
    : {
        /** What `tokenize` made of the batch's texts. */
        readonly tokens: Tokens;
      });

/** Batches of a data set: to iterate over, or to be asked for step by step, as `fit` of `@rsdix/train` does. */
export interface Batches<B> extends AsyncIterable<B> {
  /** Images in a batch. */
  readonly batchSize: number;
  /** Images in an epoch. */
  readonly size: number;
  /** Steps in an epoch. */
  readonly stepsPerEpoch: number;
  /** The classes that `labels` number. */
  readonly classes?: readonly string[];
  /** Begins at `position`, or at the start; each iteration is its own, with its own workers, and ends them however it ends. */
  [Symbol.asyncIterator](): AsyncGenerator<B, void, undefined>;
  /**
   * The batch of a step, from 0 without end. The steps after it are prepared meanwhile, so that asking for one after the other is as fast as iterating.
   *
   * @throws RsdixError as iterating, and EMPTY_DATA when all its images were skipped.
   */
  batch(step: number): Promise<B>;
  /** Ends what `batch` has begun; a program that has nothing else to do ends without it, too. */
  close(): Promise<void>;
}
