import { checkOptions, checkRange } from "@rsdix/internal";
import type { ShardRun } from "./shard-run";

/** A share of a run's shards: every `count`-th one, from the one at `index` on. */
export interface Share {
  /** Which share, from 0. */
  readonly index: number;
  /** Shares in all. */
  readonly count: number;
}

/**
 * A share of a run, for machines that don't know of each other: as many as there are shares do all of the run, and none does what is another's.
 *
 * @param run - of `openShardRun`.
 * @param share - its `index`, from 0 to `count` - 1. A share has no shards where there are fewer shards than shares.
 * @returns the run with the share's shards alone; `runShards` and `runShardPool` do those.
 * @throws RsdixError INVALID_ARGUMENT, UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openShardRun, runShards, shareOfRun } from "@rsdix/scale";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const source = { kind: "list", name: "names", sha256: "of them", items: 5, parts: 5 } as const;
 * const run = await openShardRun(folder, { task: "name", source, key: {}, columns: { caption: "string" } });
 * const { done } = await runShards(shareOfRun(run, { index: 1, count: 2 }), async function* ({ first }) {
 *   yield { id: String(first), file: `${first}.png`, values: { caption: "a lake" } }; // of 1 and 3
 * });
 * if (done !== 2) throw new Error("expected two of five");
 * await rm(folder, { recursive: true });
 * ```
 */
export function shareOfRun(run: ShardRun, share: Share): ShardRun {
  const { index, count } = checkOptions(share, ["index", "count"], "share");
  checkRange(count, "share.count", { min: 1, integer: true });
  checkRange(index, "share.index", { min: 0, max: count - 1, integer: true });
  const isOurs = (shard: { readonly index: number }) => shard.index % count === index;
  return { ...run, shards: run.shards.filter(isOurs), pending: async () => (await run.pending()).filter(isOurs) };
}
