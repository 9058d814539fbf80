import type { Part, PartResources, PartScores, PartsMetric } from "./part-scorer";

/** To a worker: first what the metrics need, then part after part. */
export type ScoreRequest =
  | { readonly resources: PartResources }
  | { readonly id: number; readonly metric: PartsMetric; readonly part: Part };

/** From a worker: the scores of a part, or why there are none. */
export type ScoreReply =
  | { readonly id: number; readonly scores: PartScores }
  | { readonly id: number; readonly error: { readonly code?: string; readonly message: string; readonly stack?: string } };

/** A started worker. */
export interface ScoreWorkerHandle {
  post(message: ScoreRequest): void;
  /** `onFailure` is called at most once, also when the worker ends by itself, but not after `terminate`. */
  listen(onMessage: (message: ScoreReply) => void, onFailure: (reason: unknown) => void): void;
  /** Returns when the worker has ended. */
  terminate(): Promise<void>;
}
