import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import type { Command } from "commander";
import { findRun, lastRun } from "../recipes/run-folder";
import { type Evaluation, parseEvaluation } from "../report/evaluation";
import { parseRunLog } from "../report/parse-run-log";
import { renderRunReport } from "../report/render-run-report";
import type { CliSession } from "./session";

interface Flags {
  readonly out?: string;
  readonly runs: string;
  readonly title?: string;
  readonly dataset?: string;
  readonly published: boolean;
  readonly json?: boolean;
}

const LOG = "log.jsonl";
const SETTINGS = "config.yaml";
/** As much as a JavaScript text holds. */
const MAX_BYTES = 2 ** 29 - 24;
/** Tables of results on one page. */
const MAX_TABLES = 200;

/** `report`: a run or an evaluation as one HTML page. */
export function addReport(program: Command, session: CliSession): void {
  program
    .command("report")
    .description(
      "Renders a run or an evaluation as one HTML page that needs nothing else: curves, validations, checkpoints, settings, tables of results, and the published ones beside them.",
    )
    .argument("<folder>", `a run's folder (with ${LOG}), a folder of results (TSV), a run's name in --runs, or "last": the newest run`)
    .option("--out <file>", "where the page goes; report.html in the folder unless told otherwise")
    .option("--runs <folder>", "where runs lie", "runs")
    .option("--title <text>", "the page's title; the folder's name unless told otherwise")
    .option("--dataset <name>", "the data set of the results, where neither they nor their files say it: published ones stand beside them")
    .option("--no-published", "leaves out the published results")
    .option("--json", "says where the page is as JSON")
    .addHelpText(
      "after",
      "\nThe figures need the packages vega and vega-lite.\n\nExample:\n  $ rsdix report runs/clip-b32 --out clip-b32.html",
    )
    .action((folder: string, flags: Flags) => report(folder, flags, session));
}

async function report(argument: string, flags: Flags, session: CliSession): Promise<void> {
  const folder = await folderOf(argument, flags.runs);
  const names = await filesOf(folder);
  const records = names.includes(LOG) ? parseRunLog(await readText(join(folder, LOG)), join(folder, LOG)) : [];
  const evaluations = await readEvaluations(folder, names, flags.dataset, records.length > 0);
  if (records.length === 0 && evaluations.length === 0) {
    fail(
      "EMPTY_DATA",
      `${folder} has neither a ${LOG} with records nor a table of results (.tsv). Give the folder of a run or of an evaluation.`,
    );
  }
  session.signal.throwIfAborted();
  const page = await renderRunReport(records, {
    title: flags.title ?? basename(resolve(folder)),
    ...(names.includes(SETTINGS) && { settings: await readText(join(folder, SETTINGS)) }),
    ...{ evaluations, published: flags.published },
  });
  const out = flags.out ?? join(folder, "report.html");
  await writeFileAtomic(out, page);
  session.print(flags.json ? JSON.stringify({ report: out, records: records.length, evaluations: evaluations.length }) : out);
}

/** Tables of results in the folder; a run's folder also holds tables of its steps, which are none. */
async function readEvaluations(
  folder: string,
  names: readonly string[],
  dataset: string | undefined,
  isRun: boolean,
): Promise<Evaluation[]> {
  const tables = names.filter((name) => /\.tsv$/i.test(name)).sort();
  if (tables.length > MAX_TABLES)
    fail("FILE_TOO_LARGE", `${folder} has ${tables.length} tables, more than the ${MAX_TABLES} that one page takes.`);
  const found: Evaluation[] = [];
  for (const name of tables) {
    const text = await readText(join(folder, name));
    if (text === "" || text.startsWith("step\t")) continue;
    const evaluation = parseEvaluation(text, isRun ? name : `${basename(resolve(folder))}/${name}`);
    found.push(dataset !== undefined && evaluation.kind === "scores" ? { ...evaluation, dataset } : evaluation);
  }
  return found;
}

/** A folder by its path, a run by its name, or the last one. */
async function folderOf(argument: string, runs: string): Promise<string> {
  if (argument === "last") return lastRun(runs);
  const there = await stat(argument).catch(() => undefined);
  return there ? argument : findRun(argument, runs).catch(() => argument);
}

async function filesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch((cause: NodeJS.ErrnoException) =>
    fail(
      "FILE_NOT_FOUND",
      `${folder} cannot be read: ${cause.code === "ENOENT" ? "there is no such folder" : cause.code === "ENOTDIR" ? "it is a file; name its folder" : cause.message}.`,
      cause,
    ),
  );
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES)
      fail("FILE_TOO_LARGE", `${path} has ${size} bytes, more than the limit of ${MAX_BYTES}: a JavaScript text holds no more.`);
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as Error).name === "RsdixError") throw cause;
    return fail("FILE_NOT_FOUND", `${path} cannot be read: ${(cause as Error).message}.`, cause);
  }
}
