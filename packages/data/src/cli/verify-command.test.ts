import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodePng } from "@rsdix/image/node";
import { beforeAll, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { makeTar } from "../../test/make-tar";
import { cli } from "../../test/run-cli";

let folder: string;
const CLEARED = "\r\u001b[K";
const png = (shade: number) => encodePng({ width: 2, height: 2, data: new Uint8Array(12).fill(shade) });
const image = (filename: string, ...captions: unknown[]) => ({
  ...{ filename, imgid: 0, split: "train", sentences: captions.map((raw) => ({ raw })) },
});

/** A folder with an annotation and images. */
async function put(name: string, images: object[], files: Record<string, Uint8Array>): Promise<string> {
  const target = join(folder, name);
  await mkdir(join(target, "images"), { recursive: true });
  await writeFile(join(target, "dataset.json"), JSON.stringify({ dataset: name, images }));
  for (const [file, bytes] of Object.entries(files)) await writeFile(join(target, "images", file), bytes);
  return target;
}

beforeAll(async () => {
  folder = scratchFolder("file");
});

it("prints the report and ends with 0 when all is well", async () => {
  const source = await put("well", [image("a.png", "a lake")], { "a.png": await png(1) });
  const run = await cli(["verify", "karpathy", source]);
  expect(run).toEqual({
    code: 0,
    out: expect.stringMatching(/^well in .*\n {2}images {4}1, 1 of them decoded\n[\s\S]*\nAll is well\.\n$/),
    err: "",
  });
});

it("names every problem and ends with 1", async () => {
  const images = [image("a.png", "a lake", 5), image("gone.png", "a sea"), image("cut.png", "a dam"), image("b.png", " ")];
  const source = await put("wrong", images, { "a.png": await png(1), "b.png": await png(2), "cut.png": (await png(3)).slice(0, 40) });
  const { code, out, err } = await cli(["verify", "karpathy", source]);
  expect([code, err]).toEqual([1, ""]);
  for (const line of [
    "error: left out of the annotation (3)",
    "error: missing image (1)\n  - gone.png",
    "error: unreadable image (1)\n  - cut.png: ",
  ]) {
    expect(out).toContain(line);
  }
  const report = JSON.parse((await cli(["verify", "karpathy", source, "--json", "--examples", "1"])).out);
  expect(report).toMatchObject({ ok: false, exitCode: 1, sizes: { "2 x 2": 1 }, counts: { images: 3 } });
  expect(report.problems[0]).toMatchObject({
    kind: "left out of the annotation",
    count: 3,
    examples: [expect.stringContaining("must be text, got 5")],
  });
  expect(report).not.toHaveProperty("text");
  const names = await cli(["verify", "karpathy", source, "--no-decode"]);
  expect(names.out).toContain("  images    3, not looked into\n");
  expect(names.out).toContain("missing image");
  expect(names.out).not.toContain("unreadable image");
});

it("compares with what was published, unless told not to", async () => {
  const source = await put("part", [image("a.tif", "1", "2", "3", "4", "5")], { "a.png": await png(1) });
  const whole = await cli(["verify", "ucmd", source]);
  expect(whole.code).toBe(1);
  expect(whole.out).toContain("images: 1, published are 2100");
  const part = await cli(["verify", "ucmd", source, "--no-counts"]);
  expect([part.code, part.out.includes("published")]).toEqual([0, false]);
});

it("takes the names of annotation and images", async () => {
  const source = await put("names", [image("a.png", "a lake")], { "a.png": await png(1) });
  await writeFile(join(source, "other.json"), "{}");
  const annotations = ["--annotations", "dataset.json"];
  expect((await cli(["verify", "karpathy", source])).err).toMatch(/^error: FILE_NOT_FOUND: No annotation file in .* 2 files end so/);
  expect((await cli(["verify", "karpathy", source, ...annotations, "--images", "images"])).code).toBe(0);
  expect((await cli(["verify", "karpathy", source, ...annotations, "--images", "pictures"])).err).toContain('looked in "pictures"');
  const refused = await cli(["verify", "aid", source, ...annotations]);
  expect([refused.code, refused.err]).toEqual([
    2,
    expect.stringContaining("--annotations is for sets with an annotation file; aid has none."),
  ]);
  expect((await cli(["verify", "webdataset", source, "--images", "x"])).err).toContain("--images is not for WebDataset shards.");
});

it("tells what it left out of shards, and which images are of no class", async () => {
  const tar = await makeTar([
    ["a.png", await png(1)],
    ["a.txt", "a lake"],
    ["b.png", await png(2)],
  ]);
  await writeFile(join(folder, "s.tar"), tar);
  const { code, out } = await cli(["verify", "webdataset", join(folder, "s.tar")]);
  expect([code, out]).toEqual([1, expect.stringContaining('the sample "b" at byte')]);
  const scenes = join(folder, "scenes");
  for (const name of ["Beach", "Else"]) await mkdir(join(scenes, name), { recursive: true });
  for (const name of ["Beach/1.png", "Else/2.png"]) await writeFile(join(scenes, name), await png(7));
  const classes = await cli(["verify", "aid", scenes, "--no-counts"]);
  expect(classes.code).toBe(0);
  expect(classes.out).toContain("warning: image left out, of no class (1)\n  - Else/2.png");
});

it("ends with 1 where no path tells a class, which no other command mends", async () => {
  const moons = join(folder, "moons");
  await mkdir(join(moons, "Moon"), { recursive: true });
  await writeFile(join(moons, "Moon/1.png"), await png(1));
  const { code, out, err } = await cli(["verify", "aid", moons]);
  expect([code, out, err]).toEqual([1, "", expect.stringMatching(/^error: EMPTY_DATA: AID: the path of 1 of 1 images .*"Moon\/1\.png"/)]);
});

it("shows progress on a terminal alone, and takes it off again", async () => {
  const source = await put("shown", [image("a.png", "x"), image("b.png", "y")], { "a.png": await png(1), "b.png": await png(2) });
  const { err } = await cli(["verify", "karpathy", source], { isTTY: true });
  expect(err.endsWith(`2 of 2 images checked${CLEARED}`)).toBe(true);
});

it("stops when told to", async () => {
  const files = Object.fromEntries(await Promise.all([...Array(20).keys()].map(async (i) => [`${i}.png`, await png(i)] as const)));
  const source = await put(
    "stopped",
    Object.keys(files).map((name) => image(name, name)),
    files,
  );
  const controller = new AbortController();
  const options = { signal: controller.signal, isTTY: true, onErr: () => controller.abort(new Error("interrupted")) };
  const { code, out, err } = await cli(["verify", "karpathy", source], options);
  expect([code, out]).toEqual([130, ""]);
  expect(err.split(CLEARED).at(-1)).toMatch(/^Stopped: Checking images was stopped after \d+ of 20\.\n$/);
  expect((await cli(["verify", "karpathy", source], options)).code).toBe(130);
});

it("spells out control characters of file names", async () => {
  const source = await put("steering", [image("a.png", "x"), image("\u001b[2J.png", "y")], { "a.png": await png(1) });
  const { out } = await cli(["verify", "karpathy", source]);
  expect(out).toContain("\\x1b[2J.png");
  expect(out).not.toContain("\u001b");
});
