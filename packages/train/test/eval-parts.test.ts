import { copyFile, cp, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildCli, runProgram } from "./built-cli";
import { cli } from "./run-cli";
import { saveTinyCaptioner } from "./tiny-captioner";
import { type TinyWorld, tinyWorld } from "./tiny-world";

let folder: string;
let world: TinyWorld;
let program: string;
let remove: () => Promise<void>;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  await startBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "rsdix-eval-parts-"));
  world = await tinyWorld(at("world"));
  await saveTinyCaptioner(at("captioner"), world.clip);
  ({ program, remove } = await buildCli("eval-parts"));
});
afterAll(async () => {
  await remove();
  await rm(folder, { recursive: true, force: true });
});

const run = (args: readonly string[]) => runProgram(program, args);
const common = ["--accelerator", "cpu", "--batch-size", "4"];
const clip = (scores: string, images = world.images) => [
  ...["eval", "clip", ...common, "--model-pth", world.clip, "--imgs-dir", images, "--model-basename", "tiny", "--scores-dir", at(scores)],
];
const clipcap = (scores: string, ...more: string[]) => [
  ...["eval", "clipcap", ...common, "--model-pth", at("captioner"), "--annotations-files", world.annotations, "--img-dirs", world.images],
  ...["--no-splits", "--max-tokens", "6", "--metrics", "bleu,rougeL", "--scores-dir", at(scores)],
  ...["--export-captions-file", at(`${scores}.json`), ...more],
];

/** All that an evaluation wrote, by name. */
async function filesOf(scores: string): Promise<Record<string, string>> {
  const names = (await readdir(at(scores))).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(at(scores, name), "utf8")] as const)));
}
/** What is said beside the lines of progress, which come where the machine is busy. */
const unhurried = (err: string) => err.replaceAll(/^\d+ of \d+ (shards|images).*\n/gm, "");
const refused = (message: RegExp, code = 2) => ({ code, out: "", err: expect.stringMatching(message) });

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
    const given = (where: string) => [...clip("moved", at(where, "set")), "--parts", "3", "--parts-path", at("moved-parts")];
    expect((await cli(given("here"))).code).toBe(0);
    expect((await cli(given("there"))).code).toBe(0);
    const [name] = (await readdir(at("here/set"))).sort();
    await copyFile(join(world.images, "green_test0.png"), at("there/set", name!));
    await utimes(at("there/set", name!), 1, 1);
    const other =
      /moved-parts holds results of another run: the images of 0-part are other files, by their sizes and times, .*remove this one/;
    expect(await cli(given("there"))).toEqual(refused(other));
    await cp(at("there/set", name!), at("here/set", name!), { preserveTimestamps: true });
    expect(await cli(given("here"))).toEqual(refused(other));
    await rm(at("moved-parts/shards/0-part.parquet"));
    expect((await cli(given("here"))).code).toBe(0);
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
