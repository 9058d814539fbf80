import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { startBackend } from "@rsdix/backend";
import { PROMPT_TEMPLATES, type Split } from "@rsdix/data";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import type { Clip, Siglip } from "@rsdix/models";
import { type Command, Option } from "commander";
import { addScores, checkScoreFiles, SCORE_TABLES } from "../evaluate/score-files";
import { parseScoreRecords, recordsPath, type ScoreRecord } from "../evaluate/score-records";
import { evaluateZeroShot, type ZeroShotResult, zeroShotClassifier } from "../evaluate/zero-shot";
import { isPredictionsTsv, zeroShotPredictionsTsv, zeroShotScoreRow } from "../evaluate/zero-shot-tables";
import { checkWritable, isSamePath, refuseForeign, refuseInputs } from "../output-folder";
import { openImageText } from "../recipes/open-model";
import { findModel, modelName } from "../recipes/run-folder";
import { embedTask } from "../shards/embed-shard";
import { scoredTask } from "../shards/scored-shard";
import type { ShardTask } from "../shards/shard-task";
import { CLASS_SETS } from "./class-sets";
import {
  type ArchivedSet,
  archivedLabels,
  type ClipSetFlags,
  type ListedSet,
  listedLabels,
  openArchivedSet,
  openListedSet,
} from "./eval-clip-set";
import { addPartsFlags, checkEngine, checkPartsFlags, inParts, isPart, type PartsFlags, refuseRunOutputs } from "./eval-parts";
import { inFlags } from "./flag-words";
import { refuseIdle } from "./idle-flags";
import type { CliSession } from "./session";
import { addModelFlags, addReadingFlags, downloads, type ModelFlags, readingOptions, roleFlag, withFiles } from "./shared-options";
import { fileWithin } from "./values";

interface Flags extends ModelFlags, ClipSetFlags, PartsFlags {
  readonly role?: "student" | "teacher";
  readonly templates: keyof typeof PROMPT_TEMPLATES;
  readonly template?: string;
  readonly modelBasename?: string;
  readonly scoresDir: string;
  readonly scoresFile: string;
  readonly force?: boolean;
}

/** Those that are checked beside others. */
interface CheckedFlags extends PartsFlags, Partial<Pick<Flags, "imgsDir" | "annotationsFile" | "template">> {
  readonly checkpoint?: string | undefined;
}

/** `eval clip`: zero-shot classification. */
export function addEvalClip(evaluate: Command, session: CliSession): void {
  const command = evaluate.command("clip");
  command
    .description(
      "Zero-shot classification of a class set: accuracy at 1, 2, 3, 5 and 10. Adds a row to the table of models and a record with the set's name to the .jsonl beside it, and writes a row an image. Archives (--shards) say their images' classes. Flags may be written as the original writes them (--model_pth).",
    )
    .option("--imgs-dir <folder>", "the images: a folder a class, or class_number.ext; a folder or a zip file")
    .addOption(roleFlag())
    .option("--annotations-file <file>", "takes only the images that this annotation file puts into the split")
    .option("--dataset <name>", `the class set, whose classes are then known: ${CLASS_SETS.join(", ")}; folders' names otherwise`)
    .addOption(
      new Option("--split <name>", "of the annotation file (test); of archives, takes only the images that they put into it").choices([
        "train",
        "val",
        "test",
      ]),
    )
    .addOption(new Option("--templates <set>", "the prompts").choices(Object.keys(PROMPT_TEMPLATES)).default("rsdix"))
    .option("--template <prompt>", 'one prompt of your own in their place, with "{class}"')
    .option("--model-basename <name>", "what the tables call the model; the model's own name unless told otherwise")
    .option("--scores-dir <folder>", "where the tables go", "eval_results")
    .option("--scores-file <name>", "the table of models in it", fileWithin("--scores-dir"), "scores.tsv")
    .option("--force", "replaces tables of predictions that are something else")
    .option("--json", "prints the scores as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ rsdix eval clip --checkpoint last --imgs-dir EuroSAT_RGB --dataset eurosat-rgb\n" +
        "  $ rsdix eval clip --checkpoint last --shards 'tiles-{000..099}.tar' --parts-path tiles-parts --jobs 2",
    );
  addPartsFlags(addReadingFlags(addModelFlags(command, "clip"), 64)).action((flags: Flags) => {
    checkClipFlags(flags, command);
    return evalClip(flags, session);
  });
}

/** Refuses flags that do not go together. */
export function checkClipFlags(flags: CheckedFlags, command: Command): void {
  const { imgsDir, annotationsFile, template, checkpoint } = flags;
  const images = { flag: "--imgs-dir", isGiven: imgsDir !== undefined, annotations: "--annotations-file", files: [annotationsFile] };
  checkPartsFlags(flags, command, { ...images, beside: ["--annotations-file"] });
  if (template !== undefined && !template.includes("{class}"))
    fail("INVALID_ARGUMENT", `--template needs "{class}" where the class's name goes, got ${JSON.stringify(template)}.`);
  refuseIdle(command, {
    ...(template !== undefined && { "with --template": ["--templates"] }),
    ...(checkpoint === undefined && { "without --checkpoint": ["--runs"] }),
  });
}

async function evalClip(flags: Flags, session: CliSession): Promise<void> {
  await checkEngine(flags);
  const source = await findModel(flags);
  if (isPart(flags)) return doPart(source, flags, session);
  const scores = join(flags.scoresDir, flags.scoresFile);
  const outputs = [scores, recordsPath(scores)];
  await refuseRunOutputs(flags, outputs);
  refuseInputs(outputs, inputsOf(flags, source));
  await checkScoreFiles(scores, SCORE_TABLES.zeroShot);
  if (flags.shards !== undefined) return score(await openArchivedSet(flags, session), source, flags, session);
  await withFiles(await openListedSet(flags, session), (set) => score(set, source, flags, session));
}

async function score(set: ListedSet | ArchivedSet, source: string, flags: Flags, session: CliSession): Promise<void> {
  const name = flags.modelBasename ?? modelName(flags, source);
  const { dataset } = set;
  const splits = splitsOf(flags);
  const tables = await predictionTables(flags, source, { model: name, dataset, splits });
  const classified = await withModel(source, flags, session, (model) => classify(model, set, source, flags, session));
  if (!classified) return; // others do the images
  const { result, spellings } = classified;
  const said = { model: name, dataset, images: result.files.length, accuracy: result.accuracy };
  const scores = join(flags.scoresDir, flags.scoresFile);
  const files = { scores, records: recordsPath(scores), predictions: tables[1]! };
  const found = { model: name, dataset, ...(splits.length > 0 && { splits }), images: said.images };
  const byName = Object.fromEntries(Object.entries(result.accuracy).map(([k, value]) => [`score@${k}`, value]));
  try {
    await addScores(scores, { ...found, scores: byName, row: zeroShotScoreRow(name, result) });
    const predictions = zeroShotPredictionsTsv(result, { spellings });
    for (const path of tables) await writeFileAtomic(path, predictions);
  } catch (error) {
    session.print(flags.json ? JSON.stringify(said) : table(said)); // what was found is not lost with the files
    throw error;
  }
  session.print(flags.json ? JSON.stringify({ ...said, ...files }) : `${table(said)}\n${Object.values(files).join(", ")}`);
}

/** The splits that are scored; none where all images are. */
function splitsOf({ shards, annotationsFile, split }: Flags): Split[] {
  if (shards === undefined) return annotationsFile === undefined ? [] : [split ?? "test"];
  return split === undefined ? [] : [split];
}

async function withModel<T>(source: string, flags: Flags, session: CliSession, use: (model: Clip | Siglip) => Promise<T>): Promise<T> {
  const model = await openModel(source, flags, session);
  try {
    return await use(model);
  } finally {
    model.dispose();
  }
}

async function openModel(source: string, { accelerator, processor, role }: Flags, session: CliSession): Promise<Clip | Siglip> {
  await startBackend(accelerator);
  return inFlags(openImageText(source, { ...downloads(session), ...(processor && { processor }), ...(role && { role }) }));
}

/** Classifies the images, at once or in shards or parts, whose embeddings are kept; undefined where others do these. */
async function classify(
  model: Clip | Siglip,
  set: ListedSet | ArchivedSet,
  source: string,
  flags: Flags,
  session: CliSession,
): Promise<{ result: ZeroShotResult; spellings: readonly string[] } | undefined> {
  const templates = flags.template === undefined ? PROMPT_TEMPLATES[flags.templates] : [flags.template];
  const listed = "files" in set ? set : undefined;
  if (listed && flags.parts === undefined) {
    const onProgress = ({ done, total }: { done: number; total: number }) => session.progress(`${done} of ${total} images`);
    const result = await evaluateZeroShot(model, listed, { ...readingOptions(flags, session), templates, onProgress });
    return { result, spellings: listed.spellings };
  }
  if (listed && !listed.classes) fail("EMPTY_DATA", `The data set "${listed.dataset}" has no classes: each image needs a label.`);
  const classifierOf = (by: Clip | Siglip, classes: readonly string[]) =>
    zeroShotClassifier(by, classes, { templates, signal: session.signal });
  const ready = set.classes && (await classifierOf(model, set.classes)); // what is wrong with prompts is said first
  const results = await inParts(flags, session, listed, async () => taskOf(model, flags));
  if (!results) return undefined;
  const { classes, spellings, rows, files, labels } = listed
    ? listedLabels(listed, results.rows)
    : archivedLabels(set as ArchivedSet, results, flags, session);
  // Which frees the model.
  const classifier = ready ?? (await withModel(source, flags, session, (again) => classifierOf(again, classes)));
  const dim = (rows[0]!.values.embedding as Float32Array).length;
  const embeddings = new Float32Array(rows.length * dim);
  for (const [i, { values }] of rows.entries()) embeddings.set(values.embedding as Float32Array, i * dim);
  return { result: classifier({ files, labels, embeddings }), spellings };
}

/** What is done in shards or parts: as `rsdix embed` does it, and of archives with each image's class. */
function taskOf(model: Clip | Siglip, { shards, split, batchSize, numWorkers: workers }: Flags): ShardTask {
  const task = embedTask(model, { batchSize, workers, normalize: false });
  return shards === undefined ? task : scoredTask(task, { truth: "label", splits: split && [split] });
}

/** Does shards or parts that others score. */
async function doPart(source: string, flags: Flags, session: CliSession): Promise<void> {
  const task = async () => taskOf(await openModel(source, flags, session), flags);
  if (flags.shards !== undefined) return void (await inParts(flags, session, undefined, task));
  await withFiles(await openListedSet(flags, session), async (set) => void (await inParts(flags, session, set, task)));
}

/** Whose predictions a file holds. */
type Evaluated = Pick<ScoreRecord, "model" | "dataset" | "splits">;

/** The original's table of an image a row, which holds the model's latest evaluation, and one of this set's own, which the next set leaves alone. */
async function predictionTables(flags: Flags, source: string, evaluated: Evaluated): Promise<string[]> {
  const { scoresDir, scoresFile, force } = flags;
  const scores = resolve(scoresDir, scoresFile);
  const paths = predictionFiles(evaluated).map((name) => join(scoresDir, name));
  const same = paths.find((path) => isSamePath(path, scores));
  if (same) fail("INVALID_ARGUMENT", `${same} would hold both scores and predictions: give another --scores-file or --model-basename.`);
  for (const path of paths) await checkWritable(path);
  await refuseRunOutputs(flags, paths);
  refuseInputs(paths, inputsOf(flags, source));
  for (const path of paths) await refuseForeign(path, { force, isOurs: isPredictionsTsv, wanted: "a table of predictions" });
  await checkNotOthers(recordsPath(scores), evaluated);
  return paths;
}

/** What is read. */
const inputsOf = ({ annotationsFile, imgsDir, processor }: Flags, source: string) => ({
  ...{ files: [annotationsFile], images: [imgsDir] },
  models: [source, processor],
});

/** The names of an evaluation's files: "m.tsv" and "m.set.split.tsv". */
function predictionFiles({ model, dataset = "", splits = [] }: Evaluated): [latest: string, own: string] {
  return [`${fileName(model)}.tsv`, `${[model, dataset, ...splits].map(fileName).join(".")}.tsv`];
}

/** Dots part the names in a file's name and may be in them: model "m" on the set "a.b" is written as model "m.a" on "b" is, which must not be lost. */
async function checkNotOthers(records: string, evaluated: Evaluated): Promise<void> {
  const text = await readFile(records, "utf8").catch((cause: NodeJS.ErrnoException) =>
    cause.code === "ENOENT" ? "" : fail("FILE_NOT_FOUND", `${records} cannot be read: ${cause.message}.`, cause),
  );
  const keyOf = ({ model, dataset, splits = [] }: Evaluated) => JSON.stringify([model, dataset, splits]);
  const [latest, own] = predictionFiles(evaluated);
  for (const other of parseScoreRecords(text, records)) {
    const [otherLatest, otherOwn] = predictionFiles(other);
    const shared = [
      keyOf(other) !== keyOf(evaluated) && isSameName(own, otherOwn) && own,
      other.model !== evaluated.model && isSameName(latest, otherLatest) && latest,
      isSameName(own, otherLatest) && own,
      isSameName(latest, otherOwn) && latest,
    ].find((name) => name !== false);
    if (shared === undefined) continue;
    const whose = `${other.model} on ${[other.dataset ?? "a set without a name", ...(other.splits ?? [])].join(", ")}`;
    fail("INVALID_ARGUMENT", `${shared} would replace the predictions of ${whose}: give another --model-basename or --scores-dir.`);
  }
}

/** As for systems to which letters' case makes no difference. */
const isSameName = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** A model's or a set's name, without what some system's file names can't hold. */
const fileName = (name: string) => name.replaceAll(/[\\/:*?"<>|\p{Cc}]+/gu, "_");

function table(said: { model: string; dataset: string; images: number; accuracy: Record<number, number> }): string {
  const lines = Object.entries(said.accuracy).map(([k, value]) => `${`top-${k}`.padEnd(8)}${(100 * value).toFixed(2)} %`);
  return [`${said.model} on ${said.dataset}, ${said.images.toLocaleString("en")} images, zero-shot`, ...lines].join("\n");
}
