// Plans a run of many shards, makes its results without a model, and merges them: node many.mjs FOLDER SHARDS
// Prints seconds of each, and the most memory that planning and merging took, which is why both are a process of their own, apart from the making.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { mergeShards, openShardRun } from "@rsdix/scale";
import { processBytes } from "../process-bytes.mjs";
import { planOf } from "./plan.mjs";

const [folder, count, what] = process.argv.slice(2);
const shards = Number(count);
const started = performance.now();
const seconds = () => (performance.now() - started) / 1000;
const peak = () => processBytes().peak / 2 ** 20; // MB
const run = await openShardRun(folder, planOf(shards, shards));
if (what === "make") {
  const embedding = Float32Array.from({ length: 8 }, (_, i) => i / 8);
  const makers = Array.from({ length: 32 }, async (_, maker) => {
    for (let i = maker; i < shards; i += 32) {
      await run.run(run.shards[i], async function* ({ first }) {
        yield { id: String(first), file: `${first}.png`, values: { embedding } };
      });
    }
  });
  await Promise.all(makers);
} else if (what === "plan") {
  if ((await run.pending()).length > 0) throw new Error("expected that every shard is done");
} else {
  const out = join(folder, "all.parquet");
  const { rows } = await mergeShards(folder, out);
  if (rows !== shards || (await stat(out)).size === 0) throw new Error(`expected ${shards} rows, got ${rows}`);
}
console.log(JSON.stringify({ seconds: seconds(), peak: peak() }));
