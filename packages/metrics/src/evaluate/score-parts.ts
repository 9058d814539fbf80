import type { Captions } from "./metric";
import { type Part, type PartResources, type PartScorer, type PartScores, type PartsMetric, partScorer } from "./part-scorer";
import type { ScorePool } from "./score-pool";

/** Images that are scored at a time: about a tenth of a second of the slower metric. */
const PART = 64;

/** Fewer where captions are long: METEOR's time can grow with a candidate's length times that of its references. Of ordinary ones 64 have a tenth of it. */
const PART_COST = 10_000_000;

/** Scores all images part by part, in the workers of a pool or on this thread; scores are put together in the order of the images. */
export async function scoreParts(
  metric: PartsMetric,
  captions: Captions,
  resources: PartResources,
  pool: ScorePool | undefined,
  step: (done: number) => Promise<void>,
): Promise<PartScores> {
  const starts = partStarts(captions);
  const part = (own: number): Part => {
    const [first, end] = [starts[own]!, starts[own + 1]];
    return { first, candidates: captions.candidates.slice(first, end), references: captions.references.slice(first, end) };
  };
  const scorer: PartScorer | undefined = pool ? undefined : await partScorer(metric, resources);
  const scored: PartScores[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < starts.length) {
      const own = next++;
      const images = part(own);
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

/** Where each part begins. */
function partStarts({ candidates, references }: Captions): number[] {
  const starts: number[] = [];
  let cost = 0;
  for (let image = 0; image < candidates.length; image++) {
    const own = candidates[image]!.length * references[image]!.reduce((sum, { length }) => sum + length, 0);
    if (image === 0 || image - starts.at(-1)! === PART || cost + own > PART_COST) {
      starts.push(image);
      cost = 0;
    }
    cost += own;
  }
  return starts;
}
