import { type AugmentOptions, augment as augmentImage, dihedral, ImageProcessor, type RgbImage } from "@rsdix/image";
import { RsdixError } from "@rsdix/internal";
import { createRandom } from "../create-random";

/** What is done with each image; plain data, so that a worker can be sent it. */
export interface ImageWork {
  /** The most pixels that it may have; what `decodeImage` has unless told otherwise. */
  readonly maxPixels?: number | undefined;
  readonly seed: number;
  readonly augment?: "dihedral" | AugmentOptions | undefined;
  /** The image processor as the `preprocessor_config.json` that says the same; absent: images stay as they are. */
  readonly processor?: Readonly<Record<string, unknown>> | undefined;
}

/** Which image, and for which epoch. */
export interface ImageJob {
  readonly filename: string;
  readonly epoch: number;
}

/**
 * Augments, resizes and cuts: the same on the calling thread and in a worker, to the last byte. Scaling to float32 is left to the calling thread, which
 * writes into the batch: bytes are a quarter of what would be sent.
 */
export function imageWorker({ seed, augment, processor: config }: ImageWork): (image: RgbImage, job: ImageJob) => RgbImage {
  const processor = config && ImageProcessor.fromConfig(config);
  const change = (image: RgbImage, { filename, epoch }: ImageJob) => {
    if (!augment) return image;
    const random = randomOf(seed, epoch, filename);
    return augment === "dihedral" ? dihedral(image, random.int(8)) : augmentImage(image, random, augment);
  };
  return (image, job) => {
    const shown = change(image, job);
    return processor ? processor.toRgb(shown) : shown;
  };
}

/** What an image's augmentation draws from: a stream of its own in each epoch. */
export function randomOf(seed: number, epoch: number, filename: string) {
  return createRandom(seed).fork("augment").fork(epoch).fork(filename);
}

/** Errors that may be about one image; all others (a missing package, an abort, memory) end a run that skips images, too. */
const OF_AN_IMAGE: readonly unknown[] = ["FILE_NOT_FOUND", "FILE_CORRUPT", "FILE_TOO_LARGE", "INVALID_ARGUMENT", "SHAPE_MISMATCH"];
const named = new WeakSet<object>();

/** Whether an error may be about one image. */
export function canBeLeftOut(error: unknown): error is RsdixError {
  return OF_AN_IMAGE.includes((error as RsdixError | undefined)?.code);
}

/** Throws the error with the file that it is about. */
export function nameFile(error: unknown, filename: string, store: string): never {
  if (!canBeLeftOut(error)) throw error;
  const { code, message } = error;
  const about = new RsdixError(code, `The image "${filename}" of ${store} cannot be used: ${message}`, { cause: error });
  named.add(about);
  throw about;
}

/** Whether a run can go on without the image. */
export function isOfAnImage(error: unknown): error is RsdixError {
  return named.has(error as object);
}
