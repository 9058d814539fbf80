import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { startBackend } from "@rsdix/backend";
import { type ImageDataset, openClasses, PROMPT_TEMPLATES, selectSplit } from "@rsdix/data";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import type { Clip, Siglip } from "@rsdix/models";
import { type Command, Option } from "commander";
import { classSpellings } from "../evaluate/class-spellings";
import { addScores, checkScoreFiles, SCORE_TABLES } from "../evaluate/score-files";
import { parseScoreRecords, recordsPath, type ScoreRecord } from "../evaluate/score-records";
import { evaluateZeroShot, type ZeroShotResult, zeroShotClassifier } from "../evaluate/zero-shot";
import { zeroShotPredictionsTsv, zeroShotScoreRow } from "../evaluate/zero-shot-tables";
import { checkWritable, isSamePath, refuseInputs } from "../output-folder";
import { openAllFiles } from "../recipes/open-all-files";
import { widthOf } from "../recipes/open-captioner";
import { openCaptions } from "../recipes/open-captions";
import { openImageText } from "../recipes/open-model";
import { findModel, modelName } from "../recipes/run-folder";
import { embedTask } from "../shards/embed-shard";
import { CLASS_SETS, knownClassSet } from "./class-sets";
import { addPartsFlags, checkPartsFlags, inParts, type PartsFlags } from "./eval-parts";
import { inFlags } from "./flag-words";
import { refuseIdle } from "./idle-flags";
import type { CliSession } from "./session";
import {
  addModelFlags,
  addReadingFlags,
  downloads,
  type ModelFlags,
  type ReadingFlags,
  readingOptions,
  roleFlag,
  withFiles,
} from "./shared-options";

interface Flags extends ModelFlags, ReadingFlags, PartsFlags {
  readonly role?: "student" | "teacher";
  readonly imgsDir: string;
  readonly annotationsFile?: string;
  readonly dataset?: string;
  readonly split?: "train" | "val" | "test";
  readonly templates: keyof typeof PROMPT_TEMPLATES;
  readonly template?: string;
  readonly modelBasename?: string;
  readonly scoresDir: string;
  readonly scoresFile: string;
  readonly json?: boolean;
}

/** `eval clip`: zero-shot classification. */
export function addEvalClip(evaluate: Command, session: CliSession): void {
  const command = evaluate.command("clip");
  command
    .description(
      "Zero-shot classification of a class set: accuracy at 1, 2, 3, 5 and 10. Adds a row to the table of models and a record with the set's name to the .jsonl beside it, and writes a row an image. Flags may be written as the original writes them (--model_pth).",
    )
    .requiredOption("--imgs-dir <folder>", "the images: a folder a class, or class_number.ext; a folder or a zip file")
    .addOption(roleFlag())
    .option("--annotations-file <file>", "takes only the images that this annotation file puts into the split")
    .option("--dataset <name>", `the class set, whose classes are then known: ${CLASS_SETS.join(", ")}; folders' names otherwise`)
    .addOption(new Option("--split <name>", "of the annotation file (test)").choices(["train", "val", "test"]))
    .addOption(new Option("--templates <set>", "the prompts").choices(Object.keys(PROMPT_TEMPLATES)).default("rsdix"))
    .option("--template <prompt>", 'one prompt of your own in their place, with "{class}"')
    .option("--model-basename <name>", "what the tables call the model; the model's own name unless told otherwise")
    .option("--scores-dir <folder>", "where the tables go", "eval_results")
    .option("--scores-file <name>", "the table of models in it", "scores.tsv")
    .option("--json", "prints the scores as JSON")
    .addHelpText("after", "\nExample:\n  $ rsdix eval clip --checkpoint last --imgs-dir EuroSAT_RGB --dataset eurosat-rgb");
  addPartsFlags(addReadingFlags(addModelFlags(command, "clip"), 64)).action((flags: Flags) => {
    checkPartsFlags(flags, command, "--annotations-file", [flags.annotationsFile]);
    refuseIdle(command, {
      ...(flags.template !== undefined && { "with --template": ["--templates"] }),
      ...(flags.checkpoint === undefined && { "without --checkpoint": ["--runs"] }),
    });
    return evalClip(flags, session);
  });
}

async function evalClip(flags: Flags, session: CliSession): Promise<void> {
  const source = await findModel(flags);
  if (flags.serveShards) return serve(source, flags, session);
  const name = flags.modelBasename ?? modelName(flags, source);
  const scores = join(flags.scoresDir, flags.scoresFile);
  refuseInputs([scores, recordsPath(scores)], [flags.annotationsFile]);
  await checkScoreFiles(scores, SCORE_TABLES.zeroShot);
  await withFiles(await openSet(flags, session), async (dataset) => {
    const { annotationsFile, split = "test" } = flags;
    const splits = annotationsFile === undefined ? [] : [split];
    const tables = await predictionTables(flags, { model: name, dataset: dataset.dataset, splits });
    refuseInputs(tables, [annotationsFile]);
    const model = await openModel(source, flags, session);
    try {
      const result = await classify(model, dataset, flags, session);
      const said = { model: name, dataset: dataset.dataset, images: result.files.length, accuracy: result.accuracy };
      const files = { scores, records: recordsPath(scores), predictions: tables[1]! };
      const found = { model: name, dataset: dataset.dataset, ...(splits.length > 0 && { splits }), images: said.images };
      const byName = Object.fromEntries(Object.entries(result.accuracy).map(([k, value]) => [`score@${k}`, value]));
      try {
        await addScores(scores, { ...found, scores: byName, row: zeroShotScoreRow(name, result) });
        const predictions = zeroShotPredictionsTsv(result, { spellings: dataset.spellings });
        for (const path of tables) await writeFileAtomic(path, predictions);
      } catch (error) {
        session.print(flags.json ? JSON.stringify(said) : table(said)); // what was found is not lost with the files
        throw error;
      }
      session.print(flags.json ? JSON.stringify({ ...said, ...files }) : `${table(said)}\n${Object.values(files).join(", ")}`);
    } finally {
      model.dispose();
    }
  });
}

async function openModel(source: string, { accelerator, processor, role }: Flags, session: CliSession): Promise<Clip | Siglip> {
  await startBackend(accelerator);
  return inFlags(openImageText(source, { ...downloads(session), ...(processor && { processor }), ...(role && { role }) }));
}

/** Classifies the images, at once or in parts, whose embeddings are kept. */
async function classify(model: Clip | Siglip, dataset: ImageDataset, flags: Flags, session: CliSession): Promise<ZeroShotResult> {
  const templates = flags.template === undefined ? PROMPT_TEMPLATES[flags.templates] : [flags.template];
  if (flags.parts === undefined) {
    const onProgress = ({ done, total }: { done: number; total: number }) => session.progress(`${done} of ${total} images`);
    return evaluateZeroShot(model, dataset, { ...readingOptions(flags, session), templates, onProgress });
  }
  const { classes = fail("EMPTY_DATA", `The data set "${dataset.dataset}" has no classes: each image needs a label.`), images } = dataset;
  const classifier = await zeroShotClassifier(model, classes, { templates, signal: session.signal }); // what is wrong with prompts is said first
  const rows = (await inParts(flags, session, dataset, partsOf(model, flags)))!;
  const labels = new Map(images.map(({ filename, label }) => [filename, classes.indexOf(label!)]));
  const dim = widthOf(model);
  const embeddings = new Float32Array(rows.length * dim);
  for (const [i, { values }] of rows.entries()) embeddings.set(values.embedding as Float32Array, i * dim);
  return classifier({ files: rows.map(({ file }) => file), labels: rows.map(({ file }) => labels.get(file)!), embeddings });
}

/** What is done in parts: as `rsdix embed --parts` does it. */
const partsOf =
  (model: Clip | Siglip, { batchSize, numWorkers: workers }: Flags) =>
  async () =>
    embedTask(model, { batchSize, workers, normalize: false });

/** Does parts that another process asks for. */
async function serve(source: string, flags: Flags, session: CliSession): Promise<void> {
  await withFiles(await openSet(flags, session), async (dataset) => {
    await inParts(flags, session, dataset, async () => partsOf(await openModel(source, flags, session), flags)());
  });
}

/** Whose predictions a file holds. */
type Evaluated = Pick<ScoreRecord, "model" | "dataset" | "splits">;

/** The original's table of an image a row, which holds the model's latest evaluation, and one of this set's own, which the next set leaves alone. */
async function predictionTables({ scoresDir, scoresFile }: Flags, evaluated: Evaluated): Promise<string[]> {
  const scores = resolve(scoresDir, scoresFile);
  const paths = predictionFiles(evaluated).map((name) => join(scoresDir, name));
  const same = paths.find((path) => isSamePath(path, scores));
  if (same) fail("INVALID_ARGUMENT", `${same} would hold both scores and predictions: give another --scores-file or --model-basename.`);
  for (const path of paths) await checkWritable(path);
  await checkNotOthers(recordsPath(scores), evaluated);
  return paths;
}

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

async function openSet(flags: Flags, session: CliSession): Promise<ImageDataset & { spellings: string[] }> {
  const { signal } = session;
  const set = flags.dataset === undefined ? basename(resolve(flags.imgsDir)).replace(/\.zip$/i, "") : knownClassSet(flags.dataset);
  const skipping = flags.skipBroken && {
    onError: "skip" as const,
    onSkip: ({ message }: { message: string }) => session.note(`left out: ${message}`),
  };
  const noting = !flags.serveShards && { onNote: (text: string) => session.note(text) }; // once, not by each process of a pool
  const files = await inFlags(openAllFiles(flags.imgsDir, { signal, ...noting }));
  const all = await inFlags(openClasses(files, set, { signal, ...skipping })).catch(async (error) => {
    await files.close();
    throw error;
  });
  const opened = { ...all, spellings: classSpellings(all) }; // before images are chosen, as some classes may then have none
  if (flags.annotationsFile === undefined) {
    if (flags.split) fail("INVALID_ARGUMENT", "--split is a split of --annotations-file, which is not given.");
    return opened;
  }
  const split = flags.split ?? "test";
  const noted = selectSplit(await openCaptions(flags.annotationsFile, { signal }), split);
  const wanted = new Set(noted.map(({ filename }) => filename.split("/").at(-1)!));
  const images = opened.images.filter(({ filename }) => wanted.has(filename.split("/").at(-1)!));
  if (images.length > 0) return { ...opened, images };
  await opened.files.close();
  return fail(
    "EMPTY_DATA",
    `None of the ${opened.images.length} images of ${flags.imgsDir} is in the split "${split}" of ${flags.annotationsFile}.`,
  );
}

/** A model's or a set's name, without what some system's file names can't hold. */
const fileName = (name: string) => name.replaceAll(/[\\/:*?"<>|\p{Cc}]+/gu, "_");

function table(said: { model: string; dataset: string; images: number; accuracy: Record<number, number> }): string {
  const lines = Object.entries(said.accuracy).map(([k, value]) => `${`top-${k}`.padEnd(8)}${(100 * value).toFixed(2)} %`);
  return [`${said.model} on ${said.dataset}, ${said.images.toLocaleString("en")} images, zero-shot`, ...lines].join("\n");
}
