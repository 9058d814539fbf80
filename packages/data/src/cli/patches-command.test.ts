import { copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { FILES, path } from "../../test/scenes";
import { readKarpathy } from "../read-karpathy";

let folder: string;
let golden: { size: number; stride: number; patches: { noData: number; cloud: number }[] };
let cut: string[];
const bands = dirname(FILES.red);

beforeAll(async () => {
  folder = scratchFolder("file");
  golden = JSON.parse(await readFile(path("sentinel2.json"), "utf8"));
  cut = ["--size", `${golden.size}`, "--stride", `${golden.stride}`];
});

it("finds the bands of a folder and leaves clouds out", async () => {
  const out = join(folder, "bands");
  const run = await cli(["patches", bands, out, ...cut, "--max-cloud", "0.1", "--name", "po", "--min", "0", "--max", "2500"]);
  const seen = golden.patches.filter(({ noData }) => noData === 0);
  const clear = seen.filter(({ cloud }) => cloud <= 0.1);
  const missing = golden.patches.length - seen.length;
  expect(run).toEqual({
    ...{ code: 0, err: "" },
    out: `${clear.length} patches in ${out}; left out for missing pixels ${missing}, for clouds ${seen.length - clear.length}\n`,
  });
  expect(Math.min(clear.length, missing, seen.length - clear.length)).toBeGreaterThan(0);
  expect((await readKarpathy(join(out, "dataset.json"))).images).toHaveLength(clear.length);
});

it("says what it did as JSON", async () => {
  const out = join(folder, "json");
  const run = await cli(["patches", bands, out, ...cut, "--max-cloud", "0.1", "--json"]);
  expect(run).toMatchObject({ code: 0, err: "" });
  const seen = golden.patches.filter(({ noData }) => noData === 0);
  const images = seen.filter(({ cloud }) => cloud <= 0.1).length;
  const leftOut = { noData: golden.patches.length - seen.length, cloud: seen.length - images };
  expect(JSON.parse(run.out)).toEqual({ images, leftOut, target: out });
});

it("takes one file with all bands, in the order that is told", async () => {
  const run = await cli([
    "patches",
    path("stack.tif"),
    join(folder, "stack"),
    ...cut,
    "--bands",
    "0,1,2,3",
    "--max-no-data",
    "1",
    "--max-cloud",
    "1",
  ]);
  expect([run.code, run.out.split(" ")[0]]).toEqual([0, `${golden.patches.length}`]);
});

it("says which bands it misses, or has twice", async () => {
  const some = join(folder, "some");
  await mkdir(some);
  for (const file of [FILES.red, FILES.green]) await copyFile(file, join(some, basename(file)));
  const missing = await cli(["patches", some, join(folder, "x")]);
  expect([missing.code, missing.err]).toEqual([
    1,
    expect.stringMatching(/must have a .tif with B04, B03 and B02 .*; it has T32TMR_20240610_B03_10m\.tif, /),
  ]);
  await copyFile(FILES.red, join(some, "T32TMR_20240610_B04_20m.tif"));
  const twice = await cli(["patches", some, join(folder, "x")]);
  expect([twice.code, twice.err]).toEqual([
    2,
    expect.stringContaining("more than one file for B04: T32TMR_20240610_B04_10m.tif, T32TMR_20240610_B04_20m.tif"),
  ]);
  expect((await cli(["patches", join(folder, "none"), join(folder, "x")])).err).toMatch(
    /^error: FILE_NOT_FOUND: .*none can't be opened: there is no such folder or file\. Check the path\.\n$/,
  );
  for (const [flag, value] of [
    ["--max-cloud", "7"],
    ["--max-no-data", "-1"],
    ["--size", "0"],
    ["--stride", "0"],
  ] as const) {
    const wrong = await cli(["patches", join(folder, "none"), join(folder, "x"), flag, value]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/^error: INVALID_ARGUMENT: \w+ must be a/)]);
  }
  const clouds = await cli(["patches", path("stack.tif"), join(folder, "x"), "--size", "16", "--max-cloud", "0"]);
  expect([clouds.code, clouds.err]).toEqual([2, expect.stringContaining("scl")]);
});

it("stops when told to", async () => {
  const controller = new AbortController();
  const options = { signal: controller.signal, isTTY: true, onErr: () => controller.abort() };
  const run = await cli(["patches", bands, join(folder, "stopped"), ...cut], options);
  expect([run.code, run.err]).toEqual([130, expect.stringContaining("Stopped: ")]);
});

it("leaves no empty folder where the scene is refused", async () => {
  const parent = join(folder, "new");
  const large = await cli(["patches", bands, join(parent, "deep"), "--size", "4000"]);
  expect([large.code, large.err]).toEqual([2, expect.stringContaining("larger than the scene")]);
  await expect(readdir(parent)).rejects.toMatchObject({ code: "ENOENT" });
  await mkdir(parent); // one that was there stays
  expect((await cli(["patches", bands, parent, "--size", "4000"])).code).toBe(2);
  expect((await cli(["patches", bands, join(parent, "deep"), "--size", "4000"])).code).toBe(2);
  expect(await readdir(parent)).toEqual([]);
  // A folder that was there, and whose name begins as that of one that is made on the way to it, stays.
  await mkdir(join(folder, "up2"));
  expect((await cli(["patches", bands, `${folder}/up/../up2/z`, "--size", "4000"])).code).toBe(2);
  expect(await readdir(folder)).toContain("up2");
});
