import { sentError } from "@rsdix/internal";
import { type PartResources, type PartScorer, type PartsMetric, partScorer } from "./part-scorer";
import type { ScoreReply, ScoreRequest } from "./score-messages";

/** What a worker does: it hears requests and answers each with scores or an error. */
export function serveParts(serve: (hear: (request: ScoreRequest) => void) => Promise<(reply: ScoreReply) => void>): void {
  let resources: PartResources | undefined;
  const scorers = new Map<PartsMetric, Promise<PartScorer>>();
  const replying = serve(async (request) => {
    if ("resources" in request) {
      resources = request.resources;
      return;
    }
    const { id, metric, part } = request;
    const reply = await replying;
    try {
      let scorer = scorers.get(metric);
      if (!scorer) {
        scorer = partScorer(metric, resources!);
        scorers.set(metric, scorer);
      }
      reply({ id, scores: (await scorer)(part) });
    } catch (error) {
      reply({ id, error: sentError(error) });
    }
  });
}
