import { fail } from "@rsdix/internal";
import { tsvParseRows } from "d3-dsv";
import { checkText } from "../check-given";
import { metricOfColumn } from "../evaluate/caption-scores";

/** What each model scored, as `rsdix eval` writes it: a row a model. */
export interface ScoresEvaluation {
  /** Which kind of evaluation. */
  kind: "scores";
  /** What it is called: the file's name as a rule. */
  title: string;
  /** The data set, where it is known; it decides where published results stand beside these. */
  dataset?: string;
  /** Scores by metric: "score@1", "METEOR". */
  models: { model: string; scores: Record<string, number> }[];
}

/** What a model said of each image of a zero-shot classification: a row an image. */
export interface PredictionsEvaluation {
  /** Which kind of evaluation. */
  kind: "predictions";
  /** What it is called: the file's name as a rule. */
  title: string;
  /** The images, with their true class and the likeliest classes, best first. */
  images: { file: string; label: string; classes: { label: string; probability: number }[] }[];
}

/** What an evaluation's file holds. */
export type Evaluation = ScoresEvaluation | PredictionsEvaluation;

/** k of the scores of a row without names, by how many there are: the original's, and what it had at first. */
const TOP: Readonly<Record<number, readonly number[]>> = { 5: [1, 2, 3, 5, 10], 4: [1, 3, 5, 10] };
/** What the original counts beside its metrics: how often METEOR crashed. */
const NO_METRIC = "no_meteor_count";
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const IMAGE = /\.(jpe?g|png|tiff?|webp|gif|bmp)$/i;

/**
 * Reads a file of results, as `rsdix eval` and the original write them, with or without a row of names: of zero-shot classification an image a row (file,
 * label, then class and probability of the best) or a model a row (its scores@k); of captions a model a row (metric, value, metric, value).
 *
 * @param tsv The tab-separated values.
 * @param title What the report calls them, and messages.
 * @returns What they hold.
 * @throws FILE_CORRUPT when it is none of these; EMPTY_DATA without a row; INVALID_ARGUMENT for what is no text.
 * @example
 * ```ts
 * import { parseEvaluation } from "@rsdix/train";
 * const evaluation = parseEvaluation("model\tscore@1\tscore@5\nclip-b32\t0.960\t0.995\n", "RSICD");
 * if (evaluation.kind === "scores") console.log(evaluation.models[0]?.scores); // { "score@1": 0.96, "score@5": 0.995 }
 * ```
 * @see RSDiX, https://github.com/NeuRoNeLab/RSDiX-CLIP
 */
export function parseEvaluation(tsv: string, title: string): Evaluation {
  checkText(tsv, "parseEvaluation: the table's content");
  const rows = rowsOf(tsv.replace(/^\ufeff/, "")).filter((row) => row.some((cell) => cell !== ""));
  const first = rows[0];
  if (first === undefined) return fail("EMPTY_DATA", `${title} holds no row.`);
  const names = first.some(isNumber) ? undefined : first;
  const data = names ? rows.slice(1) : rows;
  if (data.length === 0) fail("EMPTY_DATA", `${title} holds no row below its names.`);
  if (data.every(isPrediction)) return { kind: "predictions", title, images: data.map(readPrediction) };
  const models = names
    ? named(names, data)
    : data.map(ended).every(isPairs)
      ? paired(data.map(ended))
      : data.every(isTop)
        ? topped(data)
        : undefined;
  return models
    ? { kind: "scores", title, ...models }
    : fail(
        "FILE_CORRUPT",
        `${title} is no table of results. Expected are rows of file, label and pairs of class and probability, or of model and scores, below their names or as pairs of metric and value.`,
      );
}

/** A cell and what ends it: the cell in quotes, which may hold anything, or without. */
const CELL = /(?:"[^"]*(?:""[^"]*)*"|[^"\t\r\n][^\t\r\n]*)?(?:\t|\r\n?|\n|$)/y;

/** A table's cells: some programs put them in quotes; ours and the original's write them as they are, a name that begins with one too. */
function rowsOf(tsv: string): string[][] {
  return isQuoted(tsv) ? tsvParseRows(tsv) : tsv.split(/\r\n?|\n/).map((line) => line.split("\t"));
}

/** Whether each cell that begins with a quote is in quotes as a whole. */
function isQuoted(tsv: string): boolean {
  CELL.lastIndex = 0;
  while (CELL.lastIndex < tsv.length) if (!CELL.test(tsv)) return false;
  return true;
}

function isNumber(cell: string | undefined): boolean {
  return cell !== undefined && (NUMBER.test(cell) || /^-?(nan|inf(inity)?)$/i.test(cell));
}

function numberOf(cell: string): number {
  return NUMBER.test(cell) ? Number(cell) : Number.NaN;
}

function isPrediction(row: readonly string[]): boolean {
  const odd = row.filter((_, i) => i >= 3 && i % 2 === 1);
  const shares = odd.every((cell) => NUMBER.test(cell) && Number(cell) >= 0 && Number(cell) <= 1);
  return row.length >= 4 && row.length % 2 === 0 && shares && (!isNumber(row[1]) || IMAGE.test(row[0]!));
}

function readPrediction([file, label, ...rest]: readonly string[]): PredictionsEvaluation["images"][number] {
  const classes = Array.from({ length: rest.length / 2 }, (_, i) => ({ label: rest[2 * i]!, probability: Number(rest[2 * i + 1]) }));
  return { file: file!, label: label!, classes };
}

/** The original ends rows of pairs with a tab. */
function ended(row: readonly string[]): readonly string[] {
  return row.length >= 4 && row.length % 2 === 0 && row.at(-1) === "" ? row.slice(0, -1) : row;
}

/** model, metric, value, metric, value. */
function isPairs(row: readonly string[]): boolean {
  return row.length >= 3 && row.length % 2 === 1 && row.every((cell, i) => i === 0 || isNumber(cell) === (i % 2 === 0));
}

function isTop(row: readonly string[]): boolean {
  return row.length - 1 in TOP && row.slice(1).every(isNumber);
}

function topped(rows: readonly string[][]): Pick<ScoresEvaluation, "models"> {
  return merged(rows.map(([model, ...scores]) => [model!, scores.map((score, i) => [`score@${TOP[scores.length]![i]}`, numberOf(score)])]));
}

function paired(rows: readonly (readonly string[])[]): Pick<ScoresEvaluation, "models"> {
  const pairsOf = (rest: readonly string[]) =>
    Array.from({ length: rest.length / 2 }, (_, i): [string, number] => [metricOfColumn(rest[2 * i]!), numberOf(rest[2 * i + 1]!)]);
  return merged(rows.map(([model, ...rest]) => [model!, pairsOf(rest).filter(([name]) => name !== NO_METRIC)]));
}

/** Columns with names: the first text is the model, a column "dataset" the data set, and numbers are scores. */
function named(names: readonly string[], rows: readonly string[][]): Omit<ScoresEvaluation, "kind" | "title"> | undefined {
  if (rows.some((row) => row.length !== names.length)) return undefined;
  const numeric = names.map(
    (_, i) => rows.every((row) => isNumber(row[i]) || row[i] === "" || row[i] === "-") && rows.some((row) => isNumber(row[i])),
  );
  if (isLong(names, numeric)) return paired(rows);
  const set = names.findIndex((name, i) => !numeric[i] && /^data[ _-]?set$/i.test(name));
  const texts = names.flatMap((_, i) => (numeric[i] || i === set ? [] : [i]));
  const model = texts[0] ?? set;
  if (model < 0 || !numeric.includes(true)) return undefined;
  const sets = new Set(rows.map((row) => row[set]));
  const models = merged(
    rows.map((row) => [
      set >= 0 && set !== model && sets.size > 1 ? `${row[model]}, ${row[set]}` : row[model]!,
      names.flatMap((name, i): [string, number][] => (numeric[i] && isNumber(row[i]) ? [[name, numberOf(row[i]!)]] : [])),
    ]),
  );
  return { ...models, ...(set >= 0 && sets.size === 1 && { dataset: rows[0]![set]! }) };
}

/** A row a score: model, metric, value. */
function isLong(names: readonly string[], numeric: readonly boolean[]): boolean {
  return names.length === 3 && names[1]!.toLowerCase() === "metric" && numeric[2] === true;
}

/** Rows of one model are one, as far as they are of different metrics: the original adds a row for each evaluation and does not say of which set. */
function merged(
  rows: readonly (readonly [model: string, scores: readonly (readonly [string, number])[]])[],
): Pick<ScoresEvaluation, "models"> {
  const latest = new Map<string, Map<string, number>>();
  const models: [string, Map<string, number>][] = [];
  for (const [model, scores] of rows) {
    let into = latest.get(model);
    if (!into || scores.some(([name]) => into!.has(name))) {
      into = new Map();
      latest.set(model, into);
      models.push([model, into]);
    }
    for (const [name, value] of scores) into.set(name, value);
  }
  return { models: models.map(([model, scores]) => ({ model, scores: Object.fromEntries(scores) })) };
}
