import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { webDataset } from "@rsdix/data";
import { writeWebDataset } from "@rsdix/data/node";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noRedis, startRedis } from "../../scale/test/redis-server";
import { openCaptions } from "../src/recipes/open-captions";
import { buildCli } from "./built-cli";
import { type EvalWorld, evalWorld, refused, unhurried, writeArchives } from "./eval-world";
import { cli } from "./run-cli";
import type { TinyWorld } from "./tiny-world";

let given: EvalWorld;
let world: TinyWorld;

beforeAll(async () => {
  given = await evalWorld("eval-shards");
  ({ world } = given);
  await writeArchives(given);
  expect((await cli(whole("whole"))).code).toBe(0);
});
afterAll(() => given.remove());

const at = (...names: string[]) => given.at(...names);
const run = (args: readonly string[]) => given.run(args);
const filesOf = (scores: string) => given.filesOf(scores);
const whole = (scores: string) => [...given.clip(scores), "--imgs-dir", world.images];
const classTiles = "classes/tiles-{000000..000015}.tar";
const captionTiles = "captions/tiles-{000000..000003}.tar";
/** The same images in archives. */
const clip = (scores: string, tiles = classTiles) => [
  ...[...given.clip(scores), "--shards", at(tiles), "--parts-path", at(`${scores}-parts`)],
];
const captioning = (scores: string) => given.clipcap(scores);
const listed = () => ["--annotations-files", world.annotations, "--img-dirs", world.images];
const clipcap = (scores: string) => [...captioning(scores), "--shards", at(captionTiles), "--parts-path", at(`${scores}-parts`)];
const shardsIn = async (scores: string) =>
  (await readdir(at(`${scores}-parts/shards`)).catch(() => [])).filter((name) => name.endsWith(".parquet"));

describe("rsdix eval --shards", () => {
  it("classifies archives as it does the folder, to the byte of all tables, by one process or several", async () => {
    const tensors = tf.memory().numTensors;
    const one = await cli(clip("one"));
    expect({ code: one.code, err: unhurried(one.err) }).toEqual({ code: 0, err: "" });
    expect(tf.memory().numTensors).toBe(tensors);
    const two = await run([...clip("two"), "--jobs", "2"]);
    expect({ code: two.code, err: unhurried(two.err) }).toEqual({ code: 0, err: "" });
    expect(await shardsIn("one")).toHaveLength(16);
    expect([await filesOf("one"), await filesOf("two")]).toEqual([await filesOf("whole"), await filesOf("whole")]);
  });

  it("knows the classes by the images where archives don't list them, and takes the images of a split", async () => {
    const tensors = tf.memory().numTensors;
    expect((await cli(clip("bare", captionTiles))).code).toBe(0);
    expect(tf.memory().numTensors).toBe(tensors);
    const [bare, all] = [await filesOf("bare"), await filesOf("whole")];
    const sorted = (text: string) => text.split("\n").sort();
    expect(bare["scores.tsv"]).toBe(all["scores.tsv"]);
    expect(sorted(bare["tiny.colours.tsv"]!)).toEqual(sorted(all["tiny.images.tsv"]!)); // annotations have another order
    const split = ["--split", "test"];
    expect((await cli([...clip("test", captionTiles), ...split])).code).toBe(0);
    expect((await cli([...whole("test-whole"), "--annotations-file", world.annotations, ...split])).code).toBe(0);
    const [test, wholeTest] = [await filesOf("test"), await filesOf("test-whole")];
    expect(JSON.parse(test["scores.jsonl"]!)).toMatchObject({ dataset: "colours", splits: ["test"], images: 8 });
    expect(test["scores.tsv"]).toBe(wholeTest["scores.tsv"]);
    expect(sorted(test["tiny.tsv"]!)).toEqual(sorted(wholeTest["tiny.tsv"]!));
  });

  it("captions and scores archives as it does annotation files, all images or a split's", async () => {
    for (const [name, splits] of [
      ["all", ["--no-splits"]],
      ["test-split", []],
    ] as const) {
      expect((await cli([...captioning(`${name}-list`), ...listed(), ...splits])).code).toBe(0);
      const tensors = tf.memory().numTensors;
      const shards = await cli([...clipcap(name), ...splits]);
      expect({ code: shards.code, err: unhurried(shards.err) }).toEqual({ code: 0, err: "" });
      expect(tf.memory().numTensors).toBe(tensors);
      expect(await filesOf(name)).toEqual(await filesOf(`${name}-list`));
      expect(await readFile(at(`${name}.json`), "utf8")).toBe(await readFile(at(`${name}-list.json`), "utf8"));
    }
    expect(await cli([...clipcap("all"), "--splits", "val"])).toEqual(refused(/another run: splits is "val" now, and there it has none/));
  });

  it("has shares done by processes that don't know of each other; the command without a share scores them", async () => {
    const shares = await Promise.all(["0/2", "1/2"].map((share) => run([...clip("shared"), "--share", share])));
    for (const { code, out } of shares)
      expect({ code, out }).toEqual({
        code: 0,
        out: `8 of 8 shards are done: 16 images now: ${at("shared-parts")}; when all shards of the run are done, the same command without --share scores them\n`,
      });
    await expect(readdir(at("shared"))).rejects.toMatchObject({ code: "ENOENT" });
    const last = await cli(clip("shared"));
    expect({ code: last.code, err: unhurried(last.err) }).toEqual({ code: 0, err: "" });
    expect(await filesOf("shared")).toEqual(await filesOf("whole"));
    for (const share of ["0/2", "1/2"]) expect((await cli([...clipcap("all-shared"), "--no-splits", "--share", share])).code).toBe(0);
    expect((await cli([...clipcap("all-shared"), "--no-splits"])).code).toBe(0);
    expect(await filesOf("all-shared")).toEqual(await filesOf("all-list"));
  });

  it("says what archives lack before anything is computed, and which shard can't be done", async () => {
    const set = await webDataset(at("classes/tiles-000000.tar"));
    await writeWebDataset(
      { dataset: "numbers", images: set.images.map((image) => ({ ...image, label: "7" })), files: set.files },
      at("numbers"),
    );
    await writeWebDataset({ ...set, images: set.images.map((image) => ({ ...image, label: "a sea" })) }, at("others"));
    await set.files.close();
    const shard = "shard-000000.tar";
    expect(await cli(clipcapOf(classTiles))).toEqual(
      refused(/EMPTY_DATA: Not one of the 2 images of .*000000\.tar has a caption \(\.txt/, 1),
    );
    const numbers = [...given.clip("lost"), "--shards", at("numbers", shard), "--parts-path", at("lost-parts")];
    expect(await cli(numbers)).toEqual(
      refused(/images have numbers for classes, such as 7 of blue_test0\.png: --dataset says what these are called/),
    );
    expect(await cli([...numbers, "--dataset", "eurosat-rgb"])).toMatchObject({ code: 0 }); // the number of one of its ten classes
    expect(await cli([...clip("lost", join("others", shard))])).toEqual(
      refused(/FILE_CORRUPT: .* is of the class "a sea", which is none of the set's 4 \(blue, green, red, white\)/, 1),
    );
    await writeFile(at("classes/cut.tar"), (await readFile(at("classes/tiles-000001.tar"))).subarray(0, 700));
    expect(await cli(clip("cut", "classes/{tiles-000000,cut}.tar"))).toEqual(
      refused(/not done: 1-cut: .*it was cut off.*\nerror: PROCESS_FAILED: 1 of 2 shards are not done/, 1),
    );
    await expect(readdir(at("cut"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("names images of archives that can't be used or have no class, leaves them out where it may, and tells files of one name apart", async () => {
    const { classes: _, ...set } = await openCaptions(world.annotations, { images: world.images, signal: new AbortController().signal });
    const [bare, broken, ...rest] = set.images.slice(0, 12);
    const { label: __, ...unlabelled } = bare!;
    const read = async (name: string) => (name === broken!.filename ? new Uint8Array(99) : set.files.read(name));
    await writeWebDataset({ ...set, files: { ...set.files, read }, images: [...rest, unlabelled, broken!] }, at("mixed"));
    await set.files.close();
    const tiles = "mixed/shard-000000.tar";
    expect(await cli(clip("mixed-scores", tiles))).toEqual(
      refused(
        /FILE_CORRUPT: red_train1\.png could not be used: .*--skip-broken .*Put a whole archive in its place, and remove .*0-shard-000000\.parquet: /,
        1,
      ),
    );
    const { code, err } = await cli([...clip("mixed-scores", tiles), "--skip-broken"]);
    expect({ code, err: unhurried(err) }).toEqual({
      code: 0,
      err: expect.stringMatching(
        /^left out: .*red_train1\.png.*\nleft out: red_train0\.png has no class \(\.cls, or "label" in \.json\) in its archive.*\n$/,
      ),
    });
    expect(JSON.parse((await filesOf("mixed-scores"))["scores.jsonl"]!)).toMatchObject({ images: 10 });

    await cp(at("captions/tiles-000000.tar"), at("captions/again.tar"));
    const both = [
      ...captioning("twice"),
      "--no-splits",
      "--shards",
      at("captions/{tiles-000000,again}.tar"),
      "--parts-path",
      at("twice-parts"),
    ];
    expect((await cli([...both, "--export-layout", "inference"])).code).toBe(0);
    const captions = Object.keys(JSON.parse(await readFile(at("twice.json"), "utf8")));
    expect(captions).toHaveLength(16);
    expect(captions.filter((name) => name.endsWith("red_train0.png"))).toEqual(["0-tiles-000000/red_train0.png", "1-again/red_train0.png"]);
  });

  it("refuses flags that don't go together", async () => {
    const cases: [string[], RegExp][] = [
      [[...given.clip("no"), "--shards", "a.tar"], /--shards needs --parts-path: the folder/],
      [[...clip("no"), "--imgs-dir", "b"], /Either --imgs-dir or --shards/],
      [[...clip("no"), "--parts", "2"], /--parts would do nothing with --shards/],
      [[...clip("no"), "--annotations-file", "b"], /--annotations-file would do nothing with --shards, whose archives hold all/],
      [[...clip("no"), "--on", "redis", "--jobs", "2"], /--jobs would do nothing with --on redis/],
      [[...clip("no"), "--redis", "redis://a"], /--redis would do nothing without --on redis/],
      [[...whole("no"), "--share", "0/2"], /--share would do nothing without --shards or --parts/],
      [[...clipcap("no"), "--img-dirs", "b"], /Either --img-dirs or --shards/],
      [[...clipcap("no"), "--seed", "3"], /--seed would do nothing with --shards/],
      [captioning("no"), /--annotations-files and --img-dirs must say which images are captioned, or --shards archives/],
      [["eval", "clipcap", "--import-captions-file", "a.json", "--shards", "b"], /--shards would do nothing with --import-captions-file/],
      [["eval", "clipcap", "--import-captions-file", "a.json", "--on", "redis"], /--on would do nothing with --import-captions-file/],
      [[...clip("no"), "--template", "a field"], /\{class\}/],
    ];
    for (const [args, message] of cases) expect(await cli(args)).toEqual(refused(message));
    await expect(readdir(at("no-parts"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

/** A captioner's evaluation of other archives. */
const clipcapOf = (tiles: string) => [...captioning("lost"), "--no-splits", "--shards", at(tiles), "--parts-path", at("lost-captions")];

describe.skipIf(noRedis)(`rsdix eval --shards --on redis${noRedis ? ` (${noRedis})` : ""}`, { timeout: 120_000 }, () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let worker: Awaited<ReturnType<typeof buildCli>>;
  const begun: ChildProcess[] = [];
  beforeAll(async () => {
    [server, worker] = await Promise.all([startRedis(), buildCli("shard-worker", new URL("shard-worker.ts", import.meta.url))]);
  });
  afterAll(async () => {
    for (const child of begun) child.kill("SIGKILL");
    await server.kill();
    await worker.remove();
  });
  /** One that kills itself when so many shards are done, where a number is given. */
  const beginWorker = (shards?: number) => {
    const args = [server.url, given.program, ...(shards === undefined ? [] : [String(shards)])];
    const child = fork(worker.program, args, { stdio: "ignore" });
    begun.push(child);
    return child;
  };

  it("scores as one process does, though a worker is killed in the middle", async () => {
    const killed = once(beginWorker(2), "exit");
    const ended = run([...clip("redis"), "--on", "redis", "--redis", server.url]);
    expect(await killed).toEqual([null, "SIGKILL"]);
    expect([2, 3]).toContain((await shardsIn("redis")).length); // the third may have been ending
    await expect(readdir(at("redis"))).rejects.toMatchObject({ code: "ENOENT" });
    beginWorker();
    const { code, err } = await ended;
    expect({ code, err: unhurried(err).replaceAll(/^no worker serves.*\n/gm, "") }).toEqual({ code: 0, err: "" });
    expect(await filesOf("redis")).toEqual(await filesOf("whole"));
  });

  it("has captions of a list's parts made by workers, too", async () => {
    beginWorker();
    const args = [...captioning("redis-list"), ...listed(), "--no-splits", "--parts", "4", "--parts-path", at("redis-list-parts")];
    const { code } = await run([...args, "--on", "redis", "--redis", server.url]);
    expect(code).toBe(0);
    expect((await cli([...captioning("plain-list"), ...listed(), "--no-splits"])).code).toBe(0);
    expect(await filesOf("redis-list")).toEqual(await filesOf("plain-list"));
  });
});
