import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { mergeShards } from "./merge";
import { shardFiles } from "./run-files";
import { isSealed } from "./seal";
import { openShardRun } from "./shard-run";

let folder: string;
let path: string;

beforeAll(async () => {
  folder = scratchFolder("file");
  const source = { kind: "list", name: "names", sha256: "of them", items: 3, parts: 1 } as const;
  const run = await openShardRun(folder, { task: "name", source, key: { by: "rsdix.sha256" }, columns: { embedding: "float32[]" } });
  const [shard] = run.shards;
  await run.run(shard!, async function* () {
    for (const id of ["a", "b", "c"]) yield { id, file: `${id}.png`, values: { embedding: Float32Array.of(1, 2, id.charCodeAt(0)) } };
  });
  path = shardFiles(folder, shard!).results;
});

test("a file whose any byte is another is no longer what was written, and one that is unchanged stays so", async () => {
  const written = await readFile(path);
  expect(isSealed(written)).toBe(true);
  expect(written.equals(await readFile(path))).toBe(true);
  for (let i = 0; i < written.length; i++) {
    const changed = Buffer.from(written);
    changed[i]! ^= 1 + (i % 7);
    expect([i, isSealed(changed)]).toEqual([i, false]);
  }
  for (const cut of [0, 4, 100, written.length - 1]) expect(isSealed(written.subarray(0, cut))).toBe(false);
});

test("a merge refuses a shard with a changed byte, which it could read for ever or as other numbers", async () => {
  const written = await readFile(path);
  const out = join(folder, "all.parquet");
  expect((await mergeShards(folder, out)).rows).toBe(3);
  try {
    for (const at of [6, 40, written.length - 100, written.length - 6]) {
      const changed = Buffer.from(written);
      changed[at]! ^= 4;
      await writeFile(path, changed);
      await expect(mergeShards(folder, out)).rejects.toMatchObject({
        code: "FILE_CORRUPT",
        message: expect.stringContaining("checksum is missing or another. Remove it, and run again."),
      });
    }
  } finally {
    await writeFile(path, written);
  }
});
