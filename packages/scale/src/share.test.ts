import { beforeEach, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { scratchFolder } from "../../../test/scratch-folder";
import type { ShardPlan } from "./plan";
import { runShards } from "./run-shards";
import { openShardRun } from "./shard-run";
import type { ShardWork } from "./shard-work";
import { shareOfRun } from "./share";

const plan: ShardPlan = {
  task: "name",
  source: { kind: "list", name: "names", sha256: "of them", items: 23, parts: 11 },
  key: {},
  columns: { caption: "string" },
};
const work: ShardWork = async function* ({ first, end }) {
  for (let i = first!; i < end!; i++) yield { id: String(i), file: `${i}.png`, values: { caption: "a lake" } };
};

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});

it("A run's shares do each shard once, and none is left", async () => {
  const run = await openShardRun(folder, plan);
  for (const [index, done] of [3, 3, 3, 2].entries()) {
    const share = shareOfRun(run, { index, count: 4 });
    expect(share.shards.map((shard) => shard.index)).toEqual([index, index + 4, index + 8].slice(0, done));
    expect(await runShards(share, work)).toMatchObject({ done, total: done, failed: [] });
    expect(await share.pending()).toEqual([]);
  }
  expect(await run.pending()).toEqual([]);
  expect(await runShards(shareOfRun(run, { index: 11, count: 12 }), work)).toMatchObject({ done: 0, total: 0, rows: 0 });
});

it("A share that can't be is refused", async () => {
  const run = await openShardRun(folder, plan);
  for (const share of [{ index: 2, count: 2 }, { index: -1, count: 2 }, { index: 0, count: 0 }, { index: 0.5, count: 2 }, { count: 2 }])
    expect(() => shareOfRun(run, share as never)).toThrow(/share\.(index|count) must be/);
  expect(() => shareOfRun(run, { index: 0, count: 2, of: 1 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
});
