import type { Split } from "@rsdix/data";
import { fail } from "@rsdix/internal";
import type { MetricName } from "@rsdix/metrics";
import { type Command, Option } from "commander";
import { type AskedMetrics, askedMetrics } from "../evaluate/asked-metrics";
import { addPartsFlags, checkPartsFlags, PARTS_FLAGS, type PartsFlags } from "./eval-parts";
import { refuseIdle } from "./idle-flags";
import { addModelFlags, addReadingFlags, type ModelFlags, type ReadingFlags } from "./shared-options";
import { fileWithin, listsOf, positiveNumber, wholeNumber } from "./values";

/** What `eval clipcap` takes. */
export interface ClipCapFlags extends ModelFlags, ReadingFlags, PartsFlags {
  readonly encoder?: string;
  readonly annotationsFiles?: string[];
  readonly imgDirs?: string[];
  /** false: all images of all splits. */
  readonly splits: Split[] | false;
  readonly seed: number;
  readonly useBeamSearch?: boolean;
  readonly beams: number;
  readonly maxTokens?: number;
  readonly metrics: string[];
  readonly sentenceBert: string;
  readonly paraphrases?: string;
  readonly evaluation: boolean;
  readonly exportCaptionsFile?: string;
  readonly exportLayout: "evaluation" | "inference";
  readonly importCaptionsFile?: string;
  readonly modelBasename?: string;
  readonly scoresDir: string;
  readonly scoresFile: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** The original's: METEOR, SBERT-sim, ROUGE-L, BLEU-1 to -4, SPICE. */
const METRICS: readonly MetricName[] = ["meteor", "sbertSim", "rougeL", "bleu", "spice"];
/** The encoder of all published SBERT-sim scores, the original's too; all-MiniLM-L6-v2 is that of SBS-MSE alone. */
const PUBLISHED_SENTENCE_BERT = "sentence-transformers/paraphrase-TinyBERT-L6-v2";
/** What can be asked for here. */
const KNOWN: readonly MetricName[] = [...METRICS, "ciderD", "spider", "vocab"];
const SPLITS: readonly Split[] = ["train", "val", "test"];
const TEST: readonly Split[] = ["test"];

/** Adds the flags. */
export function addClipCapFlags(command: Command): void {
  addModelFlags(command, "clipcap")
    .option("--encoder <model>", "the image encoder, where the captioner brings none: CLIP or SigLIP")
    .option("--annotations-files <files...>", "annotation files, with commas or blanks between them", listsOf())
    .option("--img-dirs <folders...>", "the image folder (or zip file) of each", listsOf())
    .option(
      "--splits <names...>",
      "which images: train, val, test; of archives, those that they put into these",
      listsOf(TEST),
      TEST as string[],
    )
    .option("--no-splits", "all images of all splits")
    .option("--seed <number>", "where splits are drawn from, when the files have none", wholeNumber, 42)
    .option("--use-beam-search", "beam search; greedy decoding otherwise")
    .option("--beams <number>", "its beams", positiveNumber, 5)
    .option("--max-tokens <tokens>", "longest caption (67, or what GPT-2's context leaves)", positiveNumber)
    .option(
      "--metrics <names...>",
      `of ${KNOWN.join(", ")}, bleu1 to bleu4; as the original spells them, too (rouge_l)`,
      listsOf(METRICS),
      METRICS as string[],
    )
    .option("--sentence-bert <model>", "the encoder of sbertSim: an id of the hub or a folder", PUBLISHED_SENTENCE_BERT)
    .option("--paraphrases <file>", "METEOR's paraphrase table, as METEOR's package has it")
    .option("--no-evaluation", "only captions: nothing is scored")
    .option("--export-captions-file <file>", "writes the captions (JSON)")
    .addOption(
      new Option(
        "--export-layout <layout>",
        "how: as the original's evaluation, with references and the model's name, or as its inference, captions by file name",
      )
        .choices(["evaluation", "inference"])
        .default("evaluation"),
    )
    .option(
      "--import-captions-file <file>",
      "scores the captions of a file instead: an exported one, the original's too, or captions by file name",
    )
    .option("--model-basename <name>", "what the tables call the model; the model's own name unless told otherwise")
    .option("--scores-dir <folder>", "where the table goes", "eval_results")
    .option("--scores-file <name>", "the table in it", fileWithin("--scores-dir"), "clip_cap_scores.tsv")
    .option("--force", "replaces an --export-captions-file that is something else than captions")
    .option("--json", "prints the scores as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  $ rsdix eval clipcap --checkpoint last --annotations-files dataset_rsicd.json --img-dirs RSICD_images --use-beam-search",
    );
  addPartsFlags(addReadingFlags(command, 32));
}

/** The metrics that are asked for. */
export function metricsOf({ metrics }: Pick<ClipCapFlags, "metrics">): AskedMetrics {
  return askedMetrics(metrics, KNOWN, (name) => `There is no metric ${name} here. Known are ${KNOWN.join(", ")}.`);
}

/** Refuses flags that do not go together. */
export function checkClipCapFlags(flags: ClipCapFlags, command: Command): void {
  const { evaluation, exportCaptionsFile, importCaptionsFile, annotationsFiles, imgDirs, splits, useBeamSearch, checkpoint } = flags;
  const wrong = splits === false ? undefined : splits.find((split) => !SPLITS.includes(split));
  if (wrong !== undefined) fail("INVALID_ARGUMENT", `--splits takes train, val and test, got ${JSON.stringify(wrong)}.`);
  const metrics = metricsOf(flags).names;
  if (!evaluation && exportCaptionsFile === undefined)
    fail("INVALID_ARGUMENT", "--no-evaluation needs --export-captions-file: nothing else would be left of the captions.");
  const imported = importCaptionsFile !== undefined;
  const scores = (metric: MetricName) => evaluation && metrics.includes(metric);
  refuseIdle(command, {
    ...(imported && { "with --import-captions-file, whose captions are there already": MAKING }),
    ...(imported && !annotationsFiles && { "with --import-captions-file and without --annotations-files": ["--skip-broken"] }),
    ...(imported && !scores("sbertSim") && { "with --import-captions-file and without sbertSim": ["--accelerator"] }),
    ...(!imported && !useBeamSearch && { "without --use-beam-search": ["--beams"] }),
    ...(!imported && checkpoint === undefined && { "without --checkpoint": ["--runs"] }),
    ...(!imported && splits === false && { "with --no-splits": ["--seed"] }),
    ...(!evaluation && { "with --no-evaluation": ["--metrics", "--sentence-bert", "--paraphrases", "--scores-dir", "--scores-file"] }),
    ...(evaluation && !scores("sbertSim") && { "without sbertSim among the metrics": ["--sentence-bert"] }),
    ...(evaluation && !scores("meteor") && { "without meteor among the metrics": ["--paraphrases"] }),
    ...(exportCaptionsFile === undefined && { "without --export-captions-file": ["--export-layout", "--force"] }),
  });
  if (imported) return;
  if (!flags.shards && !(annotationsFiles && imgDirs))
    fail("INVALID_ARGUMENT", "--annotations-files and --img-dirs must say which images are captioned, or --shards archives.");
  const images = { flag: "--img-dirs", isGiven: imgDirs !== undefined, annotations: "--annotations-files", files: annotationsFiles ?? [] };
  checkPartsFlags(flags, command, { ...images, beside: ["--annotations-files", "--seed"] });
  if (annotationsFiles && imgDirs && annotationsFiles.length !== imgDirs.length)
    fail(
      "INVALID_ARGUMENT",
      `Each annotation file needs the folder of its images: got ${annotationsFiles.length} --annotations-files and ${imgDirs.length} --img-dirs.`,
    );
}

/** Flags that say how captions are made. */
const MAKING: readonly string[] = [
  ...["--model-pth", "--checkpoint", "--runs", "--processor", "--encoder", "--img-dirs", "--splits", "--no-splits", "--seed"],
  ...["--use-beam-search", "--beams", "--max-tokens", "--batch-size", "--num-workers"],
  ...PARTS_FLAGS,
];
