import { join } from "node:path";
import { type Split, selectSplit, subsetDataset } from "@rsdix/data";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import {
  checkStudyOptions,
  loadStudyFigure,
  type MetricStudy,
  type MetricStudyOptions,
  metricStudy,
  type PerturbationName,
  STUDY_METRICS,
  STUDY_PERTURBATIONS,
  type StudyMetricName,
  studyCaptionsTsv,
  studyJson,
  studyTsv,
} from "@rsdix/metrics/study";
import { type Command, Option } from "commander";
import { checkFree, makeFolder, refuseInputs } from "../output-folder";
import { CAPTION_FORMS, openCaptions } from "../recipes/open-captions";
import type { CliSession } from "./session";
import { listOf, positiveNumber, resamplesNumber, wholeNumber } from "./values";

interface Flags {
  // Any names until metricStudy, which knows them, has looked at them.
  readonly metrics: StudyMetricName[];
  readonly perturbations: PerturbationName[];
  readonly out: string;
  readonly seed: number;
  readonly limit?: number;
  readonly split?: Split;
  readonly form?: string;
  readonly compareTo?: string;
  readonly against: "original" | "others";
  readonly unit: "image" | "caption";
  readonly resamples: number;
  readonly augMax?: number;
  readonly senses?: number;
  readonly protect: string[];
  readonly reference?: boolean;
  readonly captions?: boolean;
  readonly figure: boolean;
  readonly skip?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** "bleu" is its four orders. */
const METRICS = STUDY_METRICS.filter((name) => !/^bleu\d$/.test(name));

/** `study`: which metric notices when a caption becomes wrong, and does not mind when it only becomes different. */
export function addStudy(program: Command, session: CliSession): void {
  program
    .command("study")
    .description(
      "Changes captions so that they mean the same, and so that they do not, and tells how far each metric falls: robustness and sensitivity, " +
        "with confidence intervals and tests, as study.json, study.tsv and study.svg.",
    )
    .argument("<annotations>", "the annotation file: Karpathy's JSON, NWPU-Captions' JSON, CSV, TSV, JSON lines, S2LCD's XML")
    .option("--metrics <names>", `of ${STUDY_METRICS.join(", ")}`, listOf, METRICS)
    .option("--perturbations <names>", "what is done to captions", listOf, [...STUDY_PERTURBATIONS])
    .option("--out <folder>", "where the files go; it is made where it is not there", "study")
    .option("--seed <number>", "where all draws come from", wholeNumber, 42)
    .option("--limit <images>", "takes so many of the images only, drawn by the seed", positiveNumber)
    .addOption(
      new Option("--split <name>", "takes the images of one split only; a table without splits is drawn 80/10/10, by file names").choices([
        "train",
        "val",
        "test",
      ]),
    )
    .addOption(new Option("--form <name>", "the file's form, where its name does not tell").choices(CAPTION_FORMS))
    .option("--compare-to <metric>", "the metric that the others are compared with; the last unless told otherwise")
    .addOption(
      new Option("--against <what>", "what a changed caption is scored against").choices(["original", "others"]).default("original"),
    )
    .addOption(new Option("--unit <what>", "what the tests take for one observation").choices(["image", "caption"]).default("image"))
    .option("--resamples <number>", "how often the bootstrap draws, 100 to 100,000", resamplesNumber, 2000)
    .option("--aug-max <words>", '"synonyms" replaces at most so many words (10)', positiveNumber)
    .option("--senses <number>", "only so many senses of a word have synonyms, commonest first (all)", positiveNumber)
    .option("--protect <words>", "words and phrases that no synonym replaces; the set's classes are added", listOf, ["near", "next"])
    .option("--reference", "adds the original study's numbers, computed as it does, with its faults")
    .option("--captions", "writes every caption with its scores too, as captions.tsv")
    .option("--no-figure", "draws no figure, which needs the packages vega and vega-lite")
    .option("--skip", "leaves out what is wrong in the annotation, and names it")
    .option("--force", "replaces files that are there")
    .option("--json", "prints the study as JSON in place of the table")
    .addHelpText("after", "\nExample:\n  $ rsdix study dataset_rsicd.json --split test --metrics bleu,rougeL --out rsicd-study")
    .action((annotations: string, flags: Flags) => study(annotations, flags, session));
}

async function study(annotations: string, flags: Flags, session: CliSession): Promise<void> {
  const { out, seed, limit, split, form, captions, figure, skip, force, json, protect, augMax, senses, ...rest } = flags;
  const { signal } = session;
  const synonyms = {
    protectedWords: protect,
    ...(augMax !== undefined && { augMax }),
    ...(senses !== undefined && { senses }),
  };
  const options: MetricStudyOptions = {
    ...{ ...rest, synonyms, seed, signal },
    onProgress: ({ done, total, metric, perturbation }) => session.progress(`${done} of ${total}: ${metric}, ${perturbation}`),
  };
  checkStudyOptions(options); // before the annotation is read, which may take long or be wrong too
  const files = ["study.json", "study.tsv", ...(captions ? ["captions.tsv"] : []), ...(figure ? ["study.svg"] : [])];
  await checkFree(out, files, force ?? false);
  refuseInputs(
    files.map((name) => join(out, name)),
    { files: [annotations] },
  );
  const draw = figure ? await figureDrawer() : undefined;

  const onSkip = (message: string) => session.note(`left out: ${message}`);
  const set = await openCaptions(annotations, { signal, ...(form && { form }), ...(skip && { onSkip }) });
  const chosen = split ? { ...set, images: selectSplit(set, split) } : set;
  if (chosen.images.length === 0) fail("EMPTY_DATA", `${annotations} has no image in the split "${split}".`);
  const { images } = limit === undefined ? chosen : subsetDataset(chosen, { count: limit, seed });

  const result = await metricStudy(
    images.map(({ sentences }) => sentences.map(({ raw }) => raw)),
    { ...options, synonyms: { ...synonyms, protectedWords: [...protect, ...(set.classes ?? [])] } },
  );
  session.clear();

  const texts: Record<string, string> = { "study.json": studyJson(result), "study.tsv": studyTsv(result) };
  if (captions) texts["captions.tsv"] = studyCaptionsTsv(result);
  if (draw) texts["study.svg"] = await draw(result);
  await makeFolder(out); // only now: a command that is refused or stopped leaves nothing
  for (const name of files) await writeFileAtomic(join(out, name), texts[name]!);
  if (json) return session.print(texts["study.json"]!.trimEnd());
  session.print(`${table(result)}\n${files.map((name) => join(out, name)).join(", ")}`);
}

/** Without vega: said before anything is scored, as is how to do without it. */
function figureDrawer(): ReturnType<typeof loadStudyFigure> {
  return loadStudyFigure().catch((error: Error) => fail("MISSING_DEPENDENCY", `${error.message} Or leave it out with --no-figure.`, error));
}

/** Robustness and sensitivity of each metric, with their intervals. */
function table({ metrics, images, captions, settings }: MetricStudy): string {
  const number = (value: number | null) => (value === null ? "-" : value.toFixed(3));
  const shown = ({ value, low, high }: { value: number | null; low: number | null; high: number | null }) =>
    `${number(value)} [${number(low)}, ${number(high)}]`;
  const rows = metrics.map(({ metric, robustness, sensitivity }) => [metric, shown(robustness), shown(sensitivity)]);
  const all = [["metric", "robustness", "sensitivity"], ...rows];
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  const what = `${images.toLocaleString("en")} images, ${captions.toLocaleString("en")} captions, ${settings.level * 100} % intervals`;
  return [...lines, what].join("\n");
}
