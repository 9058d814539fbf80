import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fail } from "@rsdix/internal";
import { checkWritable, makeFolder } from "../output-folder";
import { recordsPath, type ScoreRecord } from "./score-records";

/** A table's form. */
export interface ScoreTableForm {
  /** How a row must look. */
  readonly row: RegExp;
  /** What that is, for messages. */
  readonly about: string;
}

const MODEL = String.raw`[^\t]*`;
const NUMBER = String.raw`(?:-?\d+\.\d+|nan)`;

/** The original's tables: no names above, a row a model. */
export const SCORE_TABLES = {
  // The original had no accuracy at 2 at first, and added to such a table without a look at it.
  zeroShot: { row: new RegExp(`^${MODEL}(?:\\t${NUMBER}){4,5}$`), about: "a model and its accuracy at 1, 2, 3, 5 and 10" },
  captions: {
    row: new RegExp(`^${MODEL}(?:\\t[A-Za-z][^\\t]*\\t${NUMBER})+\\t?$`),
    about: "a model, and a name and a value of each metric",
  },
} as const satisfies Record<string, ScoreTableForm>;

/** Before anything is computed: can a row be added to the table, and a record to the file beside it? */
export async function checkScoreFiles(table: string, { row, about }: ScoreTableForm): Promise<void> {
  await checkWritable(table);
  await checkWritable(recordsPath(table));
  const text = await readFile(table, "utf8").catch((cause: NodeJS.ErrnoException) =>
    cause.code === "ENOENT" ? "" : fail("FILE_NOT_FOUND", `${table} cannot be read: ${cause.message}.`, cause),
  );
  const odd = text.split(/\r?\n/).find((line) => line !== "" && !row.test(line));
  if (odd === undefined) return;
  const shown = odd.length > 80 ? `${odd.slice(0, 80)}...` : odd;
  fail(
    "FILE_CORRUPT",
    `${table} is another table: its rows should be ${about}, but one is ${JSON.stringify(shown)}. Name another --scores-file.`,
  );
}

/**
 * Appends an evaluation: its row to the table, as the original does, and to the file beside it what the row cannot say. Both or none: the record comes first,
 * as it says all that the row does, and is taken back where the row can't be added.
 */
export async function addScores(table: string, record: ScoreRecord): Promise<void> {
  await makeFolder(dirname(table));
  const records = recordsPath(table);
  const place = await appendLine(records, JSON.stringify(record));
  await appendLine(table, record.row).catch(async (error) => {
    await takeBack(records, place).catch(() => undefined); // what went wrong first is what is said
    throw error;
  });
}

/** Where an appended line lies in its file, in bytes. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** Takes an appended line away, where none came after it. */
async function takeBack(path: string, { start, end }: Place): Promise<void> {
  const file = await open(path, "r+");
  try {
    if ((await file.stat()).size === end) await file.truncate(start);
  } finally {
    await file.close();
  }
}

/** Appends a line by one write at the file's end, so that evaluations at the same time lose nothing of each other. */
async function appendLine(path: string, line: string): Promise<Place> {
  try {
    const file = await open(path, "a+");
    try {
      const { size } = await file.stat();
      const last = size === 0 ? "\n" : String((await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer);
      const bytes = Buffer.from(`${last === "\n" ? "" : "\n"}${line}\n`);
      const { bytesWritten } = await file.write(bytes);
      if (bytesWritten < bytes.length) {
        if ((await file.stat()).size === size + bytesWritten) await file.truncate(size); // half a row is none
        throw new Error("the disk is full");
      }
      await file.sync();
      return { start: size, end: size + bytesWritten };
    } finally {
      await file.close();
    }
  } catch (cause) {
    return fail("WRITE_FAILED", `Nothing could be added to ${path}: ${(cause as Error).message}.`, cause);
  }
}
