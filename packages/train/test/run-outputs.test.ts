import { link, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { startBackend } from "@rsdix/backend";
import { writeWebDataset } from "@rsdix/data/node";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { openCaptions } from "../src/recipes/open-captions";
import { cli } from "./run-cli";
import { saveTinyCaptioner } from "./tiny-captioner";
import { type TinyWorld, tinyWorld } from "./tiny-world";

let folder: string;
let world: TinyWorld;
const at = (...names: string[]) => join(folder, ...names);
const tiles = () => at("archives/tiles-{000000..000003}.tar");

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(at("world"));
  await saveTinyCaptioner(at("captioner"), world.clip);
  const captions = await openCaptions(world.annotations, { images: world.images, signal: new AbortController().signal });
  await writeWebDataset(captions, at("archives"), { shardSize: 8, name: "tiles" });
  await captions.files.close();
  expect((await cli([...clip("m"), "--scores-dir", at("scores")])).code).toBe(0);
  expect((await cli([...clipcap(), "--export-captions-file", at("captions.json")])).code).toBe(0);
});

const common = ["--accelerator", "cpu", "--batch-size", "4", "--force"];
const clip = (name: string) => [
  ...[
    "eval",
    "clip",
    ...common,
    "--model-pth",
    world.clip,
    "--model-basename",
    name,
    "--shards",
    tiles(),
    "--parts-path",
    at("clip-parts"),
  ],
];
const clipcap = () => [
  ...["eval", "clipcap", ...common, "--model-pth", at("captioner"), "--max-tokens", "4", "--no-evaluation"],
  ...["--shards", tiles(), "--parts-path", at("captions-parts")],
];
const deploy = (...args: string[]) => ["deploy", "k8s", "--image", "rsdix:1", "--volume", `claim=data:${folder}`, ...args];
const embed = () => ["--", "embed", "--model-pth", world.clip, "--shards", tiles(), "--out-path", at("clip-parts")];

/** What all files of the run and its archives hold. */
async function all(): Promise<Record<string, string>> {
  const names = await Promise.all(
    ["archives", "clip-parts", "captions-parts", "world"].map(async (name) =>
      (await readdir(at(name), { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    ),
  );
  return Object.fromEntries(await Promise.all(names.flat().map(async (name) => [name, await readFile(name, "base64")] as const)));
}

const CASES: [string, () => Promise<readonly string[]> | readonly string[]][] = [
  ["eval clipcap exports over an archive", () => [...clipcap(), "--export-captions-file", at("archives/tiles-000001.tar")]],
  [
    "eval clipcap exports over an archive, through a link",
    async () => {
      await symlink(at("archives/tiles-000002.tar"), at("linked.json"));
      return [...clipcap(), "--export-captions-file", at("linked.json")];
    },
  ],
  [
    "eval clipcap exports over an archive, through a folder's link",
    async () => {
      await symlink(at("archives"), at("linked"));
      return [...clipcap(), "--export-captions-file", at("linked/tiles-000002.tar")];
    },
  ],
  [
    "eval clipcap exports over an archive by another name of the file",
    async () => {
      await link(at("archives/tiles-000003.tar"), at("same.json"));
      return [...clipcap(), "--export-captions-file", at("same.json")];
    },
  ],
  [
    "eval clipcap exports over an archive, relative",
    () => [...clipcap(), "--export-captions-file", relative(process.cwd(), at("archives/tiles-000000.tar"))],
  ],
  ["eval clipcap exports over an archive, in capitals", () => [...clipcap(), "--export-captions-file", at("archives/TILES-000001.TAR")]],
  ["eval clipcap exports over the plan", () => [...clipcap(), "--export-captions-file", at("captions-parts/plan.json")]],
  ["eval clipcap exports over the plan, in capitals", () => [...clipcap(), "--export-captions-file", at("captions-parts/PLAN.json")]],
  ["eval clipcap exports over a shard", () => [...clipcap(), "--export-captions-file", at("captions-parts/shards/0-tiles-000000.parquet")]],
  ["eval clipcap exports among the shards", () => [...clipcap(), "--export-captions-file", at("captions-parts/shards/mine.json")]],
  ["eval clip's table over an archive", () => [...clip("m"), "--scores-dir", at("archives"), "--scores-file", "tiles-000001.tar"]],
  ["eval clip's table over the plan", () => [...clip("m"), "--scores-dir", at("clip-parts"), "--scores-file", "plan.json"]],
  [
    "eval clip's predictions over an archive, through a link",
    async () => {
      await mkdir(at("predictions"));
      await symlink(at("archives/tiles-000001.tar"), at("predictions/evil.tsv"));
      return [...clip("evil"), "--scores-dir", at("predictions")];
    },
  ],
  ["merge over an archive", () => ["merge", at("clip-parts"), "--out-path", at("archives/tiles-000001.tar")]],
  [
    "merge writes what could not be used over an archive",
    async () => {
      await symlink(at("archives/tiles-000001.tar"), at("merged.bad.jsonl"));
      return ["merge", at("clip-parts"), "--out-path", at("merged.parquet")];
    },
  ],
  ["deploy writes over an archive", () => deploy("--out", at("archives/tiles-000001.tar"), ...embed())],
  ["deploy writes over the plan", () => deploy("--out", at("clip-parts/plan.json"), ...embed())],
  ["deploy writes over the model", () => deploy("--out", join(world.clip, "config.json"), ...embed())],
];

describe("no output takes the place of a run's archives, of its plan or of its results", () => {
  it.each(CASES)("%s", async (_name, given) => {
    const args = await given();
    const before = await all();
    const { code, err } = await cli(args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/INVALID_ARGUMENT: .* name another file/) });
    expect(await all()).toEqual(before);
  });

  it.each(["merge", "deploy"])("%s replaces nothing but what it writes itself", async (command) => {
    const file = at(`${command}.txt`);
    await writeFile(file, "my notes\n");
    const args = command === "merge" ? ["merge", at("clip-parts"), "--out-path", file] : deploy("--out", file, ...embed());
    expect(await cli(args)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/is there already and is (no Parquet file|not a job for Kubernetes of ours: give --force)/),
    });
    expect(await readFile(file, "utf8")).toBe("my notes\n");
    await rm(file);
    for (let i = 0; i < 2; i++) expect(await cli(args)).toMatchObject({ code: 0 });
  });
});

describe("an address as an output is refused, and no folder of its name is made", () => {
  const to = "https://rsdix-no-folder.example/out";
  const model = () => ["--accelerator", "cpu", "--model-pth", world.clip];
  const commands: [string, () => string[]][] = [
    ["embed", () => ["embed", ...model(), "--img-dir", world.images, "--out-path", to]],
    ["embed --format safetensors", () => ["embed", ...model(), "--img-dir", world.images, "--format", "safetensors", "--out-path", to]],
    ["embed --shards", () => ["embed", ...model(), "--shards", tiles(), "--out-path", to]],
    ["caption", () => ["caption", "--accelerator", "cpu", "--model-pth", at("captioner"), "--img-dir", world.images, "--out-path", to]],
    ["eval clip", () => ["eval", "clip", ...model(), "--imgs-dir", world.images, "--scores-dir", to]],
    ["eval clip --shards", () => ["eval", "clip", ...model(), "--shards", tiles(), "--parts-path", to, "--scores-dir", at("elsewhere")]],
    ["eval clipcap", () => [...clipcap(), "--export-captions-file", `${to}.json`]],
    ["merge", () => ["merge", at("clip-parts"), "--out-path", to]],
    ["deploy", () => deploy("--out", to, ...embed())],
  ];
  it.each(commands)("%s", async (_name, args) => {
    const { code, err } = await cli(args());
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/INVALID_ARGUMENT: https:.* is an address, and results are written to files/),
    });
    expect((await readdir(".")).filter((name) => name.startsWith("https"))).toEqual([]);
  });
});
