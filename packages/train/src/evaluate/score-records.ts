import { fail, show } from "@rsdix/internal";
import { parseJson } from "../parse-json";

/** What an evaluation found, with what its row in a table of the original's form cannot say. */
export interface ScoreRecord {
  /** What tables call the model. */
  readonly model: string;
  /** The data set; absent where captions were imported that do not say of what. */
  readonly dataset?: string;
  /** Its splits; absent where all images are meant. */
  readonly splits?: readonly string[];
  /** How many images. */
  readonly images: number;
  /** Scores by name, with all their digits. */
  readonly scores: Readonly<Record<string, number>>;
  /** The row that the table beside the record has of it. */
  readonly row: string;
}

/** The file of records beside a table: `scores.jsonl` beside `scores.tsv`. */
export function recordsPath(table: string): string {
  return `${table.replace(/\.tsv$/i, "")}.jsonl`;
}

/** Reads a file of records: one a line. */
export function parseScoreRecords(text: string, where: string): ScoreRecord[] {
  return text.split("\n").flatMap((line, i) => (line.trim() === "" ? [] : [parseRecord(line, `${where}, line ${i + 1}`)]));
}

function parseRecord(line: string, where: string): ScoreRecord {
  const record = parseJson(line, where);
  const { model, dataset, splits, images, scores, row } = (record ?? {}) as Record<string, unknown>;
  const isText = (value: unknown) => typeof value === "string";
  const isRecord =
    [model, row].every(isText) &&
    (dataset === undefined || isText(dataset)) &&
    (splits === undefined || (Array.isArray(splits) && splits.every(isText))) &&
    Number.isSafeInteger(images) &&
    typeof scores === "object" &&
    scores !== null &&
    Object.values(scores).every((score) => typeof score === "number");
  return isRecord ? (record as ScoreRecord) : fail("FILE_CORRUPT", `${where} is no record of an evaluation: got ${show(record)}.`);
}
