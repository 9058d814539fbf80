import { clipScore } from "../clip-score";
import { Tally } from "../distinct-batches";
import { collect, errorProbabilities, penalise, readFluencyOptions } from "../fluency";
import { mean } from "../mean";
import { refClipScore } from "../ref-clip-score";
import { sbertSim } from "../sbert-sim";
import { type MetricScores, oneScore, type Run } from "./metric";

export async function scoreSbertSim(run: Run): Promise<MetricScores> {
  const { candidates, references } = run.written;
  const result = await sbertSim(candidates, references, { embed: run.options.embed!, ...batches(run) });
  return oneScore("sbertSim", result.sbertSim, result.perImage);
}

export const scoreFense = (run: Run): Promise<MetricScores> => fluent(run, "fense", "sbertSim");

export const scoreSpiderFl = (run: Run): Promise<MetricScores> => fluent(run, "spiderFl", "spider");

export async function scoreClip(run: Run): Promise<MetricScores> {
  const { images, embedImages, embedTexts } = run.options;
  const options = { embedImages: embedImages!, embedTexts: embedTexts!, ...batches(run) };
  const result = await clipScore(run.written.candidates, images!, options);
  return oneScore("clipScore", result.clipScore, result.perImage);
}

export async function scoreRefClip(run: Run): Promise<MetricScores> {
  const { images, embedImages, embedTexts } = run.options;
  const options = { embedImages: embedImages!, embedTexts: embedTexts!, ...batches(run) };
  const result = await refClipScore(run.written.candidates, run.written.references, images!, options);
  return oneScore("refClipScore", result.refClipScore, result.perImage);
}

/** A metric's scores, of which a caption that isn't fluent keeps a part. */
async function fluent(run: Run, name: string, metric: string): Promise<MetricScores> {
  const whole = (await run.of(metric)).perImage[metric]!;
  const { batchSize = 64, ...settings } = batches(run);
  const errors = errorProbabilities(
    run.written.candidates,
    run.options.fluencyErrors!,
    { batchSize, ...settings },
    new Tally(settings, name),
  );
  const { perImage } = penalise(whole, await collect(errors), readFluencyOptions({}));
  return oneScore(name, mean(perImage), perImage);
}

function batches(run: Run) {
  const { batchSize, signal } = run.options;
  return {
    ...(batchSize !== undefined && { batchSize }),
    ...(signal && { signal }),
    onProgress: ({ done, total }: { done: number; total: number }) => run.progress(done, total),
  };
}
