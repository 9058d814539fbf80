import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli } from "../../test/run-cli";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";
import { parseEvaluation } from "../report/evaluation";

let folder: string;
let world: TinyWorld;

beforeAll(async () => {
  await startBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "rsdix-eval-"));
  world = await tinyWorld(join(folder, "world"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => cli(["eval", "clip", "--accelerator", "cpu", "--scores_dir", join(folder, "scores"), ...args]);
const read = (name: string) => readFile(join(folder, "scores", name), "utf8");

describe("rsdix eval clip", () => {
  it("writes a row an image and a row a model", async () => {
    const tensors = tf.memory().numTensors;
    const { code, out, err } = await run("--model_pth", world.clip, "--imgs_dir", world.images, "--model_basename", "tiny");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(out).toMatch(/^tiny on images, 32 images, zero-shot\ntop-1 {3}\d+\.\d\d %\ntop-2 {3}\d+\.\d\d %\ntop-3 {3}\d+\.\d\d %\n/);
    expect(await read("scores.tsv")).toMatch(/^model\tscore@1\tscore@2\tscore@3\ntiny\t[01]\.\d{3}\t[01]\.\d{3}\t[01]\.\d{3}\n$/);
    const predictions = (await read("tiny.images.tsv")).split("\n");
    expect(predictions).toHaveLength(33);
    expect(predictions[0]).toMatch(/^blue_test0\.png\tblue(\t(red|green|blue|white)\t[01]\.\d{5}){4}$/);
    const parsed = parseEvaluation(predictions.join("\n"), "x");
    if (parsed.kind !== "predictions") throw new Error("expected predictions");
    const top1 = parsed.images.filter(({ label, classes }) => classes[0]!.label === label).length / 32;
    expect(out).toContain(`top-1   ${(100 * top1).toFixed(2)} %`);
  });

  it("takes one split of an annotation, and replaces a model's row", async () => {
    const args = ["--model-pth", world.clip, "--imgs-dir", world.images, "--model-basename", "tiny", "--json"];
    const { code, out } = await run(...args, "--annotations-file", world.annotations, "--split", "val");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ model: "tiny", images: 8, accuracy: { 3: expect.any(Number) } });
    expect((await read("scores.tsv")).split("\n")).toHaveLength(3);
    const other = await run(...args, "--model-basename", "other");
    expect(other.code).toBe(0);
    expect((await read("scores.tsv")).match(/^(tiny|other)\t/gm)).toEqual(["tiny\t", "other\t"]);
  });

  it.each([
    [["--imgs-dir", "images"], 2, "error: INVALID_ARGUMENT: Either --model-pth or --checkpoint must name the model, got neither."],
    [["--model-pth", "clip"], 2, "error: required option '--imgs-dir <folder>' not specified"],
    [["--model-pth", "clip", "--imgs-dir", "/nowhere"], 1, "error: FILE_NOT_FOUND:"],
    [["--model-pth", "clip", "--imgs-dir", "images", "--dataset", "eurosat"], 2, 'There is no class set "eurosat". Known are rsicd,'],
    [["--model-pth", "clip", "--imgs-dir", "images", "--template", "a photo"], 2, "error: INVALID_ARGUMENT: "],
    [["--model-pth", "/nowhere", "--imgs-dir", "images"], 1, 'error: FILE_NOT_FOUND: "/nowhere" is no file or folder.'],
    [["--model-pth", "gpt2", "--imgs-dir", "images"], 1, 'is a model of type "gpt2", neither "clip" nor "siglip".'],
    [["--checkpoint", "last", "--runs", "/nowhere", "--imgs-dir", "images"], 1, "error: FILE_NOT_FOUND: There is no last run in /nowhere"],
    [["--model-pth", "clip", "--imgs-dir", "images", "--split", "val"], 2, "--split is a split of --annotations-file, which is not given."],
    [["--model-pth", "clip", "--imgs-dir", "images", "--batch-size", "0"], 2, "It must be at least 1."],
  ])("refuses %j", async (args, code, message) => {
    const known: Record<string, string> = { clip: world.clip, images: world.images, gpt2: world.gpt2 };
    const result = await run(...args.map((arg) => known[arg] ?? arg));
    expect({ code: result.code, err: result.err }).toEqual({ code, err: expect.stringContaining(message) });
  });

  it("leaves a table of other columns alone", async () => {
    await writeFile(join(folder, "scores", "other.tsv"), "model\tBLEU-1\nx\t0.5\n");
    const { code, err } = await run("--model-pth", world.clip, "--imgs-dir", world.images, "--scores-file", "other.tsv");
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining("other.tsv has other columns (model, BLEU-1) than these scores (model, score@1"),
    });
    expect(await read("other.tsv")).toBe("model\tBLEU-1\nx\t0.5\n");
  });
});
