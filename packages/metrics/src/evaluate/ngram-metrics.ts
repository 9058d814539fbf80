import { allOrders, type BleuScores, meanOf } from "../bleu";
import { type BleuCounts, MAX_ORDER } from "../bleu-formula";
import { mean } from "../mean";
import { bleuCounter } from "../ngrams/bleu-counts";
import type { CaptionNgrams } from "../ngrams/caption-ngrams";
import { ciderDScorer } from "../ngrams/cider-d-score";
import { rougeLScorer } from "../ngrams/rouge-l-score";
import { vocabOf } from "../vocab";
import { type MetricScores, oneScore, type Run } from "./metric";

/** How many images are scored between two looks at the clock. */
const STEP = 64;

export async function scoreBleu(run: Run): Promise<MetricScores> {
  const countsOf = bleuCounter(run.ngrams());
  const total: BleuCounts = { correct: [0, 0, 0, 0], guess: [0, 0, 0, 0], candidateLength: 0, referenceLength: 0 };
  const each = await forEachImage(run, (image) => {
    const counts = countsOf(image);
    for (let k = 0; k < MAX_ORDER; k++) {
      total.correct[k]! += counts.correct[k]!;
      total.guess[k]! += counts.guess[k]!;
    }
    total.candidateLength += counts.candidateLength;
    total.referenceLength += counts.referenceLength;
    return allOrders(counts);
  });
  const scores: BleuScores = run.average === "image" ? meanOf(each) : allOrders(total);
  const of = (order: keyof BleuScores) => each.map((image) => image[order]);
  return { scores: { ...scores }, perImage: { bleu1: of("bleu1"), bleu2: of("bleu2"), bleu3: of("bleu3"), bleu4: of("bleu4") } };
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
