import { checkOptions, checkRange } from "@rsdix/internal";
import type { CaptionDataset, CaptionRecord, Split } from "./caption-dataset";
import { checkForm } from "./check-inputs";
import { createRandom } from "./create-random";

/** Options of `randomSplit`. */
export interface RandomSplitOptions {
  /** Percentage of the images for training, 0 to 100; 80 unless told otherwise. */
  readonly train?: number;
  /** Percentage of the images for validation, 0 to 100, of which it gets at most what training leaves; 10 unless told otherwise. */
  readonly val?: number;
  /** The same seed gives the same split. */
  readonly seed: number;
}

/**
 * Draws a new split at random: counts are rounded down, and what remains is for testing. When train and val reach 100 together there is no
 * test set: validation gets at most what training leaves, and the remainder joins training. With 0 and 0 everything is for testing. The draw
 * goes by file name, so that it depends on which images there are, not on their order.
 *
 * @param dataset - the data set; its own splits are ignored, and it is not changed.
 * @param options - `seed`, and the percentages `train` (80) and `val` (10).
 * @returns the data set with new splits, its images in the same order.
 * @throws RsdixError INVALID_ARGUMENT for a percentage or seed out of range; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { type CaptionRecord, randomSplit, selectSplit } from "@rsdix/data";
 * const record = (imgid: number): CaptionRecord => ({ filename: `${imgid}.png`, imgid, split: "train", sentences: [{ raw: "a lake" }] });
 * const dataset = randomSplit({ dataset: "tiny", images: [...Array(20).keys()].map(record) }, { seed: 1 });
 * if (selectSplit(dataset, "val").length !== 2) throw new Error("expected 10 % of 20");
 * ```
 * @see RSDiX, https://github.com/NeuRoNeLab/RSDiX-CLIP, whose data module reckons so with percentages
 */
export function randomSplit(dataset: CaptionDataset, options: RandomSplitOptions): CaptionDataset {
  const { train = 80, val = 10, seed } = checkOptions(options, ["train", "val", "seed"], "randomSplit");
  checkForm(dataset, "randomSplit");
  checkRange(train, "train", { min: 0, max: 100 });
  checkRange(val, "val", { min: 0, max: 100 });
  const total = dataset.images.length;
  const trainCount = Math.floor((total * train) / 100);
  const valCount = Math.min(total - trainCount, Math.floor((total * val) / 100));
  const rest: Split = train + val >= 100 ? "train" : "test";
  const splits = new Array<Split>(total).fill(rest);
  const order = createRandom(seed).fork("split").shuffle(orderByName(dataset.images));
  order.forEach((index, rank) => {
    if (rank < trainCount) splits[index] = "train";
    else if (rank < trainCount + valCount) splits[index] = "val";
  });
  return { ...dataset, images: dataset.images.map((image, index) => ({ ...image, split: splits[index]! })) };
}

/**
 * The places of the images in the order of their file names (UTF-16 code units), then of their numbers: the same whatever order a file or a
 * listing has them in.
 */
export function orderByName(images: readonly Pick<CaptionRecord, "filename" | "imgid">[]): Int32Array {
  return Int32Array.from({ length: images.length }, (_, i) => i).sort((i, j) => {
    const a = images[i]!;
    const b = images[j]!;
    return a.filename < b.filename ? -1 : a.filename > b.filename ? 1 : a.imgid - b.imgid || i - j;
  });
}
