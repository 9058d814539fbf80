import { cp, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { type CaptionRecord, type ImageDataset, webDataset } from "@rsdix/data";
import { writeWebDataset } from "@rsdix/data/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCaptions } from "../src/recipes/open-captions";
import { type EvalWorld, evalWorld, refused, unhurried, writeArchives } from "./eval-world";
import { cli } from "./run-cli";

let given: EvalWorld;
const at = (...names: string[]) => given.at(...names);
const filesOf = (scores: string) => given.filesOf(scores);
const sorted = (text: string) => text.split("\n").sort();

beforeAll(async () => {
  given = await evalWorld("eval-archives");
  await writeArchives(given);
});
afterAll(() => given.remove());

const clip = (scores: string, tiles: string, ...more: string[]) => [
  ...[...given.clip(scores), "--shards", at(tiles), "--parts-path", at(`${scores}-parts`), ...more],
];
const clipcap = (scores: string, tiles: string, ...more: string[]) => [
  ...[...given.clipcap(scores), "--shards", at(tiles), "--parts-path", at(`${scores}-parts`), ...more],
];
const whole = (scores: string, images: string, ...more: string[]) => [...given.clip(scores), "--imgs-dir", images, ...more];

/** The set's images as archives without a list of classes, after a change. */
async function archives(name: string, change: (images: ImageDataset["images"]) => ImageDataset["images"], size = 8): Promise<void> {
  const signal = new AbortController().signal;
  const { classes: _, ...set } = await openCaptions(given.world.annotations, { images: given.world.images, signal });
  await writeWebDataset({ ...set, images: change(set.images) }, at(name), { shardSize: size, name: "tiles" });
  await set.files.close();
}

describe("rsdix eval --shards, of archives that differ", () => {
  it("takes a number for no class's name, whichever archive has it", async () => {
    await archives("numbers", (images) => images.map((image, i) => (i < 24 ? image : { ...image, label: "3" })));
    const tiles = "numbers/tiles-{000000..000003}.tar";
    expect(await cli(clip("numbers-scores", tiles))).toEqual(
      refused(/images have numbers for classes, such as 3 of white_train0\.png: --dataset says what these are called/),
    );
    await expect(readdir(at("numbers-scores"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("knows the classes of all splits where one is scored, as of a folder", async () => {
    // No white image is for testing: it is one of the four classes nevertheless.
    const split = ({ label, split: own }: { label?: string | undefined; split: CaptionRecord["split"] }) =>
      label === "white" ? ("val" as const) : own;
    await archives("splits", (images) => images.map((image) => ({ ...image, split: split(image) })));
    expect((await cli(clip("splits-scores", "splits/tiles-{000000..000003}.tar", "--split", "test"))).code).toBe(0);
    const annotations = at("splits.json");
    const set = await webDataset(at("splits"));
    await writeFile(
      annotations,
      JSON.stringify({ dataset: "colours", images: set.images.map((image) => ({ ...image, label: undefined })) }),
    );
    await set.files.close();
    expect((await cli(whole("splits-whole", given.world.images, "--annotations-file", annotations))).code).toBe(0);
    const [found, wanted] = [await filesOf("splits-scores"), await filesOf("splits-whole")];
    expect(found["scores.tsv"]).toBe(wanted["scores.tsv"]);
    expect(sorted(found["tiny.tsv"]!)).toEqual(sorted(wanted["tiny.tsv"]!));
    expect(found["tiny.tsv"]).toContain("white");
  });

  it("refuses archives that list other classes than the first one", async () => {
    const set = await webDataset(at("classes/tiles-000001.tar"));
    await writeWebDataset({ ...set, classes: [...set.classes!, "a sea"] }, at("classes"), { name: "more" });
    await set.files.close();
    expect(await cli(clip("more-scores", "classes/{tiles-000000,more-000000}.tar"))).toEqual(
      refused(/archives list different classes: "a sea" is none of the first one's 4 \(blue, green, red, white\)/),
    );
  });

  it("takes the list of classes of a first archive that has been mended, and is done anew", async () => {
    const write = async (classes: readonly string[], isBroken: boolean) => {
      const set = await webDataset(at("captions/tiles-000000.tar"));
      const bytesOf = (name: string) => (isBroken && name === set.images[0]!.filename ? new Uint8Array(64) : set.files.read(name));
      const files = { ...set.files, read: async (name: string) => bytesOf(name) };
      const images = set.images.map((image, i) => ({ ...image, label: classes[i % 2]! }));
      await rm(at("mended"), { recursive: true, force: true });
      await writeWebDataset({ ...set, files, images, classes }, at("mended"), { name: "tiles" });
      await set.files.close();
    };
    const score = (scores: string) => cli(clip(scores, "mended/tiles-000000.tar", "--skip-broken"));
    await write(["apple", "bear", "cow"], true);
    expect(await score("mended-scores")).toMatchObject({ code: 0, out: expect.stringContaining("7 images") });
    await write(["apple", "bear"], false);
    await rm(at("mended-scores"), { recursive: true });
    expect(await score("mended-scores")).toMatchObject({ code: 0, out: expect.stringContaining("8 images") });
    expect((await score("mended-fresh")).code).toBe(0);
    expect(await filesOf("mended-scores")).toEqual(await filesOf("mended-fresh"));
  });

  it("asks the first archive for nothing of images that aren't wanted", async () => {
    await archives("first", (images) =>
      images.map(({ label, ...image }, i) => (i < 8 ? { ...image, split: "train" } : { ...image, label: label!, split: "test" })),
    );
    await archives("mute", (images) =>
      images.map((image, i) => (i < 8 ? { ...image, sentences: [], split: "train" } : { ...image, split: "test" })),
    );
    const tiles = "first/tiles-{000000..000003}.tar";
    expect(await cli(clip("first-all", tiles))).toEqual(refused(/EMPTY_DATA: Not one of the 8 images of .* has a class/, 1));
    const scored = await cli(clip("first-scores", tiles, "--split", "test"));
    expect({ code: scored.code, err: unhurried(scored.err) }).toEqual({ code: 0, err: "" });
    expect(scored.out).toContain("24 images");
    const captioned = await cli(clipcap("first-captions", tiles.replace("first", "mute"))); // the split "test" unless told otherwise
    expect({ code: captioned.code, err: unhurried(captioned.err) }).toEqual({ code: 0, err: "" });
    const skipped = await cli(clip("first-skipped", tiles, "--skip-broken"));
    expect(skipped).toMatchObject({
      code: 0,
      out: expect.stringContaining("24 images"),
      err: expect.stringContaining("left out: red_train0.png"),
    });
  });

  it("tells files of one name in two archives apart", async () => {
    for (const folder of ["a", "b"]) await cp(at("captions/tiles-000000.tar"), at(folder, "tiles-000000.tar"));
    expect((await cli(clip("twice", "{a,b}/tiles-000000.tar"))).code).toBe(0);
    const files = (await filesOf("twice"))["tiny.tsv"]!.split("\n").map((row) => row.split("\t")[0]!);
    expect(files.filter((file) => file.endsWith("red_train0.png"))).toEqual([
      "0-tiles-000000/red_train0.png",
      "1-tiles-000000/red_train0.png",
    ]);
    expect(new Set(files).size).toBe(files.length);
  });

  it.each(["captions", "classes"])("scores anew without the archives (%s), whose results are there", async (kind) => {
    await cp(at(kind), at("gone"), { recursive: true });
    await rm(at("gone/more-000000.tar"), { force: true });
    const tiles = `gone/tiles-{000000..0000${kind === "classes" ? "15" : "03"}}.tar`;
    const name = `gone-${kind}`;
    const args = kind === "classes" ? clip(name, tiles) : clip(name, tiles, "--split", "val");
    expect((await cli(args)).code).toBe(0);
    const before = await filesOf(name);
    await rename(at(name), at(`${name}-before`));
    await rm(at("gone"), { recursive: true });
    const again = await cli(args);
    expect({ code: again.code, err: unhurried(again.err) }).toEqual({ code: 0, err: "" });
    expect(await filesOf(name)).toEqual(before);
    await rm(at(`${name}-parts/shards`), { recursive: true });
    expect(await cli(args)).toEqual(refused(/FILE_NOT_FOUND: .*gone.*tiles-000000\.tar/, 1));
  });

  it("captions are scored anew without the archives, too", async () => {
    await mkdir(at("left"));
    await cp(at("captions"), at("left"), { recursive: true });
    const args = clipcap("left-scores", "left/tiles-{000000..000003}.tar");
    expect((await cli(args)).code).toBe(0);
    const before = await filesOf("left-scores");
    await rename(at("left-scores"), at("left-before"));
    await rm(at("left"), { recursive: true });
    expect((await cli(args)).code).toBe(0);
    expect(await filesOf("left-scores")).toEqual(before);
  });
});
