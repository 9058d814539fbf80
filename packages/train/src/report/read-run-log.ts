import type { FileHandle } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { fail, RsdixError } from "@rsdix/internal";
import type { FitRecord } from "../fit/records";
import { withFound } from "../read-file";
import { isJson, recordOf } from "./parse-run-log";

/** More than a page is made of: a year of steps, twenty seconds each, and some gigabytes of memory. */
const MOST_RECORDS = 1_500_000;
/** With so many lines that are no records it is no log. */
const MOST_OTHERS = 1000;
/** No record has as many characters. */
const LONGEST_LINE = 1 << 20;
/** What is read at a time; a signal is heard in between. */
const PIECE_BYTES = 1 << 20;

/** What a log holds, and what is wrong with it. */
export interface ReadLog {
  readonly records: FitRecord[];
  /** Names the lines that are no records, which are left out. */
  readonly problem?: RsdixError;
}

/**
 * Reads a run's log as far as it can be read: lines that are no records, as of a damaged disk, are left out, and told. A last line that a killed run
 * left half written is left out as `parseRunLog` does.
 *
 * @throws RsdixError FILE_NOT_FOUND; FILE_CORRUPT for what is no log; FILE_TOO_LARGE; ABORTED.
 */
export async function readRunLog(path: string, signal: AbortSignal): Promise<ReadLog> {
  const records: FitRecord[] = [];
  let others = 0;
  let first = "";
  let number = 0;
  const take = (line: string) => {
    number++;
    const found = recordOf(line);
    if (typeof found !== "string") {
      records.push(found);
      if (records.length > MOST_RECORDS)
        fail("FILE_TOO_LARGE", `${path} has more than ${MOST_RECORDS.toLocaleString("en-US")} records: a page is made of no more.`);
      return;
    }
    first ||= `${path}: line ${number} ${found}`;
    if (++others > MOST_OTHERS) fail("FILE_CORRUPT", `${first} So are ${MOST_OTHERS.toLocaleString("en-US")} more: it is no log of a run.`);
  };
  await withFound(path, { wanted: "a run's folder", signal }, async (handle) => {
    let rest = "";
    for await (const piece of piecesOf(handle)) {
      if (signal.aborted) fail("ABORTED", `Reading ${path} was stopped.`, signal.reason);
      const lines = `${rest}${piece}`.split("\n");
      rest = lines.pop()!.slice(0, LONGEST_LINE); // what is longer is no record anyway
      for (const line of lines) take(line);
    }
    if (rest !== "" && isJson(rest)) take(rest); // else its end was never written
  });
  if (others === 0) return { records };
  const more = others === 1 ? "" : ` So are ${others - 1} more.`;
  return { records, problem: new RsdixError("FILE_CORRUPT", `${first}${more}`) };
}

async function* piecesOf(handle: FileHandle): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder("utf8");
  for await (const bytes of handle.createReadStream({ autoClose: false, highWaterMark: PIECE_BYTES })) yield decoder.write(bytes as Buffer);
  yield decoder.end();
}
