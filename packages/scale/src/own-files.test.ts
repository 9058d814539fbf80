import { statSync } from "node:fs";
import { link, lstat, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, it, vi } from "vitest";
import { refusal } from "../../../test/refusal";
import { scratchFolder } from "../../../test/scratch-folder";
import { mergeShards } from "./merge";
import { refuseRunFiles } from "./own-files";
import { openShardRun } from "./shard-run";

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return { ...fs, statSync: vi.fn(fs.statSync) };
});

let folder: string;
const at = (...names: string[]) => join(folder, ...names);
beforeEach(() => {
  folder = scratchFolder();
});
const refused = (message: RegExp) => refusal("INVALID_ARGUMENT", message);

it("knows a run's files and archives by whatever name, and lets all others be written", async () => {
  await writeFile(at("a.tar"), "an archive");
  await symlink(at("a.tar"), at("linked.tar"));
  await symlink(folder, at("again"));
  await link(at("a.tar"), at("same.json"));
  await symlink(at("run/plan.json"), at("soon.json")); // of a run that is yet to begin
  await symlink("again/soon.json", at("later.json"));
  await symlink("run/shards", at("parts"));
  await symlink("c.tar", at("d.tar"));
  await symlink("circle", at("circle"));
  const run = { folder: at("run"), archives: [at("linked.tar"), "https://example.org/b.tar", `file://${at("c.tar")}`] };
  const wrong: [string, string][] = [
    ["a.tar", "an archive"],
    ["linked.tar", "an archive"],
    ["again/a.tar", "an archive"],
    ["same.json", "an archive"],
    ["c.tar", "an archive"], // that isn't there yet
    ["C.TAR", "an archive"],
    ["run/plan.json", "the plan"],
    ["again/run/PLAN.json", "the plan"],
    ["soon.json", "the plan"],
    ["later.json", "the plan"],
    ["parts/x.tsv", "a shard"],
    ["d.tar", "an archive"],
    ["run/shards/x.tsv", "a shard"],
    ["run/shards", "a shard"],
    ["run/slurm/0001/submission.json", "what Slurm was given"],
  ];
  for (const [name, what] of wrong)
    await expect(refuseRunFiles(run, at(name))).rejects.toThrow(refused(RegExp(`is ${what} of the run, which would be replaced`)));
  await writeFile(at("notes.txt"), "mine");
  for (const name of ["notes.txt", "run/all.parquet", "run/shards.txt", "b.tar", "circle"]) await refuseRunFiles(run, at(name));
});

it("asks the system for no archive where the output is a Parquet file, which none is", async () => {
  await writeFile(at("all.parquet"), "PAR1 and so on");
  await writeFile(at("notes.txt"), "mine");
  const many = Array.from({ length: 2000 }, (_, i) => at(`none-${i}.tar`));
  const asked = async (output: string) => {
    vi.mocked(statSync).mockClear();
    await refuseRunFiles({ folder: at("run"), archives: many }, output);
    return vi.mocked(statSync).mock.calls.filter(([path]) => String(path).includes("none-")).length;
  };
  expect(await asked(at("all.parquet"))).toBe(0);
  expect(await asked(at("new.txt"))).toBe(0);
  expect(await asked(at("notes.txt"))).toBe(2000);
});

it("merges onto nothing but a Parquet file, and to no address", async () => {
  const source = { kind: "list", name: "names", sha256: "0", items: 1, parts: 1 } as const;
  const run = await openShardRun(at("run"), { task: "name", source, key: {}, columns: { caption: "string" } });
  await run.run(run.shards[0]!, async function* () {
    yield { id: "0", file: "0.png", values: { caption: "a lake" } };
  });
  await writeFile(at("notes.txt"), "mine");
  await expect(mergeShards(at("run"), at("notes.txt"))).rejects.toThrow(refused(/is there already and is no Parquet file/));
  expect(await readFile(at("notes.txt"), "utf8")).toBe("mine");
  await writeFile(at("empty"), ""); // of mktemp
  for (const name of ["empty", "all.parquet", "all.parquet"]) expect(await mergeShards(at("run"), at(name))).toMatchObject({ rows: 1 });
  for (const address of ["https://example.org/all.parquet", "file:///all.parquet", "s3://a/b.parquet"]) {
    await expect(mergeShards(at("run"), address)).rejects.toThrow(refused(/is an address, and results are written to files/));
    await expect(openShardRun(address)).rejects.toThrow(refused(/is an address, and results are written to files/));
  }
  expect((await readdir(folder)).sort()).toEqual(["all.parquet", "empty", "notes.txt", "run"]);
  await symlink("later.parquet", at("link.parquet"));
  await mergeShards(at("run"), at("link.parquet"));
  expect((await lstat(at("link.parquet"))).isSymbolicLink()).toBe(true);
  expect((await lstat(at("later.parquet"))).isFile()).toBe(true);
});
