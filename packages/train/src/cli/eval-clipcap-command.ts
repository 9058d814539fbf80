import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { type ImageDataset, type Split, selectSplit } from "@rsdix/data";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { type EvaluateResult, evaluate, loadParaphrases, type MetricName } from "@rsdix/metrics";
import { SentenceBert } from "@rsdix/models";
import type { Command } from "commander";
import { addScoreRow } from "../evaluate/add-score-row";
import { captionDataset } from "../evaluate/caption-dataset";
import { captionScoreRow, captionScores } from "../evaluate/caption-scores";
import { type CaptionsFile, parseCaptions, stringifyCaptions } from "../evaluate/captions-file";
import { openData } from "../recipes/open-data";
import { openTrainedCaptioner } from "../recipes/open-evaluation";
import { findModel, modelName } from "../recipes/run-folder";
import { progressLine } from "./progress-line";
import type { CliSession } from "./session";
import { addModelFlags, addReadingFlags, downloads, type ModelFlags, type ReadingFlags, readingOptions, withFiles } from "./shared-options";
import { listOf, positiveNumber, wholeNumber } from "./values";

interface Flags extends ModelFlags, ReadingFlags {
  readonly encoder?: string;
  readonly annotationsFiles?: string[];
  readonly imgDirs?: string[];
  readonly splits: Split[];
  readonly allImages?: boolean;
  readonly seed: number;
  readonly useBeamSearch?: boolean;
  readonly beams: number;
  readonly maxTokens: number;
  readonly metrics: MetricName[];
  readonly sentenceBert: string;
  readonly paraphrases?: string;
  readonly evaluation: boolean;
  readonly exportCaptionsFile?: string;
  readonly importCaptionsFile?: string;
  readonly modelBasename?: string;
  readonly scoresDir: string;
  readonly scoresFile: string;
  readonly json?: boolean;
}

/** The original's: METEOR, SBERT-sim, ROUGE-L, BLEU-1 to -4, SPICE. */
const METRICS: readonly MetricName[] = ["meteor", "sbertSim", "rougeL", "bleu", "spice"];
/** What can be asked for here. */
const KNOWN: readonly string[] = [...METRICS, "ciderD", "spider", "vocab"];
const SPLITS: readonly string[] = ["train", "val", "test"];

/** `eval clipcap`: captions, and what they are worth. */
export function addEvalClipCap(evaluation: Command, session: CliSession): void {
  const command = evaluation
    .command("clipcap")
    .description(
      "Captions images and scores the captions against people's: each image by itself, then the mean, as the published numbers are.",
    );
  addModelFlags(command, "clipcap")
    .option("--encoder <model>", "the image encoder, where the captioner brings none: CLIP or SigLIP")
    .option("--annotations-files <files>", "annotation files, with commas between them", listOf)
    .option("--img-dirs <folders>", "the image folder (or zip file) of each", listOf)
    .option("--splits <names>", "which images: train, val, test", listOf, ["test"])
    .option("--no-splits", "all images of all splits")
    .option("--seed <number>", "where splits are drawn from, when the files have none", wholeNumber, 42)
    .option("--use-beam-search", "beam search; greedy decoding otherwise")
    .option("--beams <number>", "its beams", positiveNumber, 5)
    .option("--max-tokens <number>", "longest caption", positiveNumber, 67)
    .option("--metrics <names>", `of ${KNOWN.join(", ")}`, listOf, [...METRICS])
    .option("--sentence-bert <model>", "the encoder of sbertSim: an id of the hub or a folder", "sentence-transformers/all-MiniLM-L6-v2")
    .option("--paraphrases <file>", "METEOR's paraphrase table, as METEOR's package has it")
    .option("--no-evaluation", "only captions: nothing is scored")
    .option("--export-captions-file <file>", "writes the captions with their references (JSON)")
    .option(
      "--import-captions-file <file>",
      "scores the captions of a file instead: an exported one, the original's too, or captions by file name",
    )
    .option("--model-basename <name>", "what the tables call the model; the model's own name unless told otherwise")
    .option("--scores-dir <folder>", "where the table goes", "eval_results")
    .option("--scores-file <name>", "the table in it", "clip_cap_scores.tsv")
    .option("--json", "prints the scores as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ rsdix eval clipcap --checkpoint last --annotations-files dataset_rsicd.json --img-dirs RSICD_images --use-beam-search",
    );
  addReadingFlags(command, 32).action((flags: Flags & { splits: Split[] | false }) =>
    evalClipCap(flags.splits === false ? { ...flags, splits: [], allImages: true } : flags, session),
  );
}

async function evalClipCap(flags: Flags, session: CliSession): Promise<void> {
  checkFlags(flags);
  const source = flags.importCaptionsFile === undefined ? await findModel(flags) : undefined;
  const name = flags.modelBasename ?? (source === undefined ? undefined : modelName(flags, source));
  const imported = flags.importCaptionsFile === undefined ? undefined : await importCaptions(flags, session);
  const scorer = await openScorer(flags, session); // before captions are made, which would be lost for what it lacks
  try {
    const captions = imported ?? (await makeCaptions(source!, flags, name!, session));
    const model =
      name ??
      captions.model ??
      fail("INVALID_ARGUMENT", `${flags.importCaptionsFile} does not say whose captions these are: give --model-basename.`);
    const { exportCaptionsFile: exported } = flags;
    if (exported !== undefined) await writeFileAtomic(exported, stringifyCaptions({ ...captions, model }));
    const said = { model, images: captions.images.length, ...(exported !== undefined && { captions: exported }) };
    const count = said.images.toLocaleString("en");
    if (!flags.evaluation) return session.print(flags.json ? JSON.stringify(said) : `${count} captions: ${exported}`);
    const result = await scorer.score(captions);
    const scores = captionScores(result);
    const file = join(flags.scoresDir, flags.scoresFile);
    await addScoreRow(file, captionScoreRow(model, scores));
    if (flags.json) return session.print(JSON.stringify({ ...said, scores: Object.fromEntries(scores), file }));
    const lines = scores.map(([metric, value]) => `${metric.padEnd(14)}${value.toFixed(3)}`);
    session.print([`${model}, ${count} images`, ...lines, file].join("\n"));
  } finally {
    scorer.dispose();
  }
}

function checkFlags(flags: Flags): void {
  const { evaluation, exportCaptionsFile, importCaptionsFile, annotationsFiles, imgDirs, splits, useBeamSearch } = flags;
  const wrong = splits.find((split) => !SPLITS.includes(split));
  if (wrong !== undefined) fail("INVALID_ARGUMENT", `--splits takes train, val and test, got ${JSON.stringify(wrong)}.`);
  const metric = flags.metrics.find((name) => !KNOWN.includes(name));
  if (metric !== undefined) fail("INVALID_ARGUMENT", `There is no metric ${JSON.stringify(metric)} here. Known are ${KNOWN.join(", ")}.`);
  if (!evaluation && exportCaptionsFile === undefined)
    fail("INVALID_ARGUMENT", "--no-evaluation needs --export-captions-file: nothing else would be left of the captions.");
  if (importCaptionsFile !== undefined) {
    const idle = Object.entries({
      "--model-pth": flags.modelPth,
      "--checkpoint": flags.checkpoint,
      "--img-dirs": imgDirs,
      "--use-beam-search": useBeamSearch,
    });
    const given = idle.filter(([, value]) => value !== undefined).map(([flag]) => flag);
    if (given.length > 0)
      fail("INVALID_ARGUMENT", `${given.join(", ")} would do nothing with --import-captions-file, whose captions are there already.`);
  } else if (!annotationsFiles || !imgDirs)
    fail("INVALID_ARGUMENT", "--annotations-files and --img-dirs must say which images are captioned.");
}

async function makeCaptions(source: string, flags: Flags, model: string, session: CliSession): Promise<CaptionsFile> {
  const dataset = await openImages(flags, session, flags.imgDirs!);
  return withFiles(dataset, async () => {
    const chosen = { ...dataset, images: chooseImages(dataset, flags) };
    await startBackend(flags.accelerator);
    const { encoder, processor } = flags;
    const { captioner, close } = await openTrainedCaptioner(source, {
      ...downloads(session),
      ...(encoder && { encoder }),
      ...(processor && { processor }),
    });
    try {
      const images: CaptionsFile["images"] = [];
      const decoding = { maxTokens: flags.maxTokens, ...(flags.useBeamSearch && { beams: flags.beams }) };
      const progress = progressLine(session, "images captioned");
      for await (const batch of captionDataset(captioner, chosen, { ...readingOptions(flags, session), decoding })) {
        images.push(...batch.files.map((filename, i) => ({ filename, caption: batch.captions[i]!, references: batch.references[i]! })));
        progress(batch);
      }
      if (images.length === 0) fail("EMPTY_DATA", "No image could be captioned.");
      return { model, images };
    } finally {
      close();
    }
  });
}

/** References come from the annotation files where they are given, else from the captions' own file. */
async function importCaptions(flags: Flags, session: CliSession): Promise<CaptionsFile> {
  const path = flags.importCaptionsFile!;
  const text = await readFile(path, "utf8").catch((error) =>
    fail("FILE_NOT_FOUND", `${path} cannot be read: ${(error as Error).message}`, error),
  );
  const captions = parseCaptions(text, path);
  if (!flags.annotationsFiles) return captions;
  const dataset = await openImages(flags, session, undefined);
  const known = new Map(dataset.images.map(({ filename, sentences }) => [filename, sentences.map(({ raw }) => raw)]));
  const images = captions.images.map((image) => {
    const references =
      known.get(image.filename) ??
      fail("FILE_CORRUPT", `${path} has a caption of ${JSON.stringify(image.filename)}, which no annotation file has.`);
    return { ...image, references };
  });
  return { ...captions, images };
}

function openImages(flags: Flags, session: CliSession, images: readonly string[] | undefined): Promise<ImageDataset> {
  const fields = {
    annotations_files: flags.annotationsFiles!,
    img_dirs: images ? [...images] : undefined,
    additional_test_annotation_files: null,
    split: null,
    train_split_percentage: 80,
    val_split_percentage: 10,
    skip_broken: flags.skipBroken ?? false,
  };
  return openData(fields, { seed: flags.seed, signal: session.signal, onSkip: (message) => session.note(`left out: ${message}`) });
}

function chooseImages(dataset: ImageDataset, { splits, allImages }: Flags) {
  const images = allImages ? dataset.images : splits.flatMap((split) => selectSplit(dataset, split));
  return images.length > 0
    ? images
    : fail("EMPTY_DATA", `There is no image in the split ${splits.join(", ")} of "${dataset.dataset}": --no-splits takes all.`);
}

/** What scores captions, with the models and tables that it needs. */
async function openScorer(
  flags: Flags,
  session: CliSession,
): Promise<{ score(captions: CaptionsFile): Promise<EvaluateResult>; dispose(): void }> {
  const { signal } = session;
  const wanted = flags.evaluation && flags.metrics.includes("sbertSim");
  const paraphrases = flags.paraphrases === undefined ? undefined : await loadParaphrases(flags.paraphrases);
  if (wanted) await startBackend(flags.accelerator);
  const sentenceBert = wanted ? await SentenceBert.fromPretrained(flags.sentenceBert, downloads(session)) : undefined;
  return {
    async score({ images }) {
      const without = images.find(({ references }) => references.length === 0);
      if (without) fail("EMPTY_DATA", `There is no reference for ${JSON.stringify(without.filename)}: give --annotations-files.`);
      return evaluate(
        images.map(({ caption }) => caption),
        images.map(({ references }) => references),
        {
          metrics: flags.metrics,
          profile: "rsdix",
          ...(paraphrases && { paraphrases }),
          ...(sentenceBert && { embed: (texts: readonly string[]) => sentenceBert.embedTexts(texts, { signal }) }),
          signal,
          onProgress: ({ metric, done, total }) => session.progress(`${metric}: ${done} of ${total}`),
        },
      );
    },
    dispose: () => sentenceBert?.dispose(),
  };
}
