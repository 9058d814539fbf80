import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { startBackend } from "@rsdix/backend";
import { type ImageDataset, openClasses, PROMPT_TEMPLATES, selectSplit } from "@rsdix/data";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { type Command, Option } from "commander";
import { classSpellings } from "../evaluate/class-spellings";
import { addScores, checkScoreFiles, SCORE_TABLES } from "../evaluate/score-files";
import { parseScoreRecords, recordsPath, type ScoreRecord } from "../evaluate/score-records";
import { evaluateZeroShot } from "../evaluate/zero-shot";
import { zeroShotPredictionsTsv, zeroShotScoreRow } from "../evaluate/zero-shot-tables";
import { checkWritable, isSamePath, refuseInputs } from "../output-folder";
import { openCaptions } from "../recipes/open-captions";
import { openImageText } from "../recipes/open-model";
import { findModel, modelName } from "../recipes/run-folder";
import { CLASS_SETS, knownClassSet } from "./class-sets";
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

interface Flags extends ModelFlags, ReadingFlags {
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
  addReadingFlags(addModelFlags(command, "clip"), 64).action((flags: Flags) => {
    refuseIdle(command, {
      ...(flags.template !== undefined && { "with --template": ["--templates"] }),
      ...(flags.checkpoint === undefined && { "without --checkpoint": ["--runs"] }),
    });
    return evalClip(flags, session);
  });
}

async function evalClip(flags: Flags, session: CliSession): Promise<void> {
  const source = await findModel(flags);
  const name = flags.modelBasename ?? modelName(flags, source);
  const scores = join(flags.scoresDir, flags.scoresFile);
  refuseInputs([scores, recordsPath(scores)], [flags.annotationsFile]);
  await checkScoreFiles(scores, SCORE_TABLES.zeroShot);
  await withFiles(await openSet(flags, session), async (dataset) => {
    const { processor, role, annotationsFile, split = "test" } = flags;
    const splits = annotationsFile === undefined ? [] : [split];
    const tables = await predictionTables(flags, { model: name, dataset: dataset.dataset, splits });
    refuseInputs(tables, [annotationsFile]);
    await startBackend(flags.accelerator);
    const given = { ...downloads(session), ...(processor && { processor }), ...(role && { role }) };
    const model = await inFlags(openImageText(source, given));
    try {
      const result = await evaluateZeroShot(model, dataset, {
        ...readingOptions(flags, session),
        templates: flags.template === undefined ? PROMPT_TEMPLATES[flags.templates] : [flags.template],
        onProgress: ({ done, total }) => session.progress(`${done} of ${total} images`),
      });
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
  const all = await inFlags(openClasses(flags.imgsDir, set, { signal, ...skipping }));
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
