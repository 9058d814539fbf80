import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readShards } from "./merge";
import { shardFiles } from "./run-files";
import { openShardRun } from "./shard-run";
import { slurmState } from "./slurm/slurm-state";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rsdix-bad-list-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("says of a list of what could not be used that it was changed or cut, where a run stands and where it is read", async () => {
  const source = { kind: "list", name: "names", sha256: "0", items: 3, parts: 3 } as const;
  const run = await openShardRun(folder, { task: "name", source, key: {}, columns: { caption: "string" } });
  for (const shard of run.shards.slice(0, 2))
    await run.run(shard, async function* ({ index }, { bad }) {
      for (const file of ["ä.png", "b.png"]) bad({ file: `${index}/${file}`, reason: "it is\ncut off" });
      yield { id: String(index), file: `${index}/c.png`, values: { caption: "a lake" } };
    });
  const { bad } = shardFiles(folder, run.shards[1]!);
  const list = await readFile(bad, "utf8");
  const state = { total: 3, done: 2, fresh: 1, failed: [] };
  expect(await slurmState(folder)).toMatchObject({ ...state, damaged: [] });
  for (const [other, lines] of [
    [list.replace("b.png", "c.png"), 2],
    [list.slice(0, list.indexOf("\n") + 1), 1],
    ["", 0],
  ] as const) {
    await writeFile(bad, other);
    const reason = `${bad} is not what was written there: it has ${lines} lines, the shard says 2, and its checksum is another. Remove both, and run again.`;
    expect(await slurmState(folder)).toMatchObject({ ...state, damaged: [{ name: "1-part", reason }] });
    const all = { ...run, shards: run.shards.slice(0, 2), pending: async () => [] };
    const read = async () => {
      for await (const each of readShards(all)) expect(each.bad).toHaveLength(2);
    };
    await expect(read()).rejects.toMatchObject({ code: "FILE_CORRUPT", message: expect.stringContaining(reason) });
    await writeFile(bad, list);
    await read();
  }
});
