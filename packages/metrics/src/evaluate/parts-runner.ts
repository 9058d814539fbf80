import type { Captions } from "./metric";
import type { EvaluateOptions } from "./options";
import type { PartResources, PartScores, PartsMetric } from "./part-scorer";
import type { ScorePool } from "./score-pool";

/** Scores image by image what can be scored so, with threads that are started when the first metric needs them. */
export function partsRunner(captions: Captions, { wordnet, paraphrases }: EvaluateOptions, workers: number) {
  let pool: Promise<ScorePool> | undefined;
  let loaded: Promise<PartResources> | undefined;

  const resources = async (): Promise<PartResources> => {
    const { platform } = await import("#assets");
    // Texts, as addresses can't be sent to a worker.
    const parser = platform.spiceParserUrl.href;
    const from = wordnet instanceof URL ? wordnet.href : (wordnet ?? platform.wordNetUrl.href);
    if (paraphrases === undefined) return { wordnet: from, parser };
    if (workers === 0) return { wordnet: from, parser, paraphrases };
    const { saveParaphrases } = await import("../meteor/paraphrases/paraphrases");
    return { wordnet: from, parser, paraphrases: saveParaphrases(paraphrases) };
  };
  const startPool = async (given: PartResources) => (await import("./score-pool")).scorePool(workers, given);

  return {
    async score(metric: PartsMetric, step: (done: number) => Promise<void>): Promise<PartScores> {
      loaded ??= resources();
      const given = await loaded;
      if (workers > 0) pool ??= startPool(given);
      const { scoreParts } = await import("./score-parts");
      return scoreParts(metric, captions, given, await pool, step);
    },
    /** Ends the threads, if any were started. */
    async close(): Promise<void> {
      await (await pool?.catch(() => undefined))?.close();
    },
  };
}
