import { fail } from "@rsdix/internal";
import { type CaptionDataset, type CaptionRecord, SPLITS, type Split } from "./caption-dataset";
import { checkForm } from "./check-inputs";

/**
 * The images of one split, in the data set's order. Images that are marked "restval" (the rest of COCO's validation set) belong to "train".
 *
 * @param dataset - the data set.
 * @param split - "train", "val" or "test".
 * @returns the records of that split; none when the split is empty (`checkDataset` makes that an error).
 * @throws RsdixError INVALID_ARGUMENT for another split or what is no data set.
 * @example
 * ```ts
 * import { selectSplit } from "@rsdix/data";
 * const images = (["train", "test"] as const).map((split, imgid) => ({ filename: `${imgid}.png`, imgid, split, sentences: [{ raw: "a lake" }] }));
 * if (selectSplit({ dataset: "tiny", images }, "test")[0].imgid !== 1) throw new Error("expected the second image");
 * ```
 * @see Karpathy and Fei-Fei, "Deep visual-semantic alignments for generating image descriptions", https://arxiv.org/abs/1412.2306 (whose COCO has "restval")
 */
export function selectSplit(dataset: CaptionDataset, split: Split): CaptionRecord[] {
  if (!SPLITS.includes(split)) fail("INVALID_ARGUMENT", `split must be one of ${SPLITS.join(", ")}, got ${JSON.stringify(split)}.`);
  checkForm(dataset, "selectSplit");
  return dataset.images.filter((record) => splitOf(record) === split);
}

/** The split that a record counts for. */
export function splitOf(record: CaptionRecord): Split {
  return record.split === "restval" ? "train" : record.split;
}
