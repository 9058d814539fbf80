import { ciderDScorer, rougeLScorer } from "#count-ngrams";
import { type BleuScores, bleuOfImages } from "../bleu";
import { mean } from "../mean";
import type { CaptionNgrams } from "../ngrams/caption-ngrams";
import { vocabOf } from "../vocab";
import { type MetricScores, oneScore, type Run } from "./metric";

/** How many images are scored between two looks at the clock. */
const STEP = 64;

export async function scoreBleu(run: Run): Promise<MetricScores> {
  const images = bleuOfImages(run.ngrams());
  await forEachImage(run, images.score);
  const { averages, perImage: each } = images.result(run.average);
  const of = (order: keyof BleuScores) => each.map((image) => image[order]);
  return {
    scores: { ...averages[run.average] },
    perImage: { bleu1: of("bleu1"), bleu2: of("bleu2"), bleu3: of("bleu3"), bleu4: of("bleu4") },
  };
}

export const scoreRougeL = (run: Run): Promise<MetricScores> => scoreImages(run, "rougeL", rougeLScorer);

export const scoreCiderD = (run: Run): Promise<MetricScores> => scoreImages(run, "ciderD", ciderDScorer);

export async function scoreVocab(run: Run): Promise<MetricScores> {
  const { candidates, references, ratio, precision, recall, f1, jaccard, perImage } = vocabOf(run.ngrams());
  await run.step(perImage.length);
  return {
    scores: {
      ...{ vocab: candidates, vocabReferences: references, vocabRatio: ratio },
      ...{ vocabPrecision: precision, vocabRecall: recall, vocabF1: f1, vocabJaccard: jaccard },
    },
    perImage: { vocab: perImage },
  };
}

async function scoreImages(run: Run, name: string, scorer: (ngrams: CaptionNgrams) => (image: number) => number): Promise<MetricScores> {
  const perImage = await forEachImage(run, scorer(run.ngrams()));
  return oneScore(name, mean(perImage), perImage);
}

async function forEachImage<T>(run: Run, score: (image: number) => T): Promise<T[]> {
  const { images } = run.ngrams();
  const results: T[] = [];
  while (results.length < images) {
    for (const end = Math.min(images, results.length + STEP); results.length < end; ) results.push(score(results.length));
    await run.step(results.length);
  }
  return results;
}
