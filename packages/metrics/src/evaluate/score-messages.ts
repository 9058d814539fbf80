import type { SentError, WorkerHandle } from "@rsdix/internal";
import type { Part, PartResources, PartScores, PartsMetric } from "./part-scorer";

/** To a worker: first what the metrics need, then part after part. */
export type ScoreRequest =
  | { readonly resources: PartResources }
  | { readonly id: number; readonly metric: PartsMetric; readonly part: Part };

/** From a worker: the scores of a part, or why there are none. */
export type ScoreReply = { readonly id: number; readonly scores: PartScores } | { readonly id: number; readonly error: SentError };

/** A started worker. */
export type ScoreWorkerHandle = WorkerHandle<ScoreRequest, ScoreReply>;
