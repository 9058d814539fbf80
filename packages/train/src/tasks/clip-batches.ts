import { batchPlan, createRandom } from "@rsdix/data";
import { dihedral, type RgbImage, toBatch } from "@rsdix/image";
import { checkOptions, fail, show } from "@rsdix/internal";
import { type ClipTokenizer, padTokens } from "@rsdix/models";
import { checkList } from "../check-given";
import type { BatchSource } from "../fit/task";
import { encodeCaptions } from "./encode-captions";
import type { PreparedClipBatch } from "./pairs";

/** Options of `clipBatches`. */
export interface ClipBatchesOptions {
  /** The images, all of the model's size. */
  images: readonly RgbImage[];
  /** The captions of each image, at least one; one is drawn at every access. */
  captions: readonly (readonly string[])[];
  /** CLIP's tokenizer. */
  tokenizer: ClipTokenizer;
  /** Pairs in a batch. */
  batchSize: number;
  /** The same seed gives the same batches. */
  seed: number;
  /** "dihedral": each image is shown in one of its eight flips and quarter turns, which suits images from above; "none" by default. */
  augment?: "dihedral" | "none";
  /** Longest text in tokens, the model's context length: longer ones are cut. 77 by default. */
  contextLength?: number;
}

/**
 * Batches of image-text pairs, drawn without repeats in an epoch. The batch of a step depends on the seed and the step alone. Texts are tokenized once, and a
 * batch is padded to its longest only.
 *
 * @param options Images, captions, tokenizer, size and seed.
 * @returns Batches for `clipTask`.
 * @throws EMPTY_DATA when an image has no caption or there are fewer images than a batch; SHAPE_MISMATCH when images and captions differ in number;
 *   UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { ClipTokenizer } from "@rsdix/models";
 * import { clipBatches } from "@rsdix/train";
 * const image = { width: 2, height: 2, data: new Uint8Array(12) };
 * const tokenizer = ClipTokenizer.fromBpe({ merges: [] });
 * const source = clipBatches({ images: [image, image], captions: [["a sea"], ["a lake"]], tokenizer, batchSize: 2, seed: 1 });
 * console.log((await source.batch(0)).tokens.shape);
 * ```
 */
export function clipBatches(options: ClipBatchesOptions): BatchSource<PreparedClipBatch> {
  const known = ["images", "captions", "tokenizer", "batchSize", "seed", "augment", "contextLength"];
  const {
    images,
    captions,
    tokenizer,
    batchSize,
    seed,
    augment = "none",
    contextLength = 77,
  } = checkOptions(options, known, "clipBatches");
  checkList(images, "clipBatches: images", "RgbImages");
  checkList(captions, "clipBatches: captions", "an image's captions each");
  if (images.length !== captions.length) {
    fail(
      "SHAPE_MISMATCH",
      `clipBatches: every image needs its captions, got ${images.length} images and ${captions.length} lists of captions.`,
    );
  }
  if (augment !== "none" && augment !== "dihedral") fail("INVALID_ARGUMENT", `augment must be "dihedral" or "none", got ${show(augment)}.`);
  const none = images.findIndex((image) => typeof image?.width !== "number" || typeof image.height !== "number");
  if (none >= 0)
    fail("INVALID_ARGUMENT", `clipBatches: images[${none}] must be an RgbImage, { width, height, data }, got ${show(images[none])}.`);
  const oblong = images.findIndex(({ width, height }) => width !== height);
  if (oblong >= 0)
    fail("SHAPE_MISMATCH", `clipBatches: images must be square, as the model takes them; images[${oblong}] is not. Crop or resize it.`);
  const encoded = encodeCaptions("clipBatches", captions, tokenizer, contextLength);
  const plan = batchPlan({ size: images.length, batchSize, seed, dropLast: true });
  const draws = createRandom(seed).fork("draws");
  return {
    stepsPerEpoch: plan.stepsPerEpoch,
    batchSize,
    batch(step) {
      const random = draws.fork(step);
      const rows: number[][] = [];
      const texts: string[] = [];
      const shown: RgbImage[] = [];
      for (const i of plan.indices(step)) {
        const drawn = random.int(encoded[i]!.length);
        rows.push(encoded[i]![drawn]!);
        texts.push(captions[i]![drawn]!);
        const turn = random.int(8); // drawn in any case, so that captions don't depend on the augmentation
        shown.push(augment === "dihedral" ? dihedral(images[i]!, turn) : images[i]!);
      }
      return { pixels: toBatch(shown), tokens: padTokens(rows, tokenizer.endId), captions: texts };
    },
  };
}
