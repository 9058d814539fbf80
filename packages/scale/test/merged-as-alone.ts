import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { mergeShards, openShardRun, runShards, type ShardPlan } from "../src";
import { readParquet } from "../src/parquet";

/**
 * That a run's 200 shards of two images each merge into the file, to the byte, that one process makes of them, with every image once; `threads` is what the
 * rows hold.
 */
export async function expectMergedAsAlone(folder: string, plan: ShardPlan, threads?: string): Promise<void> {
  const out = join(folder, "all.parquet");
  expect(await mergeShards(folder, out)).toMatchObject({ rows: 400, shards: 200 });
  const { rows } = await readParquet(out, plan.columns);
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 400 }, (_, i) => String(i)));
  const alone = await openShardRun(join(folder, "alone"), plan);
  await runShards(alone, async function* ({ first, end }) {
    for (let i = first!; i < end!; i++) {
      const values = { embedding: Float32Array.of(i, i / 7), threads: threads ?? rows[i]!.values.threads! };
      yield { id: String(i), file: `${i}.png`, values };
    }
  });
  await mergeShards(alone.folder, join(alone.folder, "all.parquet"));
  expect(Buffer.compare(await readFile(join(alone.folder, "all.parquet")), await readFile(out))).toBe(0);
}
