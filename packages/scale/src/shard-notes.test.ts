import { beforeEach, expect, it } from "vitest";
import { drain } from "../../../test/drain";
import { scratchFolder } from "../../../test/scratch-folder";
import { readShards } from "./merge";
import { readParquet } from "./parquet";
import type { ShardPlan } from "./plan";
import { shardFiles } from "./run-files";
import { openShardRun } from "./shard-run";

const plan: ShardPlan = {
  task: "embed",
  source: { kind: "list", name: "dataset.json", sha256: "of the list", items: 10, parts: 4 },
  key: { model: "its hash", preprocessing: "bicubic" },
  columns: { caption: "string" },
};

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});

it("a shard keeps what its work notes, whatever it is called, and gives it back", async () => {
  const run = await openShardRun(folder, plan);
  for (const shard of await run.pending()) {
    await run.run(shard, async function* ({ first, end, index }, { note }) {
      if (index === 2) return note("of", "nothing");
      note("model", `${"x".repeat(9000)} 🌊`); // a key's name
      for (let i = first!; i < end!; i++) yield { id: String(i), file: `${i}.png`, values: { caption: "a lake" } };
    });
  }
  const found = (await drain(readShards(run))).map(({ notes }) => notes);
  const noted = { model: `${"x".repeat(9000)} 🌊` };
  expect(found).toEqual([noted, noted, { of: "nothing" }, noted]);
  expect((await readParquet(shardFiles(folder, run.shards[1]!).results, plan.columns)).notes.model).toBe("its hash");
});
