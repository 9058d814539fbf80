import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { decodeImage } from "@rsdix/image/node";
import { Clip, ClipCap } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { saveTinyCaptioner } from "../../test/tiny-captioner";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;
let captioner: string;

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
  captioner = join(folder, "captioner");
  await saveTinyCaptioner(captioner, world.clip);
});

const at = (name: string) => join(folder, name);
const base = () => ["caption", "--accelerator", "cpu", "--model-pth", captioner, "--img-dir", world.images, "--max-tokens", "6"];
const run = (out: string, ...args: string[]) => cli([...base(), "--out-path", at(out), ...args]);
const read = async (out: string) => JSON.parse(await readFile(at(out), "utf8")) as Record<string, string[]>;

describe("rsdix caption", () => {
  it("writes a caption an image, as the model gives it", async () => {
    const tensors = tf.memory().numTensors;
    const { code, out, err } = await run("greedy.json");
    expect({ code, out, err }).toEqual({ code: 0, out: `32 images captioned: ${at("greedy.json")}\n`, err: "" });
    expect(tf.memory().numTensors).toBe(tensors);
    const captions = await read("greedy.json");
    expect(Object.keys(captions)).toHaveLength(32);
    const [model, encoder] = [await ClipCap.fromPretrained(captioner), await Clip.fromPretrained(world.clip)];
    model.encoder = encoder;
    const image = await decodeImage(join(world.images, "green_val1.png"));
    expect(captions["green_val1.png"]).toEqual(await model.captionImages([image], { maxTokens: 6 }));
    await run("beams.json", "--use-beam-search", "--beams", "3");
    expect((await read("beams.json"))["green_val1.png"]).toEqual(await model.captionImages([image], { maxTokens: 6, beams: 3 }));
    model.dispose();
    encoder.dispose();
  });

  it("samples by a seed, each batch by itself", async () => {
    const sampled = async (name: string, ...args: string[]) => {
      expect((await run(name, "--top-p", "1", "--temperature", "2", "--batch-size", "4", ...args)).code).toBe(0);
      return read(name);
    };
    const first = await sampled("s1.json", "--seed", "1");
    expect(await sampled("s2.json", "--seed", "1")).toEqual(first);
    expect(await sampled("s3.json", "--seed", "2")).not.toEqual(first);
    expect(await sampled("s4.json", "--top-k", "1")).toEqual(await read("greedy.json"));
    // Images of one colour are nearly alike: batches that drew the same would say the same of them.
    const texts = Object.values(first).map(([text]) => text);
    expect(texts.slice(0, 4)).not.toEqual(texts.slice(4, 8));
  });

  it("goes on with a file: to the same captions as without a break", async () => {
    const args = ["--top-p", "0.9", "--batch-size", "8"];
    await run("whole.json", ...args);
    const stop = new AbortController();
    const onErr = () => void stop.abort(new Error("interrupted"));
    const broken = await cli([...base(), "--out-path", at("broken.json"), ...args], { signal: stop.signal, isTTY: true, onErr });
    expect(broken).toMatchObject({ code: 130, err: expect.stringContaining("Stopped: ") });
    const some = Object.keys(await read("broken.json")).length;
    expect(some).toBeGreaterThan(0);
    expect(some).toBeLessThan(32);
    const resumed = await run("broken.json", ...args, "--json");
    expect(JSON.parse(resumed.out)).toEqual({ captioned: 32 - some, kept: some, skipped: 0, out: at("broken.json") });
    expect(await readFile(at("broken.json"), "utf8")).toBe(await readFile(at("whole.json"), "utf8"));
  });

  it("leaves out images that the file has, and replaces it when told to", async () => {
    await writeFile(at("own.json"), JSON.stringify({ "red_val0.png": ["mine ."], "elsewhere.png": ["of another folder ."] }));
    const args = ["--annotations-file", world.annotations, "--split", "val"];
    const { out } = await run("own.json", ...args);
    expect(out).toBe(`7 images captioned, 1 were there (--force makes them anew): ${at("own.json")}\n`);
    expect(await read("own.json")).toMatchObject({ "red_val0.png": ["mine ."], "elsewhere.png": ["of another folder ."] });
    expect((await run("own.json", ...args)).out).toMatch(/^0 images captioned, 8 were there/);
    expect((await run("own.json", ...args, "--force")).out).toMatch(/^8 images captioned:/);
    expect(Object.keys(await read("own.json"))).toHaveLength(8);
  });

  it("goes on with its own file whatever images are called", async () => {
    await writeFile(at("odd.json"), '{\n "one": ["a lake ."]\n}\n'); // to the letter as it is written
    const args = ["--annotations-file", world.annotations, "--split", "val"];
    expect((await run("odd.json", ...args)).code).toBe(0);
    expect(await read("odd.json")).toMatchObject({ one: ["a lake ."], "red_val0.png": [expect.any(String)] });
  });

  it("keeps what another command captions at the same time", async () => {
    const split = (name: string) => run("both.json", "--annotations-file", world.annotations, "--split", name);
    const ended = await Promise.all(["train", "val", "test"].map(split));
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(Object.keys(await read("both.json"))).toHaveLength(32);
    expect((await readdir(folder)).filter((name) => name.includes("lock"))).toEqual([]);
  });

  it("writes the file every 50 images", async () => {
    const images = at("many");
    await mkdir(images);
    for (let i = 0; i < 112; i++) await copyFile(join(world.images, "red_val0.png"), join(images, `${i}.png`));
    const sizes = new Set<number>();
    const reading: Promise<unknown>[] = [];
    const look = () =>
      void reading.push(
        readFile(at("many.json"), "utf8").then(
          (text) => sizes.add(Object.keys(JSON.parse(text)).length), // whole at any moment
          () => undefined,
        ),
      );
    const timer = setInterval(look, 1);
    const args = [...base(), "--img-dir", images, "--out-path", at("many.json"), "--batch-size", "10", "--max-tokens", "2"];
    const { code } = await cli(args, { isTTY: true, onErr: look });
    clearInterval(timer);
    await Promise.all(reading);
    expect(code).toBe(0);
    sizes.add(Object.keys(await read("many.json")).length);
    expect([...sizes].sort((a, b) => a - b)).toEqual([0, 50, 100, 112]);
  });

  it("makes the folder of the file", async () => {
    const args = ["--annotations-file", world.annotations, "--split", "val"];
    expect((await run("new/folder/captions.json", ...args)).code).toBe(0);
    expect(Object.keys(await read("new/folder/captions.json"))).toHaveLength(8);
  });

  it.each([
    [["--img-dir", "/nowhere"], 1, "error: FILE_NOT_FOUND:"],
    [["--model-pth", "CLIP"], 1, "clip holds a CLIP, not a captioner: rsdix eval clip, rsdix embed and rsdix fit clip take it.\n"],
    [["--temperature", "2"], 2, "--temperature would do nothing without --top-p"],
    [["--beams", "2"], 2, "--beams would do nothing without --use-beam-search."],
    [["--use-beam-search", "--top-p", "0.5"], 2, "Either --use-beam-search or --top-p can be had, not both."],
    [["--top-p", "1.5"], 2, "--top-p must be a share above 0 and at most 1 (1: from all tokens), got 1.5."],
    [["--top-p", "much"], 2, "argument 'much' is invalid. It must be a number."],
    [["--out-path", "ANNOTATIONS/captions.json"], 1, "error: FILE_NOT_FOUND: "],
    [
      ["--max-tokens", "31"],
      2,
      "error: INVALID_ARGUMENT: --max-tokens 31 is more than the 30 that this captioner has room for: its GPT-2 takes 32 ",
    ],
    [["--out-path", "ANNOTATIONS"], 2, "is there already and is not a file of captions, "],
    [["--out-path", "OPTIONS"], 2, 'is there already and is not a file of captions, {"image": ["caption"]}: give --force to replace it'],
    [["--out-path", "TEXTS"], 2, "is there already and is not a file of captions, "],
    [["--out-path", "EXPORTED"], 1, 'is a list, as "rsdix eval clipcap" exports captions with their references, and not {'],
    [
      ["--out-path", "NUMBERS"],
      1,
      'NUMBERS is a list, as "rsdix eval clipcap" exports captions with their references, and not {"image": ["caption"]}: name another',
    ],
    [["--out-path", "/tmp"], 1, "error: FILE_NOT_FOUND: /tmp cannot be read: it is a folder; name a file to write."],
    [["--top-p", "0"], 2, "--top-p must be a share above 0 and at most 1 (1: from all tokens), got 0."],
    [["--max-tokens", "0"], 2, "It must be at least 1."],
  ])("refuses %j", async (args, code, message) => {
    const mine = { EXPORTED: "[]", NUMBERS: "[1,2,3]", OPTIONS: '{"lib": ["es2022"], "types": ["node"]}', TEXTS: '{"a.png": "a lake ."}' };
    for (const [name, text] of Object.entries(mine)) await writeFile(at(name), text);
    const known: Record<string, string> = { CLIP: world.clip, ANNOTATIONS: world.annotations };
    for (const name of Object.keys(mine)) known[name] = at(name);
    const result = await run("wrong.json", ...args.map((arg) => known[arg] ?? arg.replace("ANNOTATIONS/", `${world.annotations}/`)));
    expect({ code: result.code, out: result.out, err: result.err }).toEqual({ code, out: "", err: expect.stringContaining(message) });
    expect(await readdir(folder)).not.toContain("wrong.json");
    for (const [name, text] of Object.entries(mine)) expect(await readFile(at(name), "utf8")).toBe(text);
  });
});
