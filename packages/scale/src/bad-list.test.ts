import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { damagedLists } from "./bad-list";
import { mergeShards, readShards } from "./merge";
import { shardFiles } from "./run-files";
import { openShardRun } from "./shard-run";
import { slurmState } from "./slurm/slurm-state";

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});

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

it("says of a list that is missing, or can't be read, what it had and what to do", async () => {
  const source = { kind: "list", name: "names", sha256: "0", items: 3, parts: 3 } as const;
  const run = await openShardRun(folder, { task: "name", source, key: {}, columns: { caption: "string" } });
  for (const shard of run.shards)
    await run.run(shard, async function* ({ index }, { bad }) {
      if (index > 0) bad({ file: `${index}.png`, reason: "it is cut off" });
      else yield { id: "0", file: "0.png", values: { caption: "a lake" } };
    });
  const { bad, results } = shardFiles(folder, run.shards[1]!);
  await rm(bad);
  const told = async (message: string) => {
    expect((await slurmState(folder)).damaged).toEqual([{ name: "1-part", reason: message }]);
    await expect(mergeShards(folder, join(folder, "all.parquet"))).rejects.toMatchObject({ code: "FILE_NOT_FOUND", message });
  };
  await told(
    `${bad} is missing: the shard says that 1 could not be used, which are listed there. Put it back, or remove ${results} and run again.`,
  );
  await mkdir(bad);
  await told(
    `${bad} cannot be read: EISDIR: illegal operation on a directory, read. Let it be read, or remove it and ${results}, and run again.`,
  );
  await rm(bad, { recursive: true });
  await rm(results);
  expect(await slurmState(folder)).toMatchObject({ done: 2, damaged: [] });
});

it("looks at shards without a list where ten thousand are done, and of more at those with one alone", async () => {
  const source = { kind: "list", name: "names", sha256: "0", items: 20_000, parts: 20_000 } as const;
  const run = await openShardRun(folder, { task: "name", source, key: {}, columns: { caption: "string" } });
  const [first, second] = run.shards;
  for (const shard of [first!, second!])
    await run.run(shard, async function* ({ name }, { bad }) {
      bad({ file: "a.png", reason: "it is cut off" });
      yield { id: name, file: "b.png", values: { caption: "a lake" } };
    });
  await rm(shardFiles(folder, first!).bad);
  await writeFile(shardFiles(folder, second!).bad, "");
  const named = (count: number) => [`${second!.name}.bad.jsonl`, ...run.shards.slice(0, count).map(({ name }) => `${name}.parquet`)];
  const names = async (count: number) => (await damagedLists(run, named(count))).map(({ name }) => name);
  expect(await names(10_000)).toEqual([first!.name, second!.name]);
  expect(await names(10_001)).toEqual([second!.name]);
});
