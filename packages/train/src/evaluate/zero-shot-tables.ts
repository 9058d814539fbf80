import type { ZeroShotResult } from "./zero-shot";

/** Classes that a row names. */
const BEST = 10;
const PROBABILITY_DECIMALS = 5;
const SCORE_DECIMALS = 3;

/**
 * A row an image, as the original writes it: file, label, then the ten likeliest classes with their probability to five decimals, tab-separated.
 *
 * @param result What `evaluateZeroShot` gave.
 * @returns The table, without names.
 * @example
 * ```ts
 * import { zeroShotPredictionsTsv } from "@rsdix/train";
 * const probabilities = Float32Array.of(0.25, 0.75);
 * const result = { files: ["1.png"], classes: ["lake", "sea"], labels: Int32Array.of(1), probabilities, accuracy: { 1: 1 } };
 * console.log(zeroShotPredictionsTsv(result)); // 1.png  sea  sea  0.75000  lake  0.25000
 * ```
 */
export function zeroShotPredictionsTsv({ files, classes, labels, probabilities }: ZeroShotResult): string {
  const rows = files.map((file, i) => {
    const row = probabilities.subarray(i * classes.length, (i + 1) * classes.length);
    const best = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b).slice(0, BEST);
    return [file, classes[labels[i]!]!, ...best.flatMap((c) => [classes[c]!, row[c]!.toFixed(PROBABILITY_DECIMALS)])].map(cell).join("\t");
  });
  return rows.map((row) => `${row}\n`).join("");
}

/** A table's names and row of one model: its accuracies to three decimals. */
export function zeroShotScoreRow(model: string, { accuracy }: Pick<ZeroShotResult, "accuracy">): { names: string[]; row: string[] } {
  const ks = Object.keys(accuracy).map(Number);
  return { names: ["model", ...ks.map((k) => `score@${k}`)], row: [model, ...ks.map((k) => accuracy[k]!.toFixed(SCORE_DECIMALS))] };
}

/** What separates cells and rows is a blank within one. */
function cell(text: string): string {
  return text.replaceAll(/[\t\r\n]+/g, " ");
}
