import { createHash } from "node:crypto";
import type { FitRecord } from "@rsdix/train";
import type { DemoData } from "./demo-data";
import type { Settings } from "./settings";

/** The training runs of the demo, in order; the two fine-tunings run at once. */
export type Stage = "pretrain" | "infonce" | "distilled" | "captioner";

/** A record of a run with the stage it belongs to: a line of `run.jsonl`. */
export type StageRecord = FitRecord & { stage: Stage };

/** Where a stage's records go. */
export type OnRecord = (record: StageRecord) => void;

/** Names what a stage's checkpoints depend on, so that a run with other settings or data is never resumed from them. */
export function fingerprint(stage: Stage, data: DemoData, settings: Settings): string {
  const hash = createHash("sha256").update(data.fingerprint).update(JSON.stringify(settings));
  return `${stage} ${hash.digest("hex").slice(0, 12)}`;
}
