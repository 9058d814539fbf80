// Plans a run of very many archives, whose sizes and times are known, in a folder: once as the first command, and once as one that finds the plan.
import { openShardRun, type ShardPlan } from "../src";

const [folder, count] = process.argv.slice(2);
const total = Number(count);
const images = Array.from({ length: total }, (_, i) => [1024 + i, "bytes of", "2026-01-02T03:04:05.678Z"].join(" "));
const pattern = `/archives/of/some/length/tiles-{${"0".repeat(String(total - 1).length)}..${total - 1}}.tar`;
const plan: ShardPlan = {
  ...{ task: "embed", key: { model: "0" }, columns: { embedding: "float32[]" } },
  source: { kind: "webdataset", pattern, images },
};
const run = await openShardRun(folder!, plan);
console.log(JSON.stringify({ pending: (await run.pending()).length, last: run.shards.at(-1) }));
