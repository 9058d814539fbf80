import { checkOptions, checkRange, fail } from "@rsdix/internal";
import type { CaptionDataset, Split } from "../caption-dataset";
import { checkForm } from "../check-inputs";
import { createRandom } from "../create-random";
import { orderByName } from "../random-split";
import { selectSplit } from "../select-split";

/** Options of `subsetDataset`: `count` or `fraction`, not both. */
export interface SubsetOptions {
  /** How many images are kept; all where there are fewer. */
  readonly count?: number;
  /** Which share of the images is kept, above 0 and at most 1; rounded down, at least one image. */
  readonly fraction?: number;
  /** The same seed keeps the same images. */
  readonly seed: number;
  /** The split that is made smaller, the others staying whole; all images together unless told otherwise. */
  readonly split?: Split;
}

/**
 * Keeps some of the images, drawn at random. The draw goes by file name, so that it depends on which images there are, not on their order;
 * with the same seed a smaller subset lies within a larger one.
 *
 * @param dataset - the data set; it is not changed.
 * @param options - `seed`, `count` or `fraction`, and perhaps `split`.
 * @returns the data set with fewer images, in the same order.
 * @throws RsdixError INVALID_ARGUMENT for neither or both of `count` and `fraction`, or one out of range; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { type CaptionRecord, subsetDataset } from "@rsdix/data";
 * const record = (imgid: number): CaptionRecord => ({ filename: `${imgid}.png`, imgid, split: "train", sentences: [{ raw: "a lake" }] });
 * const dataset = { dataset: "tiny", images: [...Array(20).keys()].map(record) };
 * if (subsetDataset(dataset, { fraction: 0.25, seed: 1 }).images.length !== 5) throw new Error("expected a quarter");
 * ```
 */
export function subsetDataset<T extends CaptionDataset>(dataset: T, options: SubsetOptions): T {
  const { count, fraction, seed, split } = checkOptions(options, ["count", "fraction", "seed", "split"], "subsetDataset");
  checkForm(dataset, "subsetDataset");
  if ((count === undefined) === (fraction === undefined)) {
    fail("INVALID_ARGUMENT", `A subset is told by count or by fraction, got ${count === undefined ? "neither" : "both"}.`);
  }
  if (count !== undefined) checkRange(count, "count", { min: 1, max: 2 ** 31 - 1, integer: true });
  if (fraction !== undefined) checkRange(fraction, "fraction", { min: Number.MIN_VALUE, max: 1 });
  const random = createRandom(seed).fork("subset");
  const candidates = split === undefined ? dataset.images : selectSplit(dataset, split);
  const wanted = count ?? Math.max(1, Math.floor(candidates.length * fraction!));
  const left = new Set(random.shuffle(orderByName(candidates)).slice(wanted));
  const dropped = new Set(candidates.filter((_, index) => left.has(index)));
  return { ...dataset, images: dataset.images.filter((image) => !dropped.has(image)) };
}
