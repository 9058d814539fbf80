import { platform } from "#assets";
import { saveParaphrases } from "../meteor/paraphrases/paraphrases";
import type { Captions } from "./metric";
import type { EvaluateOptions } from "./options";
import type { PartResources, PartScores, PartsMetric } from "./part-scorer";
import { scoreParts } from "./score-parts";
import { type ScorePool, scorePool } from "./score-pool";

/** What {@link partsRunner} makes. */
export type PartsRunner = ReturnType<typeof partsRunner>;

/** Scores image by image what can be scored so, with threads that are started when the first metric needs them. */
export function partsRunner(captions: Captions, { wordnet, paraphrases, signal }: EvaluateOptions, workers: number) {
  let pool: Promise<ScorePool> | undefined;
  let loaded: PartResources | undefined;

  const resources = (): PartResources => {
    // Texts, as addresses can't be sent to a worker.
    const parser = platform.spiceParserUrl.href;
    const from = wordnet instanceof URL ? wordnet.href : (wordnet ?? platform.wordNetUrl.href);
    if (paraphrases === undefined) return { wordnet: from, parser };
    return { wordnet: from, parser, paraphrases: workers > 0 ? saveParaphrases(paraphrases) : paraphrases };
  };

  return {
    async score(metric: PartsMetric, step: (done: number) => Promise<void>): Promise<PartScores> {
      loaded ??= resources();
      if (workers > 0) pool ??= scorePool(workers, loaded);
      const started = await pool;
      const stop = () => void started?.close(); // what the threads have in hand fails at once
      signal?.addEventListener("abort", stop);
      if (signal?.aborted) stop();
      try {
        return await scoreParts(metric, captions, loaded, started, step);
      } finally {
        signal?.removeEventListener("abort", stop);
      }
    },
    /** Ends the threads, if any were started. */
    async close(): Promise<void> {
      await (await pool?.catch(() => undefined))?.close();
    },
  };
}
