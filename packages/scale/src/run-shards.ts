import { fail } from "@rsdix/internal";
import type { ShardResult, ShardRun } from "./shard-run";
import type { ShardWork } from "./shard-work";

/** How far a run is. */
export interface ShardProgress {
  /** Shards that are done, those of earlier runs among them. */
  readonly done: number;
  /** Shards of the run. */
  readonly total: number;
  /** Results of the shards that were done now. */
  readonly rows: number;
  /** Images of these that could not be used. */
  readonly bad: number;
}

/** A shard that could not be done, and why. */
export interface FailedShard {
  /** The shard's name. */
  readonly name: string;
  /** What went wrong, in words. */
  readonly reason: string;
}

/** What a run did. */
export interface ShardSummary extends ShardProgress {
  /** Shards that were tried and are not done. */
  readonly failed: readonly FailedShard[];
}

/** What every way of running shards takes. */
export interface RunShardsOptions {
  /** Told at the start, and after each shard. */
  readonly onProgress?: (progress: ShardProgress) => void;
  /** Stops the run; what is done stays. */
  readonly signal?: AbortSignal;
}

/** Counts what a run does, and tells it. */
export class Tally {
  private rows = 0;
  private bad = 0;
  readonly failed: FailedShard[] = [];

  constructor(
    private done: number,
    private readonly total: number,
    private readonly onProgress: RunShardsOptions["onProgress"],
  ) {
    this.tell();
  }

  add({ rows, bad }: Pick<ShardResult, "rows" | "bad">): void {
    this.done++;
    this.rows += rows;
    this.bad += bad;
    this.tell();
  }

  summary(): ShardSummary {
    const { done, total, rows, bad, failed } = this;
    return { done, total, rows, bad, failed };
  }

  private tell(): void {
    const { failed: _, ...progress } = this.summary();
    this.onProgress?.(progress);
  }
}

/** Whether an error says that nothing more can be done, whichever shard comes next. */
export const isFinal = (error: unknown) =>
  ["ABORTED", "WRITE_FAILED", "OUT_OF_MEMORY", "DEVICE_LOST"].includes((error as { code?: string }).code ?? "");

/**
 * Does the shards of a run that aren't done yet, one after the other, in this process. A shard that fails doesn't keep the others from being done.
 *
 * @param run - of `openShardRun`.
 * @param work - gives a shard's results.
 * @param options - `onProgress`, `signal`.
 * @returns how many are done, and which failed, with reasons.
 * @throws RsdixError ABORTED; WRITE_FAILED, OUT_OF_MEMORY and DEVICE_LOST, after which no other shard would go better.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openShardRun, runShards } from "@rsdix/scale";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const source = { kind: "list", name: "names", sha256: "of them", items: 5, parts: 5 } as const;
 * const run = await openShardRun(folder, { task: "name", source, key: {}, columns: { caption: "string" } });
 * const { done, failed } = await runShards(run, async function* ({ first }) {
 *   if (first === 3) throw new Error("this one can't be read");
 *   yield { id: String(first), file: `${first}.png`, values: { caption: "a lake" } };
 * });
 * if (done !== 4 || failed[0]?.name !== "3-part") throw new Error("expected that one fails");
 * await rm(folder, { recursive: true });
 * ```
 */
export async function runShards(run: ShardRun, work: ShardWork, { onProgress, signal }: RunShardsOptions = {}): Promise<ShardSummary> {
  const pending = await run.pending();
  const tally = new Tally(run.shards.length - pending.length, run.shards.length, onProgress);
  for (const shard of pending) {
    if (signal?.aborted) fail("ABORTED", "The run was stopped; what is done stays, and the same command goes on.", signal.reason);
    try {
      tally.add(await run.run(shard, work, signal));
    } catch (error) {
      if (isFinal(error)) throw error;
      tally.failed.push({ name: shard.name, reason: (error as Error).message });
    }
  }
  return tally.summary();
}
