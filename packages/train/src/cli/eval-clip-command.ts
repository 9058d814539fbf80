import { basename, join, resolve } from "node:path";
import { startBackend } from "@rsdix/backend";
import { type ImageDataset, openClasses, PROMPT_TEMPLATES, selectSplit } from "@rsdix/data";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { type Command, Option } from "commander";
import { addScoreRow } from "../evaluate/add-score-row";
import { evaluateZeroShot } from "../evaluate/zero-shot";
import { zeroShotPredictionsTsv, zeroShotScoreRow } from "../evaluate/zero-shot-tables";
import { openCaptions } from "../recipes/open-captions";
import { openImageText } from "../recipes/open-model";
import { findModel, modelName } from "../recipes/run-folder";
import { CLASS_SETS, knownClassSet } from "./class-sets";
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
      "Zero-shot classification of a class set: accuracy at 1, 2, 3, 5 and 10, a row an image and a row a model. Flags may be written as the original writes them (--model_pth).",
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
  addReadingFlags(addModelFlags(command, "clip"), 64).action((flags: Flags) => evalClip(flags, session));
}

async function evalClip(flags: Flags, session: CliSession): Promise<void> {
  const source = await findModel(flags);
  const name = flags.modelBasename ?? modelName(flags, source);
  await withFiles(await openSet(flags, session), async (dataset) => {
    await startBackend(flags.accelerator);
    const { processor, role } = flags;
    const model = await openImageText(source, { ...downloads(session), ...(processor && { processor }), ...(role && { role }) });
    try {
      const result = await evaluateZeroShot(model, dataset, {
        ...readingOptions(flags, session),
        templates: flags.template === undefined ? PROMPT_TEMPLATES[flags.templates] : [flags.template],
        onProgress: ({ done, total }) => session.progress(`${done} of ${total} images`),
      });
      const scores = join(flags.scoresDir, flags.scoresFile);
      const predictions = join(flags.scoresDir, `${fileName(name)}.${fileName(dataset.dataset)}.tsv`);
      await addScoreRow(scores, zeroShotScoreRow(name, result));
      await writeFileAtomic(predictions, zeroShotPredictionsTsv(result));
      const said = { model: name, dataset: dataset.dataset, images: result.files.length, accuracy: result.accuracy, scores, predictions };
      session.print(flags.json ? JSON.stringify(said) : table(said));
    } finally {
      model.dispose();
    }
  });
}

async function openSet(flags: Flags, session: CliSession): Promise<ImageDataset> {
  const { signal } = session;
  const set = flags.dataset === undefined ? basename(resolve(flags.imgsDir)).replace(/\.zip$/i, "") : knownClassSet(flags.dataset);
  const skipping = flags.skipBroken && {
    onError: "skip" as const,
    onSkip: ({ message }: { message: string }) => session.note(`left out: ${message}`),
  };
  const opened = await openClasses(flags.imgsDir, set, { signal, ...skipping });
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

const fileName = (name: string) => name.replaceAll(/[^\w.@+-]+/g, "_");

function table({
  model,
  dataset,
  images,
  accuracy,
  scores,
  predictions,
}: {
  model: string;
  dataset: string;
  images: number;
  accuracy: Record<number, number>;
  scores: string;
  predictions: string;
}): string {
  const lines = Object.entries(accuracy).map(([k, value]) => `${`top-${k}`.padEnd(8)}${(100 * value).toFixed(2)} %`);
  return [`${model} on ${dataset}, ${images.toLocaleString("en")} images, zero-shot`, ...lines, `${scores}, ${predictions}`].join("\n");
}
