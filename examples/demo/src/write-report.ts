import type { BackendInfo } from "@rsdix/backend";
import { writeFileAtomic } from "@rsdix/data/node";
import { topK } from "@rsdix/metrics/retrieval";
import type { StepRecord } from "@rsdix/train";
import { stringify } from "yaml";
import { type DemoData, demoSplit, LABELS } from "./demo-data";
import type { Evaluation } from "./evaluate";
import type { Folders } from "./folders";
import type { ReportPatch, ReportSearch } from "./report/report-data";
import { writeHtmlReport } from "./report/write-html-report";
import type { Settings } from "./settings";
import type { Stage } from "./stage";
import type { CaptionScores, ClipScores, Summary } from "./summary";

/** What the report is made of. */
interface ReportInput {
  settings: Settings;
  data: DemoData;
  evaluation: Evaluation;
  backend: BackendInfo;
  records: Record<string, unknown>[];
  /** When the run began, on the clock of `performance.now()`. */
  began: number;
}

/**
 * Writes `index.html`, `scores.tsv`, `predictions.tsv`, `config.yaml` and, last, `summary.json`.
 *
 * @param folders where
 * @param input what
 * @returns the summary
 */
export async function writeReport(folders: Folders, input: ReportInput): Promise<Summary> {
  const { settings, data, evaluation, records } = input;
  const summary = summarize(input);
  const stepsOf = (stage: Stage) => records.filter((record) => record.stage === stage && record.type === "step") as unknown as StepRecord[];
  const patches = reportPatches(evaluation);
  await writeFileAtomic(folders.file("config.yaml"), stringify(settings));
  await writeFileAtomic(folders.file("scores.tsv"), scoresTable(summary));
  await writeFileAtomic(folders.file("predictions.tsv"), predictionsTable(patches));
  await writeHtmlReport(folders.file("index.html"), {
    summary,
    settings,
    splits: LABELS.map((label, i) => {
      const count = (split: "train" | "val" | "test") => demoSplit(data, split).labels.filter((other) => other === i).length;
      return { label, train: count("train"), val: count("val"), test: count("test") };
    }),
    curves: {
      pretrain: stepsOf("pretrain"),
      infonce: stepsOf("infonce"),
      distilled: stepsOf("distilled"),
      captioner: stepsOf("captioner"),
    },
    confusion: evaluation.confusion,
    patches,
    search: searchExamples(evaluation, settings.clip.embedDim),
  });
  await writeFileAtomic(folders.file("summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

function summarize({ data, evaluation, backend, began }: ReportInput): Summary {
  const { baselines, clip, captionScores } = evaluation;
  return {
    backend: backend.name,
    threads: backend.threads ?? null,
    seconds: (performance.now() - began) / 1000,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024, // of the whole process, worker threads included
    patches: data.records.length,
    testPatches: evaluation.test.records.length,
    classes: [...LABELS],
    chanceTop1: 1 / LABELS.length,
    baselines,
    clip: clip.distilled.scores,
    infoNceOnly: clip.infonce.scores,
    pretrained: clip.pretrain.scores,
    captioner: captionScores.beam,
    captionerGreedy: captionScores.greedy,
    mostFrequentCaption: captionScores.mostFrequent,
    bestFixedCaption: captionScores.bestFixed,
  };
}

function reportPatches({ test, clip, captions }: Evaluation): ReportPatch[] {
  const { probabilities } = clip.distilled;
  return test.records.map((record, i) => ({
    filename: record.filename,
    image: test.images[i]!,
    lat: Number(record.extra?.lat),
    lon: Number(record.extra?.lon),
    label: record.label!,
    references: test.captions[i]!,
    classes: LABELS.map((label, c) => ({ label, probability: probabilities[i * LABELS.length + c]! })).sort(
      (a, b) => b.probability - a.probability,
    ),
    caption: captions.beam[i]!,
    greedyCaption: captions.greedy[i]!,
  }));
}

/** Six examples in each direction, evenly spread over the test patches. */
function searchExamples({ test, clip }: Evaluation, dim: number): ReportSearch {
  const { imageEmbeddings, textEmbeddings } = clip.distilled;
  const texts = test.captions.flatMap((captions, patch) => captions.map((caption) => ({ caption, patch })));
  const examples = Array.from({ length: 6 }, (_, i) => Math.floor(((i + 0.5) * test.records.length) / 6));
  const row = (embeddings: Float32Array, i: number) => embeddings.subarray(i * dim, (i + 1) * dim);
  return {
    captionsOfPatch: examples.map((patch) => ({
      patch,
      hits: topK(row(imageEmbeddings, patch), textEmbeddings, 5).map(({ index, score }) => {
        const { caption, patch: owner } = texts[index]!;
        return { caption, score, own: owner === patch };
      }),
    })),
    patchesOfCaption: examples.map((patch) => {
      const text = texts.findIndex((entry) => entry.patch === patch);
      const hits = topK(row(textEmbeddings, text), imageEmbeddings, 5).map(({ index, score }) => ({ patch: index, score }));
      return { caption: texts[text]!.caption, patch, hits };
    }),
  };
}

const tsv = (rows: (string | number)[][]) => rows.map((row) => `${row.join("\t")}\n`).join("");

/** A row a model, as the original's tables. */
function scoresTable(summary: Summary): string {
  const clips = { distilled: summary.clip, infonce: summary.infoNceOnly, pretrained: summary.pretrained };
  const captions = {
    "captioner-beam": summary.captioner,
    "captioner-greedy": summary.captionerGreedy,
    "best-fixed-caption": summary.bestFixedCaption,
    "most-frequent-caption": summary.mostFrequentCaption,
  };
  const clipRows = Object.entries(clips).flatMap(([model, scores]) =>
    Object.entries(scores satisfies ClipScores).map(([metric, value]) => [model, metric, (value as number).toFixed(3)]),
  );
  const captionRows = Object.entries(captions).flatMap(([model, scores]) =>
    flatten(scores).map(([metric, value]) => [model, metric, value.toFixed(3)]),
  );
  const baselineRows = Object.entries({ ...summary.baselines, chance: summary.chanceTop1 }).map(([model, top1]) => [
    model,
    "top1",
    top1.toFixed(3),
  ]);
  return tsv([["model", "metric", "value"], ...clipRows, ...baselineRows, ...captionRows]);
}

function flatten({ corpus, bleu1, bleu2, bleu3, bleu4, rougeL, namesClass }: CaptionScores): [string, number][] {
  const images = Object.entries({ bleu1, bleu2, bleu3, bleu4, rougeL, namesClass });
  return [...images, ...Object.entries(corpus).map(([metric, value]): [string, number] => [`corpus.${metric}`, value])];
}

/** A row a patch: file, label, then the likeliest classes with their probabilities, as the original's zero-shot evaluation writes. */
function predictionsTable(patches: ReportPatch[]): string {
  return tsv(
    patches.map(({ filename, label, classes }) => [
      filename,
      label,
      ...classes.slice(0, 10).flatMap((entry) => [entry.label, entry.probability.toFixed(5)]),
    ]),
  );
}
