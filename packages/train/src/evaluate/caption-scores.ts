import type { EvaluateResult } from "@rsdix/metrics";
import { formatFixed } from "./format-fixed";
import { tableCell } from "./table-cell";

/** What people call the metrics, in the order of the published tables, and what the original's table calls them. */
const NAMES: Readonly<Record<string, readonly [name: string, column: string]>> = {
  meteor: ["METEOR", "meteor"],
  sbertSim: ["SBERT-sim", "sbert_sim"],
  spice: ["SPICE", "spice"],
  rougeL: ["ROUGE-L", "rouge_l"],
  bleu1: ["BLEU-1", "bleu_1"],
  bleu2: ["BLEU-2", "bleu_2"],
  bleu3: ["BLEU-3", "bleu_3"],
  bleu4: ["BLEU-4", "bleu_4"],
  ciderD: ["CIDEr-D", "cider_d"],
  spider: ["SPIDEr", "spider"],
  clipScore: ["CLIPScore", "clip_score"],
  refClipScore: ["RefCLIPScore", "ref_clip_score"],
};
const BY_COLUMN = new Map(Object.values(NAMES).map(([name, column]) => [column, name]));
const DECIMALS = 3;

/** The scores as people call them; those that have no name keep their own. */
export function captionScores({ scores }: Pick<EvaluateResult, "scores">): [name: string, value: number][] {
  const known = Object.keys(NAMES).filter((name) => name in scores);
  const others = Object.keys(scores).filter((name) => !(name in NAMES));
  return [...known, ...others].map((name) => [NAMES[name]?.[0] ?? name, scores[name]!]);
}

/**
 * A model's row, as the original writes it: the metrics in the order that they were asked for, each with its value to three decimals, and a tab after each. Its
 * row of captions that it made itself ends with `no_meteor_count`, its count of METEOR's crashes; that of captions that were imported has none, as here.
 */
export function captionScoreRow(model: string, { scores }: Pick<EvaluateResult, "scores">): string {
  const cells = Object.entries(scores).map(([name, value]) => `${columnOf(name)}\t${formatFixed(value, DECIMALS)}\t`);
  return `${tableCell(model)}\t${cells.join("")}`;
}

/** What people call the metric of a column of the original's table. */
export function metricOfColumn(column: string): string {
  return BY_COLUMN.get(column) ?? column;
}

/** "vocabF1" is "vocab_f1" in a table. */
function columnOf(name: string): string {
  return NAMES[name]?.[1] ?? name.replaceAll(/(?<=[a-z\d])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
