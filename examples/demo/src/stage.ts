import type { FitRecord } from "@rsdix/train";

/** The training runs of the demo, in order; the two fine-tunings run at once. */
export type Stage = "pretrain" | "infonce" | "distilled" | "captioner";

/** A record of a run with the stage it belongs to: a line of `run.jsonl`. */
export type StageRecord = FitRecord & { stage: Stage };

/** Where a stage's records go. */
export type OnRecord = (record: StageRecord) => void;
