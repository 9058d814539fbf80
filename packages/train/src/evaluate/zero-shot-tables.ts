import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { checkTexts } from "../check-given";
import { formatFixed } from "./format-fixed";
import { tableCell } from "./table-cell";
import { ZERO_SHOT_KS, type ZeroShotResult } from "./zero-shot";

/** Classes that a row names. */
const BEST = 10;
const PROBABILITY_DECIMALS = 5;
const SCORE_DECIMALS = 3;

/** Options of `zeroShotPredictionsTsv`. */
export interface ZeroShotPredictionsOptions {
  /** What the table calls the classes: `classSpellings(dataset)` for what the original does; their names in prompts unless told otherwise. */
  spellings?: readonly string[];
}

/**
 * A row an image, as the original writes it: file, label, then the ten likeliest classes with their probability to five decimals, tab-separated.
 *
 * @param result What `evaluateZeroShot` gave.
 * @param options What the table calls the classes.
 * @returns The table, without names.
 * @throws SHAPE_MISMATCH when there is not a spelling for each class, a label for each image and a probability for each class of it; INVALID_ARGUMENT for what
 * is no
 *   result; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { zeroShotPredictionsTsv } from "@rsdix/train";
 * const probabilities = Float32Array.of(0.25, 0.75);
 * const result = { files: ["1.png"], classes: ["lake", "sea"], labels: Int32Array.of(1), probabilities, accuracy: { 1: 1 } };
 * console.log(zeroShotPredictionsTsv(result)); // 1.png  sea  sea  0.75000  lake  0.25000
 * ```
 * @see RSDiX, https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export function zeroShotPredictionsTsv(result: ZeroShotResult, options: ZeroShotPredictionsOptions = {}): string {
  const { files, classes, labels, probabilities } = checkedResult(result);
  const { spellings = classes } = checkOptions(options, ["spellings"], "zeroShotPredictionsTsv");
  checkTexts(spellings, "zeroShotPredictionsTsv: spellings");
  if (spellings.length !== classes.length)
    fail("SHAPE_MISMATCH", `zeroShotPredictionsTsv: there must be ${classes.length} spellings, one a class, got ${spellings.length}.`);
  const rows = files.map((file, i) => {
    const row = probabilities.subarray(i * classes.length, (i + 1) * classes.length);
    const best = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b).slice(0, BEST);
    const pairs = best.flatMap((c) => [spellings[c]!, formatFixed(row[c]!, PROBABILITY_DECIMALS)]);
    return [file, spellings[labels[i]!]!, ...pairs].map(tableCell).join("\t");
  });
  return rows.map((row) => `${row}\n`).join("");
}

/** Whether a text is such a table: each row an image, its label, and classes with their probabilities. */
export function isPredictionsTsv(text: string): boolean {
  const rows = text.split(/\r?\n/).filter((row) => row !== "");
  return rows.length > 0 && rows.every((row) => /^[^\t]+\t[^\t]*(\t[^\t]*\t(\d*\.?\d+(e-?\d+)?|nan))+\t?$/i.test(row));
}

/** A result, once it is found to be whole. */
function checkedResult(result: ZeroShotResult): ZeroShotResult {
  const { files, classes, labels, probabilities } = (result ?? {}) as Partial<ZeroShotResult>;
  for (const [name, list] of Object.entries({ files, classes, labels, probabilities })) {
    if (typeof list?.length === "number" && typeof list !== "string") continue;
    const got = result ? `${name} ${show(list)}` : show(result);
    fail(
      "INVALID_ARGUMENT",
      `zeroShotPredictionsTsv needs files, classes, labels and probabilities, as evaluateZeroShot gives them; got ${got}.`,
    );
  }
  checkTexts(files, "zeroShotPredictionsTsv: files");
  const [images, wide] = [result.files.length, result.classes.length];
  if (result.labels.length !== images || result.probabilities.length !== images * wide) {
    const got = `${result.labels.length} labels and ${result.probabilities.length} probabilities`;
    fail(
      "SHAPE_MISMATCH",
      `zeroShotPredictionsTsv: ${images} files and ${wide} classes need ${images} labels and ${images * wide} probabilities, got ${got}.`,
    );
  }
  for (let i = 0; i < images; i++)
    checkRange(result.labels[i], `zeroShotPredictionsTsv: labels[${i}]`, { min: 0, max: wide - 1, integer: true });
  return result;
}

/** A model's row, as the original writes it: always accuracy at 1, 2, 3, 5 and 10, to three decimals. Among fewer classes than k each image's is found. */
export function zeroShotScoreRow(model: string, { accuracy }: Pick<ZeroShotResult, "accuracy">): string {
  const scores = ZERO_SHOT_KS.map((k) => accuracy[k] ?? 1);
  return [tableCell(model), ...scores.map((score) => formatFixed(score, SCORE_DECIMALS))].join("\t");
}
