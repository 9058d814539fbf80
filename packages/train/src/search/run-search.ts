import { stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { checkRange, fail, type RsdixError } from "@rsdix/internal";
import { type RedisPlace, type RedisTasks, redisTasks } from "@rsdix/scale";
import type { CliSession } from "../cli/session";
import { knownAs, suggestion } from "../config/names";
import { readConfig } from "../config/read-config";
import { validationNames } from "../config/validation-names";
import { betterOf, type Mode, SOUGHT } from "../fit/better";
import { openRunLog, type RunLog } from "../loggers/run-log";
import { makeFolder } from "../output-folder";
import { readGiven } from "../read-file";
import { lockRun } from "../recipes/run-lock";
import { bayesSearch } from "./bayes-search";
import { checkFitPoints, fitGrid } from "./fit-grid";
import { type GridFile, parseGridFile } from "./grid-file";
import { gridCode, gridSearch } from "./grid-search";
import { MAX_PARALLEL } from "./run-trials";
import { holdsSearch, SETTINGS_FILE, type SearchSettings, writeSettings } from "./search-settings";
import type { SearchPoint, SearchSpace } from "./space";
import { SpaceCode } from "./space-code";
import { flagsOf, type TrialCommand, trainedKind, trialCommand } from "./trial-command";
import { checkTrialFolders, readBegun, removeBegun, trialFolder } from "./trial-files";
import { findLog, UnknownMetric } from "./trial-loss";
import { runHere, trialObjective } from "./trial-objective";
import { runRemote } from "./trial-remote";
import { type DoneTrial, parseTrials, type TrialRecord } from "./trials";

/** What the command says of both searches. */
interface RunOptions {
  readonly gridFile: string;
  readonly out: string;
  readonly exportFile: string;
  readonly importFile?: string;
  readonly resume: boolean;
  readonly metric: string;
  /** Whether its lowest value is looked for, or its highest; as its name tells unless given. */
  readonly mode?: Mode;
  readonly task?: string;
  readonly parallel: number;
  /** The Redis whose workers run the trials; this machine does where there is none. */
  readonly place?: RedisPlace;
  readonly json: boolean;
}

/** And of one of them. */
export type SearchRun = RunOptions &
  (
    | { readonly kind: "bayes"; readonly nInitPoints: number; readonly nIter: number; readonly randomState: number }
    | { readonly kind: "grid"; readonly levels: number }
  );

/** A search of which all is known. */
type Search = SearchRun & { readonly mode: Mode };

/** Searches with a process for each trial, and keeps the trials as they are done. */
export async function runSearch(asked: SearchRun, session: CliSession): Promise<void> {
  checkRange(asked.parallel, "parallel", { min: 1, max: MAX_PARALLEL, integer: true });
  const given = parseGridFile(await readText(asked.gridFile, session.signal), asked.gridFile);
  const { grid, leftOut } = given.command ? { grid: given, leftOut: [] } : fitGrid(given, asked.gridFile);
  const program = asked.place ? [] : [process.execPath, process.argv[1]!]; // a worker has its own
  const command = trialCommand(grid, { program, ...(asked.task !== undefined && { task: asked.task }) });
  if (asked.kind === "grid") gridCode(grid.space, asked.levels); // refuses levels before a folder is made
  const metric = await checkPoints(asked, grid, session);
  const run = { ...asked, metric, mode: asked.mode ?? betterOf(metric) ?? "min" };
  if (leftOut.length > 0)
    session.note(
      `left out: ${leftOut.join(", ")}, of Lightning's loggers. Each trial has a log.jsonl; trainer.logger: [tensorboard] adds event files.`,
    );
  await checkFree(run);
  const sought = soughtInWords(run);
  if (sought !== undefined) session.note(sought);
  if (run.importFile !== undefined) await readTrials(run.importFile, grid.space); // refused before a folder is made
  const tasks = run.place && (await redisTasks({ ...run.place, signal: session.signal, onNote: (text) => session.note(text) }));
  try {
    await inFolder(run, grid, { command, tasks }, session);
  } finally {
    await tasks?.close();
  }
}

/** What trials are run with. */
interface Means {
  readonly command: TrialCommand;
  /** Where they are asked for, where others run them. */
  readonly tasks: RedisTasks | undefined;
}

/** Which values are looked for, in a line for the user; undefined for the lowest loss, where it goes without saying. */
function soughtInWords({ metric, mode }: Search): string | undefined {
  const better = betterOf(metric);
  if (better && mode !== better)
    return (
      `warning: --mode ${mode} looks for the ${SOUGHT[mode]} ${metric}, and ${better === "max" ? "more" : "less"} of it is better: ` +
      `leave it out, or give --mode ${better}, if that isn't meant.`
    );
  const other = !better && mode === "min" ? " (--mode max: for the highest)" : "";
  return metric === "loss" ? undefined : `The search looks for the ${SOUGHT[mode]} ${metric}${other}.`;
}

async function inFolder(run: Search, grid: GridFile, means: Means, session: CliSession): Promise<void> {
  const { out } = run;
  await makeFolder(out);
  const unlock = await lockRun(out); // two at once would have one folder for two trials
  try {
    const settings = await settingsOf(run, grid);
    const written = await holdsSearch(out, settings);
    await checkTrialFolders(out, (await statOf(exportPath(run))) ? await readTrials(exportPath(run), grid.space) : []);
    if (!written) await writeSettings(out, settings);
    else if (!written.mode && run.mode === "max")
      session.note(
        `${out} was begun when the lowest ${run.metric} of a trial was its value: trials that are there keep theirs, new ones have their highest.`,
      );
    await searchLocked(run, grid, means, session);
  } finally {
    await unlock();
  }
}

async function searchLocked(run: Search, grid: GridFile, { command, tasks }: Means, session: CliSession): Promise<void> {
  const { out, metric, mode, json, parallel, kind } = run;
  const { signal } = session;
  const { log, earlier } = await openTrials(run, grid.space);
  const total = trialCount(run, grid, earlier);
  const begun = await readBegun(out, { kind, space: grid.space, ended: earlier, most: run.resume ? total - earlier.length : 0 });
  const runner = tasks
    ? runRemote(tasks, command, { out, metric, mode, begun, own: grid.command !== undefined })
    : runHere(command, { out, metric, mode, parallel: Math.min(parallel, total) });
  const objective = trialObjective(runner, { out, total, proven: earlier.some(({ state }) => state === "done"), session });
  const options = { parallel, earlier, begun, signal };
  const records =
    run.kind === "grid"
      ? gridSearch(grid.space, objective.run, { ...options, levels: run.levels })
      : bayesSearch(grid.space, objective.run, {
          ...options,
          ...{ nInitPoints: run.nInitPoints, nIter: run.nIter, randomState: run.randomState, mode },
        });

  const trials: TrialRecord[] = [...earlier];
  const report = (running: number) => tasks?.report(stateOf(run, trials, { total, running }));
  if (earlier.length > 0 && !json) session.note(`${earlier.length} of ${total} trials were done before.`);
  try {
    report(Math.min(parallel, total - trials.length));
    for await (const record of records) {
      if (objective.broken) failFor(objective.broken);
      log.write(record);
      await removeBegun(out, record.trial);
      trials.push(record);
      report(Math.min(parallel, total - trials.length));
      session.print(json ? JSON.stringify(record) : describeTrial(record, total, metric));
    }
  } catch (error) {
    if ((error as RsdixError).code !== "ABORTED") throw error;
    fail("ABORTED", `${(error as Error).message} With --resume it goes on after what is in ${exportPath(run)}.`, signal.reason);
  } finally {
    report(0);
  }
  const best = bestOf(trials, mode);
  if (!best) {
    const last = trials.at(-1);
    fail("PROCESS_FAILED", `All ${trials.length} trials failed, the last of them: ${last?.state === "failed" ? last.error : ""}`);
  }
  if (json) return session.print(JSON.stringify({ ...best, type: "best" }));
  const folder = trialFolder(out, best.trial);
  const place = await findLog(folder).then(dirname, () => folder); // what other commands take for a run; an imported trial has none
  session.print(describeBest(best, metric, place));
}

/** Ends a search whose other trials would come to the same. */
function failFor(broken: Error): never {
  if (!(broken instanceof UnknownMetric)) fail("PROCESS_FAILED", broken.message, broken);
  fail(
    "INVALID_ARGUMENT",
    `${broken.message} The search ends here, as other trials would come to the same: give --metric one of these, and another --out.`,
    broken,
  );
}

function exportPath({ out, exportFile }: RunOptions): string {
  return resolve(out, exportFile);
}

async function readText(path: string, signal?: AbortSignal): Promise<string> {
  return (await readGiven(path, { wanted: "the file in it", ...(signal && { signal }) })).toString("utf8");
}

/** The file of trials, and those that are in it or imported. */
async function openTrials(run: RunOptions, space: SearchSpace): Promise<{ log: RunLog; earlier: TrialRecord[] }> {
  const path = exportPath(run);
  const there = await statOf(path);
  const from = there ? path : run.importFile;
  const earlier = from === undefined ? [] : await readTrials(from, space);
  const log = openRunLog(path);
  if (!there) for (const record of earlier) log.write(record);
  return { log, earlier };
}

const statOf = (path: string) => stat(path).catch(() => undefined);

/** Refuses a file of trials that is there, and is not to be gone on with; so a folder that is another search's, which would lose its trials' folders. */
async function checkFree(run: RunOptions): Promise<void> {
  const path = exportPath(run);
  const there = await statOf(path);
  if (there?.isDirectory()) fail("INVALID_ARGUMENT", `${path} is a folder; the trials go to a file.`);
  if (there && !run.resume)
    fail("INVALID_ARGUMENT", `${path} is there already: give --resume to go on after its trials, or another --out.`);
  if (there && run.importFile !== undefined)
    fail("INVALID_ARGUMENT", `${path} is there already, so ${run.importFile} cannot be imported into it: give another --out.`);
  if (!run.resume && (await statOf(join(run.out, SETTINGS_FILE))))
    fail(
      "INVALID_ARGUMENT",
      `${run.out} holds a search already, and a folder holds one: give another --out, or --resume to go on with it.`,
    );
}

/** What search it is; what a command of the grid file's own depends on is not known. */
async function settingsOf(run: Search, { command, script, configFile }: GridFile): Promise<SearchSettings> {
  const { kind, metric, mode, task } = run;
  const drawn = run.kind === "bayes" && { randomState: run.randomState };
  const search = { search: kind, file: relative(run.out, exportPath(run)), ...drawn, metric, mode };
  if (command) return search;
  return { ...search, task: trainedKind(script!, task), config: configFile === undefined ? {} : await readConfig(configFile) };
}

async function readTrials(path: string, space: SearchSpace): Promise<TrialRecord[]> {
  const text = await readText(path);
  try {
    return parseTrials(text, space);
  } catch (error) {
    const { code, message } = error as RsdixError;
    return fail(code, `${path}: ${message}`, error);
  }
}

/** All trials, those of before too: an imported one need not be a point of the grid, whose points are then all to be tried. */
function trialCount(run: SearchRun, { space }: GridFile, earlier: readonly TrialRecord[]): number {
  if (run.kind === "bayes") return Math.max(earlier.length, Math.min(run.nInitPoints + run.nIter, new SpaceCode(space).count));
  const grid = gridCode(space, run.levels);
  const onGrid = earlier.filter(({ parameters }) => "columns" in grid.encode(parameters));
  return earlier.length + grid.count - new Set(onGrid.map(({ parameters }) => grid.key(parameters))).size;
}

/** Before a process is started: whether `fit` will take the points, where it is what trials run. Gives the metric as their validations call it. */
async function checkPoints(run: SearchRun, grid: GridFile, session: CliSession): Promise<string> {
  if (grid.command) return run.metric;
  const kind = trainedKind(grid.script!, run.task);
  const base = grid.configFile === undefined ? {} : await readConfig(grid.configFile);
  const levels = run.kind === "grid" ? run.levels : 2;
  const known = new Set<string>();
  const { refused, of, why } = checkFitPoints(grid, {
    ...{ kind, base, levels, where: run.gridFile },
    onConfig: (config) => {
      for (const name of validationNames(kind, config)) known.add(name);
    },
  });
  const isAll = of === gridCode(grid.space, levels).count; // of too many points some are looked at: the first trial then tells
  const names = [...known].sort();
  const metric = knownAs(run.metric, names);
  if (isAll && !known.has(metric))
    fail(
      "INVALID_ARGUMENT",
      `No validation of these trials has a "${run.metric}": --metric takes ${names.join(", ")}.${suggestion(run.metric, names)}`,
    );
  if (refused > 0) session.note(`${refused} of ${of} points will count as failed. The first: ${why}`);
  return metric;
}

/** How the search stands, for the dashboard. */
function stateOf({ out, metric, mode }: Search, trials: readonly TrialRecord[], { total, running }: { total: number; running: number }) {
  const failed = trials.filter(({ state }) => state === "failed").length;
  return { name: resolve(out), done: trials.length, failed, running, total, metric, mode, best: bestOf(trials, mode)?.value ?? null };
}

function bestOf(trials: readonly TrialRecord[], mode: Mode): DoneTrial | undefined {
  const done = trials.filter((trial): trial is DoneTrial => trial.state === "done");
  const isAsGood = (one: DoneTrial, other: DoneTrial) => (mode === "max" ? one.value >= other.value : one.value <= other.value);
  return done.reduce<DoneTrial | undefined>((best, trial) => (best && isAsGood(best, trial) ? best : trial), undefined);
}

function describeTrial(record: TrialRecord, total: number, metric: string): string {
  const how = record.state === "done" ? `${metric} ${record.value}` : `failed: ${record.error}`;
  return `trial ${record.trial} of ${total}, ${record.seconds.toFixed(1)} s: ${flagsOf(record.parameters).join(" ")}: ${how}`;
}

function describeBest({ trial, value, parameters }: DoneTrial<SearchPoint>, metric: string, folder: string): string {
  return `best: ${metric} ${value} with ${flagsOf(parameters).join(" ")} (trial ${trial}, ${folder})`;
}
