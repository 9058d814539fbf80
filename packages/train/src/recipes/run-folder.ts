import { mkdir, readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolders, realPath, writeFileAtomic } from "@rsdix/data/node";
import { fail, type RsdixError } from "@rsdix/internal";
import { kindOfConfig } from "../config/config-kind";
import { printConfig } from "../config/load-config";
import { readConfig } from "../config/read-config";
import { isSamePath } from "../output-folder";
import { textThere } from "../read-file";
import { shellWord } from "../shell-word";

/** The files of a run's folder. */
export const RUN_FILES = {
  config: "config.yaml",
  log: "log.jsonl",
  checkpoints: "checkpoints",
  model: "model",
  report: "report.html",
  lock: "lock",
} as const;

/** In the folder of all runs, the name of the newest. */
const LAST = "last";

/** The path of a file of a run. */
export const inRun = (run: string, file: keyof typeof RUN_FILES) => join(run, RUN_FILES[file]);

/** A run that was just made. */
export interface NewRun {
  /** Its folder. */
  readonly folder: string;
  /**
   * Takes it away again, as one that was refused before it began, with the folder of runs where there was none, and lets "last" be what it was, unless
   * another run has begun meanwhile.
   */
  readonly forget: () => Promise<void>;
}

/**
 * Makes the folder of a new run, numbered after those that are there, and remembers it as the last.
 *
 * @param root - the folder of all runs.
 * @param kind - what is trained: the folder's name begins so.
 * @param config - written into it.
 * @throws RsdixError WRITE_FAILED; nothing is left of the run then.
 */
export async function newRun(root: string, kind: string, config: object): Promise<NewRun> {
  const undo = await undoing(root);
  let made: string | undefined;
  try {
    await makeFolders(root);
    for (let number = (await highest(root, kind)) + 1; made === undefined; number++) made = await makeRun(join(root, `${kind}-${number}`));
    const folder = made;
    await writeFileAtomic(inRun(folder, "config"), printConfig(config));
    await rememberLast(folder, [root]);
    return { folder, forget: () => undo(folder) };
  } catch (error) {
    await undo(made).catch(() => undefined); // what is told is why it could not be made
    if ((error as RsdixError).name === "RsdixError") throw error;
    return fail("WRITE_FAILED", `A run's folder cannot be made in ${root}: ${(error as Error).message}`, error);
  }
}

/**
 * The folder of a run that a user names: its path, its name in the folder of all runs, or "last".
 *
 * @param rootFlag - what says where all runs lie.
 * @throws RsdixError FILE_NOT_FOUND.
 */
export async function findRun(name: string, root: string, rootFlag = "--runs"): Promise<string> {
  const last = name === LAST ? await lastRun(root, rootFlag) : undefined;
  const places = last === undefined ? [name, join(root, name)] : [last];
  for (const place of places) if (await isFile(inRun(place, "config"))) return place;
  const looked = places.map((place) => resolve(place)).join(" and ");
  return fail(
    "FILE_NOT_FOUND",
    `There is no run ${JSON.stringify(name)}: looked for ${RUN_FILES.config} in ${looked}.${await runsInWords(places[0]!)}`,
  );
}

/** " It holds runs: ..." of a folder of runs that was given in place of one, such as a trial's of a search; "" of any other. */
export async function runsInWords(folder: string): Promise<string> {
  const names = (await readdir(folder).catch(() => [])).sort();
  const isRun = await Promise.all(names.map((name) => isFile(inRun(join(folder, name), "config"))));
  const runs = names.filter((_, i) => isRun[i]).map((name) => join(folder, name));
  if (runs.length === 0) return "";
  return ` It holds runs: give one of them, ${runs.slice(0, MAX_NAMED).join(", ")}${runs.length > MAX_NAMED ? ", ..." : ""}.`;
}

/** Runs that a message names. */
const MAX_NAMED = 5;

/**
 * Makes a run the last one of the folder of runs that it lies in, and of the one that a link to it lies in: one that the command knows, or where there is a
 * last run already. What lies beside a run anywhere else, such as a copy, is not ours: another file "last" stays.
 *
 * @throws RsdixError WRITE_FAILED of the first of them that takes no file, when the others have it.
 */
export async function rememberLast(run: string, roots: readonly string[]): Promise<void> {
  const [place, named] = [realPath(run), resolve(run)];
  const places = isSamePath(dirname(place), dirname(named)) ? [place] : [place, named]; // of two names in one folder its own
  const failures: unknown[] = [];
  for (const each of places) {
    const folder = dirname(each);
    if (!roots.some((root) => isSamePath(root, folder)) && !(await namesRun(folder))) continue;
    await writeFileAtomic(join(folder, LAST), `${basename(each)}\n`).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/** Whether a folder's file "last" is ours: the name of a run that lies there, or did. */
async function namesRun(folder: string): Promise<boolean> {
  const text = await textThere(join(folder, LAST), "a run's name").catch(() => undefined);
  const name = text?.trim();
  if (!name || name !== basename(name)) return false;
  return /^(clip|clipcap)-\d+$/.test(name) || isFile(inRun(join(folder, name), "config"));
}

/** Makes a run's folder; none where it is there. Another run may take the number at the same moment: who makes the folder has it. */
async function makeRun(run: string): Promise<string | undefined> {
  return mkdir(run).then(
    () => run,
    (error: NodeJS.ErrnoException) => (error.code === "EEXIST" ? undefined : Promise.reject(error)),
  );
}

/** What undoes `newRun`, to be asked for before it. */
async function undoing(root: string): Promise<(run: string | undefined) => Promise<void>> {
  const last = join(root, LAST);
  const read = () => readFile(last, "utf8").catch(() => undefined);
  const wasThere = await stat(root).then(
    () => true,
    () => false,
  );
  const before = await read();
  return async (run) => {
    if (run !== undefined) {
      await rm(run, { recursive: true, force: true }); // first: on a full disk it makes room for the rest
      if ((await read())?.trim() === basename(resolve(run)))
        await (before === undefined ? rm(last, { force: true }) : writeFileAtomic(last, before));
    }
    if (!wasThere) await rmdir(root).catch(() => undefined); // another run may be in it by now
  };
}

/** The run that was begun, or gone on with, last. */
export async function lastRun(root: string, rootFlag = "--runs"): Promise<string> {
  const text = await readFile(join(root, LAST), "utf8").catch(() =>
    fail(
      "FILE_NOT_FOUND",
      `There is no last run in ${resolve(root)}: give a run's folder, or ${rootFlag} with the folder that runs lie in.`,
    ),
  );
  const name = text.trim();
  if (name === "" || name !== basename(name)) fail("FILE_CORRUPT", `${join(root, LAST)} must hold the name of a run's folder.`);
  return join(root, name);
}

async function highest(root: string, kind: string): Promise<number> {
  const numbers = (await readdir(root)).map((name) => (name.startsWith(`${kind}-`) ? Number(name.slice(kind.length + 1)) : 0));
  return Math.max(0, ...numbers.filter(Number.isSafeInteger));
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** Refuses a command that names no model, or two. */
export function checkModelNamed({ modelPth, checkpoint }: { modelPth?: string | undefined; checkpoint?: string | undefined }): void {
  if ((modelPth === undefined) === (checkpoint === undefined)) {
    fail("INVALID_ARGUMENT", `Either --model-pth or --checkpoint must name the model, got ${modelPth === undefined ? "neither" : "both"}.`);
  }
}

/** The model that flags name: a source of its own, or the one of a run. */
export async function findModel({ modelPth, checkpoint, runs }: { modelPth?: string; checkpoint?: string; runs: string }): Promise<string> {
  checkModelNamed({ modelPth, checkpoint });
  if (modelPth !== undefined) return modelPth;
  const run = await findRun(checkpoint!, runs);
  const model = inRun(run, "model");
  if (await stat(model).catch(() => undefined)) return model;
  const kind = kindOfConfig(await readConfig(inRun(run, "config")).catch(() => ({}))) ?? "clip, or fit clipcap,";
  return fail(
    "FILE_NOT_FOUND",
    `${checkpoint} has no model yet: its run has not ended. Go on with it: rsdix fit ${kind} --resume ${shellWord(run)}`,
  );
}

/** What tables call a model: the name of its run, folder or file. */
export function modelName({ checkpoint }: { checkpoint?: string }, source: string): string {
  const path = checkpoint === undefined ? source : resolve(source, "..");
  return (path.split(/[\\/]/).filter(Boolean).at(-1) ?? path).replace(/\.(safetensors|ckpt|pt|bin|pth)$/i, "");
}
