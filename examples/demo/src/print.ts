import * as tf from "@tensorflow/tfjs-core";
import type { Summary as DatasetSummary } from "./bluemarble/summary";
import type { Folders } from "./folders";
import type { CaptionScores, ClipScores, Summary } from "./summary";

const percent = (value: number) => `${(100 * value).toFixed(1)} %`;

/** Size, classes and split of the data set. */
export function printDataset({ patches, labels, counts, pretrain, captions, distinctCaptions }: DatasetSummary): void {
  console.log(`  ${patches} patches of 320 km, ${labels.length} classes, ${captions} captions (${distinctCaptions} distinct)`);
  table([
    ["", "train", "val", "test"],
    ...labels.map((label) => [label, ...(["train", "val", "test"] as const).map((split) => String(counts[label][split]))]),
  ]);
  console.log(`  ${pretrain} of the training patches are in the regions of the pre-training`);
}

/** The scores beside their baselines. */
export function printScores(summary: Summary): void {
  const { baselines, chanceTop1 } = summary;
  const clip = ({
    top1,
    balancedTop1,
    top3,
    top5,
    imageToTextR1,
    imageToTextR5,
    imageToTextR10,
    textToImageR1,
    textToImageR5,
    textToImageR10,
  }: ClipScores) => [
    ...[top1, balancedTop1, top3, top5].map(percent),
    [imageToTextR1, imageToTextR5, imageToTextR10].map((value) => (100 * value).toFixed(1)).join("/"),
    [textToImageR1, textToImageR5, textToImageR10].map((value) => (100 * value).toFixed(1)).join("/"),
  ];
  table([
    ["zero-shot, retrieval", "top-1", "balanced", "top-3", "top-5", "image-text R@1/5/10", "text-image R@1/5/10"],
    ["InfoNCE + self-distillation", ...clip(summary.clip)],
    ["InfoNCE alone", ...clip(summary.infoNceOnly)],
    ["before fine-tuning", ...clip(summary.pretrained)],
    ["1-nearest neighbour, colour", percent(baselines.colourNearestNeighbour)],
    ["largest class", percent(baselines.largestClass)],
    ["chance", percent(chanceTop1)],
  ]);
  const caption = ({ bleu1, bleu2, bleu3, bleu4, corpus, rougeL, namesClass }: CaptionScores) => [
    [bleu1, bleu2, bleu3, bleu4].map((value) => value.toFixed(3)).join(" "),
    [corpus.bleu1, corpus.bleu2, corpus.bleu3, corpus.bleu4].map((value) => value.toFixed(3)).join(" "),
    rougeL.toFixed(3),
    percent(namesClass),
  ];
  table([
    ["captions", "BLEU-1..4 per image", "BLEU-1..4 corpus", "ROUGE-L", "names class"],
    ["captioner, beams", ...caption(summary.captioner)],
    ["captioner, greedy", ...caption(summary.captionerGreedy)],
    ["best fixed caption", ...caption(summary.bestFixedCaption)],
    ["most frequent caption", ...caption(summary.mostFrequentCaption)],
  ]);
  const gap = 100 * (summary.clip.top1 - summary.infoNceOnly.top1);
  const winner =
    gap === 0
      ? "Both fine-tunings score the same"
      : `${gap > 0 ? "Self-distillation" : "InfoNCE alone"} is ahead by ${Math.abs(gap).toFixed(1)} points`;
  const recall = ({ imageToTextR10, textToImageR10 }: ClipScores) => (imageToTextR10 + textToImageR10) / 2;
  const found = 100 * (recall(summary.clip) - recall(summary.infoNceOnly));
  console.log(`  Recall at 10, both ways: self-distillation is ${found < 0 ? "behind" : "ahead"} by ${Math.abs(found).toFixed(1)} points.`);
  console.log(`  Top-1: ${winner} on this seed; one seed is noise: bench/results/self-distillation.json has several.`);
}

/** Where the report is, and what the run took. */
export function printEnd({ seconds, peakMemoryBytes }: Summary, folders: Folders): void {
  console.log(`  ${folders.file("index.html")}`);
  console.log(
    `  ${seconds.toFixed(0)} s, peak memory ${(peakMemoryBytes / 2 ** 20).toFixed(0)} MB, ${tf.memory().numTensors} tensors left`,
  );
}

function table(rows: string[][]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  for (const row of rows)
    console.log(`  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ")}`);
}
