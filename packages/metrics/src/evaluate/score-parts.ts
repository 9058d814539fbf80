import type { Captions } from "./metric";
import { type Part, type PartResources, type PartScorer, type PartScores, type PartsMetric, partScorer } from "./part-scorer";
import type { ScorePool } from "./score-pool";

/** Images that a worker is sent at a time: about a tenth of a second of the slower metric. */
const PART = 64;

/** Scores all images part by part, in the workers of a pool or on this thread; scores are put together in the order of the images. */
export async function scoreParts(
  metric: PartsMetric,
  captions: Captions,
  resources: PartResources,
  pool: ScorePool | undefined,
  step: (done: number) => Promise<void>,
): Promise<PartScores> {
  // On this thread one by one, so that a page can breathe, and stop it, between long captions.
  const size = pool ? PART : 1;
  const scorer: PartScorer | undefined = pool ? undefined : await partScorer(metric, resources);
  const scored: PartScores[] = []; // with holes, which flatMap and reduce pass over
  let next = 0;
  let done = 0;
  /** A pool that was closed by the signal: how far it was is said as elsewhere. */
  const stopped = async (error: { readonly code?: string }): Promise<never> => {
    if (error.code === "ABORTED") await step(done);
    throw error;
  };
  const work = async () => {
    while (next < captions.candidates.length) {
      const first = next;
      next += size;
      const candidates = captions.candidates.slice(first, next);
      const part: Part = { first, candidates, references: captions.references.slice(first, next) };
      scored[first] = pool ? await pool.score(metric, part).catch(stopped) : scorer!(part);
      done += candidates.length;
      await step(done);
    }
  };
  // Two parts a worker, so that it has the next one when one is done.
  await Promise.all(Array.from({ length: pool ? 2 * pool.workers : 1 }, work));
  return {
    perImage: scored.flatMap(({ perImage }) => perImage),
    statistics: scored.reduce<number[]>((sum, { statistics }) => statistics.map((value, i) => value + (sum[i] ?? 0)), []),
  };
}
