import { execFileSync } from "node:child_process";
import { lstat, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { scratchFolder } from "../../../test/scratch-folder";
import { mergeShards } from "./merge";
import { readParquet } from "./parquet";
import type { ListSource, ShardPlan } from "./plan";
import { shardFiles } from "./run-files";
import { runShards } from "./run-shards";
import { openShardRun } from "./shard-run";
import type { ShardWork } from "./shard-work";

const DIM = 3;
const plan: ShardPlan = {
  task: "embed",
  source: { kind: "list", name: "dataset.json", sha256: "of the list", items: 10, parts: 4 },
  key: { model: "its hash", preprocessing: "bicubic" },
  columns: { embedding: "float32[]", caption: "string" },
};
/** Makes of the i-th image what a model would; the one that is divisible by `broken` can't be read. */
const work = (broken = Number.NaN): ShardWork =>
  async function* ({ first, end }, { bad }) {
    for (let i = first!; i < end!; i++) {
      const file = `tiles/${i}.png`;
      if (i % broken === 0) bad({ file, reason: "no image" });
      else
        yield {
          id: String(i),
          file,
          values: { embedding: Float32Array.from({ length: DIM }, (_, j) => i + j / 7), caption: `ein See, ${i} 🌊` },
        };
    }
  };

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});

async function all(given = work()) {
  const run = await openShardRun(folder, plan);
  for (const shard of await run.pending()) await run.run(shard, given);
  return run;
}
const out = () => join(folder, "all.parquet");

describe("openShardRun, mergeShards", () => {
  it("does every shard once, and joins them in order, to the bit", async () => {
    await all();
    const { rows, shards, bad } = await mergeShards(folder, out());
    expect({ rows, shards, bad }).toEqual({ rows: 10, shards: 4, bad: [] });
    const file = await readParquet(out(), plan.columns);
    expect(file.rows.map(({ id }) => id)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    expect(file.rows[7]).toEqual({
      id: "7",
      file: "tiles/7.png",
      values: { embedding: Float32Array.of(7, 7 + 1 / 7, 7 + 2 / 7), caption: "ein See, 7 🌊" },
    });
    expect(file.notes).toMatchObject({ model: "its hash", preprocessing: "bicubic" });
  });

  it("gives the same bytes whoever did the shards, in whatever order, in one go or several", async () => {
    await all();
    await mergeShards(folder, out());
    const once = await readFile(out());
    await rm(join(folder, "shards"), { recursive: true });
    await rm(join(folder, "plan.json"));
    const first = await openShardRun(folder, plan);
    await first.run(first.shards[3]!, work());
    const second = await openShardRun(folder, plan);
    expect((await second.pending()).map(({ index }) => index)).toEqual([0, 1, 2]);
    for (const shard of (await second.pending()).reverse()) await second.run(shard, work());
    await mergeShards(folder, out());
    expect(Buffer.compare(await readFile(out()), once)).toBe(0);
  });

  it("writes down what can't be used, and joins that too", async () => {
    await all(work(5));
    const { rows, bad } = await mergeShards(folder, out());
    expect(rows).toBe(8);
    expect(bad).toEqual([
      { shard: "0-part", file: "tiles/0.png", reason: "no image" },
      { shard: "2-part", file: "tiles/5.png", reason: "no image" },
    ]);
  });

  it("leaves nothing of a shard whose work fails or is stopped", async () => {
    const run = await openShardRun(folder, plan);
    const failing: ShardWork = async function* (shard, context) {
      yield* work()(shard, context);
      throw new Error("out of memory");
    };
    await expect(run.run(run.shards[0]!, failing)).rejects.toThrow("out of memory");
    await expect(run.run(run.shards[0]!, work(), AbortSignal.abort("enough"))).rejects.toEqual(refusal("ABORTED", /0-part was stopped/));
    expect(await readdir(join(folder, "shards"))).toEqual([]);
  });

  it("makes the folder of results again where it was removed", async () => {
    const run = await all();
    await rm(join(folder, "shards"), { recursive: true });
    const again = await openShardRun(folder, plan);
    expect(await again.pending()).toEqual(run.shards);
    await again.run(run.shards[0]!, work());
    expect(await readdir(join(folder, "shards"))).toEqual(["0-part.parquet"]);
  });

  it("takes files alone for results, and says what is in the way of one", async () => {
    const run = await all();
    const [first, second, third] = run.shards.map((shard) => shardFiles(folder, shard).results);
    for (const path of [first!, second!]) await rm(path);
    await mkdir(first!);
    await symlink("nowhere.parquet", second!);
    await rename(third!, join(folder, "elsewhere.parquet"));
    await symlink("../elsewhere.parquet", third!); // a link to a file is one
    expect(await run.pending()).toEqual(run.shards.slice(0, 2));
    const { failed } = await runShards(run, work());
    expect(failed.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/0-part\.parquet is a folder, where a shard's file is to be\. Remove it, and run again\.$/),
      expect.stringMatching(/1-part\.parquet is a link that leads nowhere, where/),
    ]);
    await expect(mergeShards(folder, out())).rejects.toEqual(refusal("EMPTY_DATA", /2 of 4 shards are not done: 0-part, 1-part/));
  });

  it("refuses another run's folder, and says what differs", async () => {
    await openShardRun(folder, plan);
    const other = { ...plan, key: { ...plan.key, model: "another" } };
    await expect(openShardRun(folder, other)).rejects.toEqual(
      refusal("INVALID_ARGUMENT", /model is "its hash" there and "another" now\. Name another folder/),
    );
    const differs = (changed: object, message: RegExp) =>
      expect(openShardRun(folder, { ...plan, ...changed } as ShardPlan)).rejects.toEqual(refusal("INVALID_ARGUMENT", message));
    const caption = { task: "caption", key: { decoding: "{}" }, columns: { caption: "string" } };
    await differs(
      caption,
      /is begun for another run, of which nothing is done: task is "embed" there and "caption" now\. Name another folder/,
    );
    const key = { model: "its hash", width: "8" };
    await differs({ key }, /done: preprocessing is "bicubic" there, and now it has none; width is "8" now, and there it has none\. Name/);
    await differs(
      { source: { ...plan.source, sha256: "of another" } },
      /done: the list has other names, or the same in another order\. Name/,
    );
    const run = await openShardRun(folder, plan);
    await run.run(run.shards[0]!, work());
    await differs(
      caption,
      /holds results of another run: task is "embed" there and "caption" now\. Name another folder, or remove this one/,
    );
    await rm(join(folder, "shards"), { recursive: true });
    await expect(openShardRun(join(folder, "none"))).rejects.toEqual(refusal("FILE_NOT_FOUND", /no plan\.json/));
    await writeFile(join(folder, "plan.json"), "{}");
    await expect(openShardRun(folder)).rejects.toEqual(
      refusal("FILE_CORRUPT", /no plan of a run: it is of version undefined, .*\. Remove it/),
    );
    await writeFile(join(folder, "plan.json"), '{"version": 1,');
    await expect(openShardRun(folder, plan)).rejects.toEqual(
      refusal("FILE_CORRUPT", /plan\.json is no plan .*[^.]\. Remove it, and give the command/),
    );
    await rm(join(folder, "plan.json"));
    await openShardRun(folder, plan); // as the message says
  });

  it("lets one of several runs have a folder that all begin at once", async () => {
    const place = join(folder, "new");
    const plans = ["a", "b", "c", "d"].map((model) => ({ ...plan, key: { model } }));
    const opened = await Promise.allSettled([...plans, ...plans].map((each) => openShardRun(place, each)));
    const { plan: first } = await openShardRun(place);
    for (const [i, each] of opened.entries()) {
      if (plans[i % plans.length]!.key.model === first.key.model) expect(each).toMatchObject({ status: "fulfilled" });
      else expect(each).toEqual({ status: "rejected", reason: refusal("INVALID_ARGUMENT", /is begun for another run, .*: model is/) });
    }
    expect((await readdir(place)).sort()).toEqual(["plan.json", "shards"]);
  });

  it("does parts with bad items again where their images have changed, refuses others that are done, and merges no mixture", async () => {
    const of = (...images: string[]): ShardPlan => ({ ...plan, source: { ...plan.source, images } as ListSource });
    const run = await openShardRun(folder, of("a", "b", "c", "d"));
    for (const shard of run.shards.slice(0, 3)) await run.run(shard, work(5)); // 0 and 2 have bad items, 3 is not done
    await expect(openShardRun(folder, of("a", "other", "other", "d"))).rejects.toEqual(
      refusal("INVALID_ARGUMENT", /another run: the images of 1-part are other files.*such as shards.1-part\.parquet/),
    );
    expect((await run.pending()).map(({ index }) => index)).toEqual([3]);
    const again = await openShardRun(folder, of("a", "b", "mended", "newer"));
    expect((await again.pending()).map(({ index }) => index)).toEqual([2, 3]);
    await run.run(run.shards[3]!, work()); // by a process that began before the images changed
    await again.run(again.shards[2]!, work());
    expect((await readdir(join(folder, "shards"))).sort()).toEqual([
      ...["0-part.bad.jsonl", "0-part.parquet", "1-part.parquet", "2-part.parquet", "3-part.parquet"],
    ]);
    await expect(mergeShards(folder, out())).rejects.toEqual(refusal("FILE_CORRUPT", /3-part\.parquet is of other images/));
    await rm(shardFiles(folder, run.shards[3]!).results);
    await again.run(again.shards[3]!, work());
    expect(await mergeShards(folder, out())).toMatchObject({ rows: 9, bad: [{ file: "tiles/0.png" }] });
  });

  it("keeps what is known of archives, and says nothing of what is not", async () => {
    const of = (...images: string[]): ShardPlan => ({
      ...plan,
      source: { kind: "webdataset", pattern: "t-{0..2}.tar", images },
    });
    const rows: ShardWork = async function* ({ index, name }) {
      yield { id: String(index), file: name, values: { embedding: new Float32Array(DIM), caption: "" } };
    };
    const run = await openShardRun(folder, of("5 bytes", "6 bytes", ""));
    for (const shard of run.shards) await run.run(shard, rows);
    // The first is gone, of the last more is known now.
    const again = await openShardRun(folder, of("", "6 bytes", "7 bytes"));
    expect(again.plan).toEqual(of("5 bytes", "6 bytes", "7 bytes"));
    expect(await again.pending()).toEqual([]);
    await expect(openShardRun(folder, of("4 bytes", "6 bytes", "7 bytes"))).rejects.toEqual(
      refusal(
        "INVALID_ARGUMENT",
        /the archive of 0-t-0 is another file than when it was done \(t-0\.tar had 5 bytes then, and has 4 bytes now\)/,
      ),
    );
    await expect(openShardRun(folder, of("5 bytes"))).rejects.toEqual(refusal("INVALID_ARGUMENT", /a text for each of 3 archives, got/));
    expect(await mergeShards(folder, join(folder, "new", "all.parquet"))).toMatchObject({ rows: 3 });
  });

  it("refuses results that don't fit the columns", async () => {
    const run = await openShardRun(folder, plan);
    const giving = (row: object): ShardWork =>
      async function* () {
        yield row as never;
      };
    const [shard] = run.shards;
    await expect(run.run(shard!, giving({ id: "", file: "a", values: {} }))).rejects.toEqual(
      refusal("INVALID_ARGUMENT", /a text as id, got ""/),
    );
    const missing = { id: "a", file: "a", values: { caption: "a" } };
    await expect(run.run(shard!, giving(missing))).rejects.toEqual(refusal("INVALID_ARGUMENT", /needs a Float32Array as embedding/));
    const more = { id: "a", file: "a", values: { caption: "a", embedding: new Float32Array(3), more: "b" } };
    await expect(run.run(shard!, giving(more))).rejects.toEqual(refusal("INVALID_ARGUMENT", /"more", which is no column/));
  });

  it("merges nothing that is incomplete, damaged, of another shard, or there twice, and keeps what was merged before", async () => {
    const run = await all(work(5));
    await mergeShards(folder, out());
    const before = await readFile(out());
    const [first, second] = run.shards.map((shard) => shardFiles(folder, shard));
    const failing = async (change: () => Promise<unknown>, code: string, message: RegExp) => {
      const kept = await Promise.all(
        [first!.results, first!.bad, second!.results].map(async (path) => [path, await readFile(path)] as const),
      );
      await change();
      await expect(mergeShards(folder, out())).rejects.toEqual(refusal(code, message));
      for (const [path, bytes] of kept) await writeFile(path, bytes);
      expect(await readFile(out())).toEqual(before);
    };
    await failing(() => rm(first!.results), "EMPTY_DATA", /1 of 4 shards are not done: 0-part\. Run the same command again/);
    await failing(
      () => writeFile(first!.results, "PAR1 nothing"),
      "FILE_CORRUPT",
      /0-part\.parquet is not what was written there: its checksum is missing/,
    );
    await failing(async () => writeFile(first!.results, await readFile(second!.results)), "FILE_CORRUPT", /of another shard/);
    await failing(
      () => writeFile(first!.bad, ""),
      "FILE_CORRUPT",
      /it has 0 lines, the shard says 1, and its checksum is another\. Remove both/,
    );
    const list = await readFile(first!.bad, "utf8");
    for (const other of [list.replace("tiles", "Tiles"), `${list}\n`, list.slice(0, -1), "nonsense\n"])
      await failing(() => writeFile(first!.bad, other), "FILE_CORRUPT", /0-part\.bad\.jsonl is not what was written there/);
    await failing(() => rm(first!.bad), "FILE_NOT_FOUND", /0-part\.bad\.jsonl is missing: the shard says that 1 could not be used/);
    await expect(mergeShards(folder, first!.results)).rejects.toEqual(refusal("INVALID_ARGUMENT", /is a shard of the run/));
    for (const [name, what] of [
      ["plan.json", "the plan"],
      ["shards/new.parquet", "a shard"],
    ])
      await expect(mergeShards(folder, join(folder, name!))).rejects.toEqual(refusal("INVALID_ARGUMENT", RegExp(`is ${what} of the run`)));
    await writeFile(join(folder, "t-0.tar"), "an archive");
    await symlink(join(folder, "t-0.tar"), join(folder, "t-1.tar"));
    const source = { kind: "webdataset", pattern: join(folder, "t-1.tar") } as const;
    const tar = await openShardRun(join(folder, "of-archives"), { ...plan, source });
    await tar.run(tar.shards[0]!, async function* () {});
    for (const name of ["t-0.tar", "t-1.tar"])
      await expect(mergeShards(tar.folder, join(folder, name))).rejects.toEqual(refusal("INVALID_ARGUMENT", /is an archive of the run/));
    const pipe = join(folder, "pipe"); // never /dev/null: should this fail, the machine would lose it
    execFileSync("mkfifo", [pipe]);
    await expect(mergeShards(folder, pipe)).rejects.toEqual(refusal("WRITE_FAILED", /is a device, a pipe or a socket/));
    await expect(mergeShards(folder, folder)).rejects.toEqual(refusal("WRITE_FAILED", /is a folder\. Name a file/));
    await symlink(out(), join(folder, "link.parquet"));
    await mergeShards(folder, join(folder, "link.parquet"));
    expect((await lstat(join(folder, "link.parquet"))).isSymbolicLink()).toBe(true);
    const twice: ShardWork = async function* () {
      yield { id: "3", file: "3.png", values: { embedding: new Float32Array(DIM), caption: "" } };
    };
    await failing(() => run.run(run.shards[0]!, twice), "FILE_CORRUPT", /The id "3" is in 1-part again/);
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
