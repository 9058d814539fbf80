import { copyFile, cp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EvalWorld, evalWorld, refused, unhurried } from "./eval-world";
import { cli } from "./run-cli";
import type { TinyWorld } from "./tiny-world";

let given: EvalWorld;
let world: TinyWorld;

beforeAll(async () => {
  given = await evalWorld("eval-parts");
  ({ world } = given);
});
afterAll(() => given.remove());

const at = (...names: string[]) => given.at(...names);
const run = (args: readonly string[]) => given.run(args);
const filesOf = (scores: string) => given.filesOf(scores);
const clip = (scores: string, images = world.images) => [...given.clip(scores), "--imgs-dir", images];
const clipcap = (scores: string, ...more: string[]) => [
  ...[...given.clipcap(scores), "--annotations-files", world.annotations, "--img-dirs", world.images, "--no-splits", ...more],
];

describe("rsdix eval --parts, --jobs", () => {
  it("classifies as without parts, to the byte of all tables, by one process or several, and what is done is kept", async () => {
    expect((await cli(clip("whole"))).code).toBe(0);
    const tensors = tf.memory().numTensors;
    const one = await cli([...clip("one"), "--parts", "5", "--parts-path", at("one-parts")]);
    expect({ code: one.code, err: unhurried(one.err) }).toEqual({ code: 0, err: "" });
    expect(tf.memory().numTensors).toBe(tensors);
    const two = await run([...clip("two"), "--parts", "5", "--parts-path", at("two-parts"), "--jobs", "2"]);
    expect({ code: two.code, err: unhurried(two.err) }).toEqual({ code: 0, err: "" });
    const whole = await filesOf("whole");
    expect(Object.keys(whole)).toEqual(["scores.jsonl", "scores.tsv", "tiny.images.tsv", "tiny.tsv"]);
    expect([await filesOf("one"), await filesOf("two")]).toEqual([whole, whole]);

    await writeFile(at("one-parts/shards/3-part.bad.jsonl"), ""); // stays unread: the part says that it has none
    await rm(at("one-parts/shards/2-part.parquet"));
    const parts = await readdir(at("one-parts/shards"));
    const again = await cli([...clip("again"), "--parts", "5", "--parts-path", at("one-parts")]);
    expect(again.code).toBe(0);
    expect((await readdir(at("one-parts/shards"))).filter((name) => !parts.includes(name))).toEqual(["2-part.parquet"]);
    expect(await filesOf("again")).toEqual(whole);
  });

  it("captions and scores as without parts, by one process or several", async () => {
    const plain = await cli(clipcap("captions"));
    expect(plain.code).toBe(0);
    const tensors = tf.memory().numTensors;
    const one = await cli(clipcap("captions-one", "--parts", "4", "--parts-path", at("captions-one-parts")));
    expect({ code: one.code, err: unhurried(one.err) }).toEqual({ code: 0, err: "" });
    expect(tf.memory().numTensors).toBe(tensors);
    const two = await run(clipcap("captions-two", "--parts", "4", "--parts-path", at("captions-two-parts"), "--jobs", "2"));
    expect({ code: two.code, err: unhurried(two.err) }).toEqual({ code: 0, err: "" });
    for (const name of ["captions-one", "captions-two"]) {
      expect(await filesOf(name)).toEqual(await filesOf("captions"));
      expect(await readFile(at(`${name}.json`), "utf8")).toBe(await readFile(at("captions.json"), "utf8"));
    }
  });

  it("says which image can't be used, or leaves it out where it may", async () => {
    await cp(world.images, at("broken"), { recursive: true });
    await copyFile(world.annotations, at("broken/green_test0.png")); // no image
    const parts = ["--parts", "3", "--parts-path", at("broken-parts")];
    expect(await cli([...clip("broken-scores", at("broken")), ...parts])).toEqual(
      refused(/FILE_CORRUPT: green_test0\.png could not be used: .*--skip-broken leaves such images out/, 1),
    );
    const skipped = await cli([...clip("skipped", at("broken")), ...parts, "--skip-broken"]);
    expect(skipped).toMatchObject({
      code: 0,
      out: expect.stringContaining(" 31 images, zero-shot"),
      err: expect.stringMatching(/left out: .*green_test0\.png/),
    });
    const plain = await cli([...clip("plain", at("broken")), "--skip-broken"]);
    expect(plain.code).toBe(0);
    expect(await filesOf("skipped")).toEqual(await filesOf("plain"));
  });

  it("does a part again whose broken image was mended, and that part alone", async () => {
    await cp(world.images, at("mended"), { recursive: true, preserveTimestamps: true });
    await copyFile(world.annotations, at("mended/green_test0.png"));
    const args = [...clip("mended-scores", at("mended")), "--parts", "3", "--parts-path", at("mended-parts")];
    expect(await cli(args)).toEqual(
      refused(/Replace the file, and the same command does its part again; .*remove .*\d-part\.parquet first/, 1),
    );
    const times = async () => Promise.all([0, 1, 2].map(async (i) => (await stat(at(`mended-parts/shards/${i}-part.parquet`))).mtimeMs));
    const before = await times();
    await cp(join(world.images, "green_test0.png"), at("mended/green_test0.png"));
    expect((await cli(args)).code).toBe(0);
    const after = await times();
    expect(after.filter((time, i) => time !== before[i])).toHaveLength(1);
    expect((await readdir(at("mended-parts/shards"))).sort()).toEqual(["0-part.parquet", "1-part.parquet", "2-part.parquet"]);
    expect((await cli([...clip("mended-whole", at("mended"))])).code).toBe(0);
    expect(await filesOf("mended-scores")).toEqual(await filesOf("mended-whole"));
  });

  it("refuses another folder's images of the same names, and an image that was replaced; not a copy with its times", async () => {
    await cp(world.images, at("here/set"), { recursive: true, preserveTimestamps: true });
    await cp(world.images, at("there/set"), { recursive: true, preserveTimestamps: true });
    const moved = (where: string) => [...clip("moved", at(where, "set")), "--parts", "3", "--parts-path", at("moved-parts")];
    expect((await cli(moved("here"))).code).toBe(0);
    expect((await cli(moved("there"))).code).toBe(0);
    const [name] = (await readdir(at("here/set"))).sort();
    await copyFile(join(world.images, "green_test0.png"), at("there/set", name!));
    await utimes(at("there/set", name!), 1, 1);
    const other =
      /moved-parts holds results of another run: the images of 0-part are other files, by their sizes and times, .*remove this one/;
    expect(await cli(moved("there"))).toEqual(refused(other));
    await cp(at("there/set", name!), at("here/set", name!), { preserveTimestamps: true });
    expect(await cli(moved("here"))).toEqual(refused(other));
    await rm(at("moved-parts/shards/0-part.parquet"));
    expect((await cli(moved("here"))).code).toBe(0);
  });

  it("refuses flags that don't go together, another model's parts, and a wrong prompt before anything is done", async () => {
    const none = at("none");
    const cases: [string[], RegExp][] = [
      [[...clip("no"), "--parts", "2"], /--parts needs --parts-path: the folder/],
      [[...clip("no"), "--parts-path", none], /--parts-path would do nothing without --shards or --parts/],
      [[...clip("no"), "--jobs", "2"], /--jobs would do nothing without --shards or --parts/],
      [[...clip("no"), "--parts", "0", "--parts-path", none], /'0' is invalid/],
      [clipcap("no", "--jobs", "2"), /--jobs would do nothing without --shards or --parts/],
      [clipcap("no", "--parts", "2"), /--parts needs --parts-path/],
      [
        ["eval", "clipcap", "--import-captions-file", at("captions.json"), "--parts", "2"],
        /--parts would do nothing with --import-captions-file/,
      ],
      [[...clip("no"), "--parts", "2", "--parts-path", none, "--template", "a field"], /\{class\}/],
      [[...clip("no"), "--parts", "2", "--parts-path", at("one-parts")], /another run: parts is 5 there and 2 now/],
    ];
    for (const [args, message] of cases) expect(await cli(args)).toEqual(refused(message));
    await expect(readdir(none)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
