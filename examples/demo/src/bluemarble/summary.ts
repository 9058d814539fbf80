import type { CaptionDataset } from "@rsdix/data";
import { LABELS, type Label } from "./classes";
import { SPLITS, type Split } from "./split";

/** Counts of a data set. */
export interface Summary {
  readonly patches: number;
  readonly labels: readonly Label[];
  /** Patches of each class in each split. */
  readonly counts: Readonly<Record<Label, Readonly<Record<Split, number>>>>;
  /** Training patches of the part of the training regions that the demo pre-trains on. */
  readonly pretrain: number;
  readonly captions: number;
  readonly distinctCaptions: number;
}

/**
 * Counts a data set.
 *
 * @param dataset the annotations
 * @returns the counts
 */
export function summarise({ images }: CaptionDataset): Summary {
  const count = (label: Label, split: Split) => images.filter((image) => image.label === label && image.split === split).length;
  const captions = images.flatMap(({ sentences }) => sentences.map(({ raw }) => raw));
  const perLabel = LABELS.map((label) => [label, Object.fromEntries(SPLITS.map((split) => [split, count(label, split)]))]);
  return {
    patches: images.length,
    labels: LABELS,
    counts: Object.fromEntries(perLabel) as Summary["counts"],
    pretrain: images.filter(({ split, extra }) => split === "train" && extra?.phase === "pretrain").length,
    captions: captions.length,
    distinctCaptions: new Set(captions).size,
  };
}
