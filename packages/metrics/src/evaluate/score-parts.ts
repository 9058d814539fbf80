import type { Captions } from "./metric";
import { type PartResources, type PartScorer, type PartScores, type PartsMetric, partScorer } from "./part-scorer";
import type { ScorePool } from "./score-pool";

/** Images that are scored at a time: about a tenth of a second of the slower metric. */
const PART = 64;

/** Scores all images part by part, in the workers of a pool or on this thread; scores are put together in the order of the images. */
export async function scoreParts(
  metric: PartsMetric,
  captions: Captions,
  resources: PartResources,
  pool: ScorePool | undefined,
  step: (done: number) => Promise<void>,
): Promise<PartScores> {
  const starts = Array.from({ length: Math.ceil(captions.candidates.length / PART) }, (_, i) => i * PART);
  const part = (start: number): Captions => ({
    candidates: captions.candidates.slice(start, start + PART),
    references: captions.references.slice(start, start + PART),
  });
  const scorer: PartScorer | undefined = pool ? undefined : await partScorer(metric, resources);
  const scored: PartScores[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < starts.length) {
      const own = next++;
      const images = part(starts[own]!);
      scored[own] = pool ? await pool.score(metric, images) : scorer!(images);
      done += images.candidates.length;
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
