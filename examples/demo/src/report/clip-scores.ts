import { type Html, html } from "@rsdix/internal";
import type { ClipScores, Summary } from "../summary";
import { percent, whole } from "./format";
import type { ReportData } from "./report-data";
import { type ScoreColumn, type ScoreRow, scoreTable } from "./score-table";

const COLUMNS: readonly (Omit<ScoreColumn, "format"> & { key: keyof ClipScores; depth: number })[] = [
  { group: "Zero-shot class", label: "top-1", key: "top1", depth: 1 },
  { group: "Zero-shot class", label: "balanced", key: "balancedTop1", depth: 1 },
  { group: "Zero-shot class", label: "top-3", key: "top3", depth: 3 },
  { group: "Zero-shot class", label: "top-5", key: "top5", depth: 5 },
  { group: "Image to text", label: "R@1", key: "imageToTextR1", depth: 1 },
  { group: "Image to text", label: "R@5", key: "imageToTextR5", depth: 5 },
  { group: "Image to text", label: "R@10", key: "imageToTextR10", depth: 10 },
  { group: "Text to image", label: "R@1", key: "textToImageR1", depth: 1 },
  { group: "Text to image", label: "R@5", key: "textToImageR5", depth: 5 },
  { group: "Text to image", label: "R@10", key: "textToImageR10", depth: 10 },
];
const TITLES: Readonly<Record<"clip" | "infoNceOnly" | "pretrained", readonly [string, string]>> = {
  clip: ["Distilled", "the original's recipe"],
  infoNceOnly: ["InfoNCE only", "same start, same steps"],
  pretrained: ["Pre-trained", "where both started"],
};

/**
 * All scores of the CLIP models beside what needs no training.
 *
 * @param data the summary
 * @returns the section
 */
export function clipScoresSection({ summary, patches }: ReportData): Html {
  const captions = patches.reduce((total, patch) => total + patch.references.length, 0);
  const rows: ScoreRow[] = [
    ...(Object.keys(TITLES) as (keyof typeof TITLES)[]).map((model) => ({
      label: TITLES[model][0],
      note: TITLES[model][1],
      scores: COLUMNS.map(({ key }) => summary[model][key]),
    })),
    baseline("Colour neighbour", "class of the training patch nearest in mean and spread of colour", {
      top1: summary.baselines.colourNearestNeighbour,
    }),
    baseline("Largest class", "of the training patches, always", { top1: summary.baselines.largestClass }),
    baseline("Chance", "a random order", chance(summary, captions)),
  ];
  return html`<section id="scores">
<h2>How well the models recognise and find</h2>
${scoreTable(
  `Scores on ${whole(summary.testPatches)} test patches and their ${whole(captions)} captions; best of each column in bold`,
  COLUMNS.map((column) => ({ ...column, format: percent })),
  rows,
)}
<p>${verdict(summary)}</p>
<details>
<summary>What the columns mean</summary>
<p><b>Zero-shot class</b>: each class becomes a sentence, and the patch gets the class whose sentence is nearest. <b>Top-k</b>: the true class is among
the k nearest. <b>Balanced</b>: the mean of the classes' own shares, so that large classes do not count for more. <b>Image to text R@k</b>: one of the
patch's own captions is among the k nearest of all test captions. <b>Text to image R@k</b>: the caption's own patch is among the k nearest patches.
Many captions fit many patches, so recall is hard even where the class is plain.</p>
</details>
</section>`;
}

function baseline(label: string, note: string, scores: Partial<ClipScores>): ScoreRow {
  return { label, note, baseline: true, scores: COLUMNS.map(({ key }) => scores[key]) };
}

/** Expected scores of a random order of classes, of patches, and of captions. */
function chance({ chanceTop1, classes, testPatches }: Summary, captions: number): Partial<ClipScores> {
  const own = captions / testPatches;
  return Object.fromEntries(
    COLUMNS.map(({ key, depth }) => {
      if (key === "top1" || key === "balancedTop1") return [key, chanceTop1];
      if (key === "top3" || key === "top5") return [key, Math.min(1, depth / classes.length)];
      if (key.startsWith("text")) return [key, Math.min(1, depth / testPatches)];
      let missed = 1; // no own caption among the first `depth`
      for (let i = 0; i < depth; i++) missed *= Math.max(0, captions - own - i) / Math.max(1, captions - i);
      return [key, 1 - missed];
    }),
  );
}

/**
 * Says which fine-tuning won, and how little one run proves.
 *
 * @param summary the scores
 * @returns a few sentences
 */
export function verdict({ clip, infoNceOnly, testPatches, baselines }: Summary): Html {
  const difference = Math.round((clip.top1 - infoNceOnly.top1) * testPatches);
  const error = Math.sqrt((clip.top1 * (1 - clip.top1)) / testPatches);
  const patches = `${Math.abs(difference)} ${Math.abs(difference) === 1 ? "patch" : "patches"} of ${testPatches}`;
  const won =
    difference === 0
      ? html`<b>On this seed the two fine-tunings tie</b> at ${percent(clip.top1)} top-1`
      : html`<b>On this seed ${difference > 0 ? "distillation" : "InfoNCE alone"} won</b>: ${percent(Math.max(clip.top1, infoNceOnly.top1))} top-1 against
${percent(Math.min(clip.top1, infoNceOnly.top1))}, a difference of ${patches}`;
  const beaten = [clip, infoNceOnly].filter(({ top1 }) => top1 <= baselines.colourNearestNeighbour).length;
  const colour =
    beaten === 0
      ? "Both beat the colour baseline."
      : `${beaten === 2 ? "Neither beats" : "Only one of them beats"} the colour baseline of ${percent(baselines.colourNearestNeighbour)}.`;
  return html`${won}. One seed is noise: with this many test patches each share is uncertain by about ±${(error * 100).toFixed(1)} points (one standard
error), and another seed moves it again. The spread over several seeds is in <code>bench/results/self-distillation.json</code> of the repository.
${colour}`;
}
