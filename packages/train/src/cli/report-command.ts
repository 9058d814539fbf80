import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { yieldToEventLoop } from "@rsdix/backend";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail, type RsdixError } from "@rsdix/internal";
import type { Command } from "commander";
import { suggestion } from "../config/names";
import { parseScoreRecords, recordsPath } from "../evaluate/score-records";
import { checkWritable, makeFolder, refuseForeign, refuseInputs } from "../output-folder";
import { readFound } from "../read-file";
import { findRun, lastRun, RUN_FILES, runsInWords } from "../recipes/run-folder";
import type { Evaluation } from "../report/evaluation";
import { publishedDataset, publishedDatasets } from "../report/published-tables";
import { readRunLog } from "../report/read-run-log";
import { recordedEvaluations } from "../report/recorded-evaluations";
import { isRunReport, renderRunReport } from "../report/render-run-report";
import type { CliSession } from "./session";

interface Flags {
  readonly out?: string;
  readonly runs: string;
  readonly title?: string;
  readonly dataset?: string;
  readonly published: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

const LOG = "log.jsonl";
const SETTINGS = "config.yaml";
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
    .option("--out <file>", "where the page goes, its folder made where it is not there; report.html in the folder unless told otherwise")
    .option("--runs <folder>", "where runs lie", "runs")
    .option("--title <text>", "the page's title; the folder's name unless told otherwise")
    .option("--dataset <name>", "the data set of the results, where neither they nor their files say it: published ones stand beside them")
    .option("--no-published", "leaves out the published results")
    .option("--force", "replaces a file that is no report")
    .option("--json", "says where the page is as JSON")
    .addHelpText(
      "after",
      "\nThe figures need the packages vega and vega-lite.\n\nExample:\n  $ rsdix report runs/clip-b32 --out clip-b32.html",
    )
    .action((folder: string, flags: Flags) => report(folder, flags, session));
}

/** Does something that one unreadable file may keep from being done; what came of it, or nothing. */
type Attempt = <T>(work: () => Promise<T>) => Promise<T | undefined>;

async function report(argument: string, flags: Flags, session: CliSession): Promise<void> {
  if (flags.dataset !== undefined) checkDataset(flags.dataset);
  const folder = await folderOf(argument, flags.runs);
  const out = flags.out ?? join(folder, "report.html");
  const names = await filesOf(folder);
  await checkWritable(out);
  refuseInputs([out], {
    files: names.filter((name) => !name.endsWith(".html")).map((name) => join(folder, name)),
    models: [join(folder, RUN_FILES.model)],
  });
  await refuseForeign(out, { force: flags.force, isOurs: isRunReport, wanted: "a report" });
  const leftOut: RsdixError[] = [];
  const attempt: Attempt = (work) =>
    work().catch((error: RsdixError) => {
      if (error.name !== "RsdixError" || error.code === "ABORTED") throw error;
      leftOut.push(error);
      return undefined;
    });
  const read = (name: string) => readText(join(folder, name), session.signal);
  const log = names.includes(LOG) ? await attempt(() => readRunLog(join(folder, LOG), session.signal)) : undefined;
  if (log?.problem) leftOut.push(log.problem);
  const records = log?.records ?? [];
  const found = await readEvaluations(folder, names, read, attempt);
  if (records.length === 0 && found.length === 0) {
    if (leftOut[0]) throw leftOut[0];
    fail(
      "EMPTY_DATA",
      `${folder} has neither a ${LOG} with records nor a table of results (.tsv). Give the folder of a run or of an evaluation.${await runsInWords(folder)}`,
    );
  }
  const evaluations = withDataset(found, flags.dataset, folder);
  const settings = names.includes(SETTINGS) ? await attempt(() => read(SETTINGS)) : undefined;
  session.signal.throwIfAborted();
  const page = await renderRunReport(records, {
    title: flags.title ?? basename(resolve(folder)),
    ...(settings !== undefined && { settings }),
    ...{ evaluations, published: flags.published },
  });
  await yieldToEventLoop(); // drawing leaves little time for a signal to be heard
  session.signal.throwIfAborted();
  await makeFolder(dirname(out));
  await writeFileAtomic(out, page);
  for (const { message } of leftOut) session.note(`left out: ${message}`);
  const said = { report: out, records: records.length, evaluations: evaluations.length };
  const messages = leftOut.map(({ message }) => message);
  session.print(flags.json ? JSON.stringify({ ...said, ...(messages.length > 0 && { leftOut: messages }) }) : out);
}

function checkDataset(name: string): void {
  if (publishedDataset(name) !== undefined) return;
  const known = publishedDatasets();
  fail(
    "INVALID_ARGUMENT",
    `Of ${JSON.stringify(name)} no result is published. --dataset takes ${known.join(", ")}.${suggestion(name, known)}`,
  );
}

/** The data set that the user names is that of the results that name none. */
function withDataset(evaluations: readonly Evaluation[], dataset: string | undefined, folder: string): Evaluation[] {
  const isNameless = (evaluation: Evaluation) => evaluation.kind === "scores" && evaluation.dataset === undefined;
  if (dataset === undefined) return [...evaluations];
  if (!evaluations.some(isNameless))
    fail("INVALID_ARGUMENT", `--dataset would do nothing: ${folder} has no scores that don't name their data set.`);
  return evaluations.map((evaluation) => (isNameless(evaluation) ? { ...evaluation, dataset } : evaluation));
}

/** Tables of results in the folder; a run's folder also holds tables of its steps, which are none. */
async function readEvaluations(
  folder: string,
  names: readonly string[],
  read: (name: string) => Promise<string>,
  attempt: Attempt,
): Promise<Evaluation[]> {
  const isRun = names.includes(LOG);
  const tables = names.filter((name) => /\.tsv$/i.test(name)).sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  if (tables.length > MAX_TABLES)
    fail("FILE_TOO_LARGE", `${folder} has ${tables.length} tables, more than the ${MAX_TABLES} that one page takes.`);
  const found: { name: string; evaluations: Evaluation[] }[] = [];
  const shown: { name: string; text: string }[] = [];
  for (const name of tables) {
    await attempt(async () => {
      const text = await read(name);
      if (text === "" || text.startsWith("step\t")) return;
      const beside = recordsPath(name);
      const records = names.includes(beside)
        ? await attempt(async () => parseScoreRecords(await read(beside), join(folder, beside)))
        : undefined;
      const evaluations = recordedEvaluations(text, records ?? [], isRun ? name : `${basename(resolve(folder))}/${name}`);
      // A model's latest predictions are there twice: "b32.AID.tsv" was also written as "b32.tsv".
      const stem = name.slice(0, -"tsv".length);
      if (shown.some((other) => other.text === text && other.name.startsWith(stem))) return;
      if (evaluations[0]!.kind === "predictions") shown.push({ name, text });
      found.push({ name, evaluations });
    });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap(({ evaluations }) => evaluations);
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

async function readText(path: string, signal: AbortSignal): Promise<string> {
  return (await readFound(path, { wanted: "a folder with its file", signal })).toString("utf8");
}
