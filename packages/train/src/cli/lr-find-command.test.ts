import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;

beforeAll(async () => {
  await startBackend("wasm");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
});

const at = (...names: string[]) => join(folder, ...names);
const data = () => [
  ...["--data.annotations_files", world.annotations, "--data.img_dirs", world.images, "--data.batch_size", "8"],
  ...["--trainer.accelerator", "wasm", "--trainer.default_root_dir", at("runs")],
];
const clip = (out: string, ...args: string[]) =>
  cli(["lr-find", "clip", ...data(), "--model.model", world.clip, "--out", at(out), ...args]);
const rows = async (out: string) =>
  (await readFile(at(out, "learning-rates.tsv"), "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));

describe("rsdix lr-find", () => {
  it("suggests a rate for clip, with its curve as a table and as a figure", async () => {
    const tensors = tf.memory().numTensors;
    const { code, out, err } = await clip("a", "--min", "1e-5", "--max", "1e-1", "--steps", "24");
    expect({ code, err }).toEqual({ code: 0, err: "Backend: wasm\n" });
    expect(tf.memory().numTensors).toBe(tensors);
    const [suggested] = /^Suggested: (\S+), for example --model\.lr \1\n/.exec(out)!.slice(1);
    const [header, ...points] = await rows("a");
    expect(header).toEqual(["learning_rate", "loss", "smoothed"]);
    expect(points.length).toBeLessThanOrEqual(24);
    expect(Number(points[0]![0])).toBe(1e-5);
    for (const [i, [rate]] of points.entries()) expect(Number(rate)).toBeCloseTo(1e-5 * 1e4 ** (i / 23), 6);
    const slopes = points.slice(10, -1).map(([, , smoothed]) => Number(smoothed));
    expect(slopes.at(-1)).toBeLessThan(slopes[0]!); // it learns, somewhere
    expect(points.map(([rate]) => Number(rate).toPrecision(3))).toContain(suggested);
    const svg = await readFile(at("a", "learning-rates.svg"), "utf8");
    expect(svg.slice(0, 5)).toBe("<svg ");
    expect(/<title>(.*)<\/title>/.exec(svg)?.[1]).toMatch(/^Loss by learning rate, from 1\.00e-5 to .+; suggested is .+\.$/);
    expect(await readdir(folder)).not.toContain("runs"); // no run is made
    const again = await clip("a", "--steps", "13");
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining("learning-rates.tsv is there already: give --force") });
  });

  it("does the same for clipcap, takes the trainer's configuration, and says what it found as JSON", async () => {
    const config = at("clipcap.yaml");
    await writeFile(
      config,
      `model: { model: ${JSON.stringify(world.clip)}, gpt_model: ${JSON.stringify(world.gpt2)}, prefix_length: 2 }\n`,
    );
    const args = ["--config", config, "--min", "1e-5", "--max", "1e-2", "--steps", "14", "--no-figure", "--json", "--out", at("b")];
    const { code, out } = await cli(["lr-find", "clipcap", ...data(), "--trainer.accumulate_grad_batches", "2", ...args]);
    expect(code).toBe(0);
    const said = JSON.parse(out);
    expect(said).toMatchObject({ field: "model.clipcap_lr", steps: 14, files: [at("b", "learning-rates.tsv")] });
    expect(said.suggestion).toBeGreaterThan(1e-5);
    expect(await readdir(at("b"))).toEqual(["learning-rates.tsv"]);
    expect(await rows("b")).toHaveLength(15);
  });

  it("trains an unlocked encoder at its own rate, in proportion to the one that is tried", async () => {
    const args = ["--model.model", world.clip, "--model.gpt_model", world.gpt2, "--model.prefix_length", "2", "--no-figure", "--json"];
    const find = (out: string, ...rates: string[]) =>
      cli(["lr-find", "clipcap", ...data(), ...args, "--model.freeze_clip_encoder", "false", "--steps", "14", "--out", at(out), ...rates]);
    const slow = await find("slow", "--model.lr", "1e-9");
    const fast = await find("fast", "--model.lr", "1e-2", "--model.clipcap_lr", "1e-3");
    expect([slow.code, fast.code]).toEqual([0, 0]);
    expect(await rows("slow")).not.toEqual(await rows("fast"));
    expect((await rows("slow"))[1]).toEqual((await rows("fast"))[1]); // before the first update
    const { suggestion, others } = JSON.parse(fast.out) as { suggestion: number; others: Record<string, number> };
    expect(others["model.lr"]! / suggestion).toBeCloseTo(10, 9);
  });

  it.each(["clip", "clipcap"])("refuses too few steps of %s before anything is opened", async (kind) => {
    const nowhere = ["--data.annotations_files", "/nowhere", "--data.img_dirs", "/nowhere", "--model.model", "/nowhere"];
    expect(await cli(["lr-find", kind, ...nowhere, "--steps", "12", "--out", at("few")])).toEqual({
      code: 2,
      out: "",
      err: "error: INVALID_ARGUMENT: --steps must be at least 13, as the first and last points of a curve are no suggestion, got 12.\n",
    });
  });

  it("stops when told to, and writes nothing", async () => {
    const stop = new AbortController();
    const args = ["lr-find", "clip", ...data(), "--model.model", world.clip, "--out", at("c"), "--no-figure"];
    let seen = 0;
    const onErr = () => void (++seen === 4 && stop.abort(new Error("interrupted")));
    const { code, err } = await cli(args, { signal: stop.signal, isTTY: true, onErr });
    expect({ code, err }).toEqual({
      code: 130,
      err: expect.stringMatching(/Stopped: .*the search for a learning rate was stopped at step \d+\.\n$/),
    });
    expect(await readdir(folder)).not.toContain("c");
  });

  it.each([
    ["--min", "1e-5", "--max", "1e6"],
    ["--min", "1", "--max", "1e30"],
    ["--min", "1", "--max", "1e30", "--model.teacher", "none"],
  ])("ends the curve where the rate gets too high (%s %s %s %s)", async (...args) => {
    const tensors = tf.memory().numTensors;
    const out = `high${args.join("")}`;
    const { code, out: said } = await clip(out, ...args, "--steps", "40", "--no-figure", "--json");
    expect(code).toBe(0);
    const { steps } = JSON.parse(said);
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThan(40);
    expect(await rows(out)).toHaveLength(1 + steps);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it.each([
    [["--min", "0"], 2, "--min must be above 0"],
    [["--steps", "12"], 2, "error: INVALID_ARGUMENT: --steps must be at least 13"],
    [["--model.mapping_type", "cnn"], 2, 'model.mapping_type is "cnn"'],
    [["--model.gpt_model", "/nowhere"], 1, 'error: FILE_NOT_FOUND: "/nowhere" is no file or folder.'],
    [["--model.prefix_size", "3"], 2, "model.prefix_size is 3, but the encoder's embeddings have 8 numbers."],
    [["--data.img_dirs", "/nowhere"], 1, "error: FILE_NOT_FOUND:"],
    [["--config", "nowhere.yaml"], 1, "error: FILE_NOT_FOUND: nowhere.yaml cannot be read: there is no such file."],
  ])("refuses for clipcap %j", async (args, code, message) => {
    const tensors = tf.memory().numTensors;
    const model = ["--model.model", world.clip, "--model.gpt_model", world.gpt2, "--model.prefix_length", "2"];
    const result = await cli(["lr-find", "clipcap", ...data(), ...model, "--out", at("wrong"), "--no-figure", ...args]);
    expect({ code: result.code, out: result.out, err: result.err }).toEqual({ code, out: "", err: expect.stringContaining(message) });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await readdir(folder)).not.toContain("wrong");
  });

  it.each([
    [["--min", "0"], 2, "error: INVALID_ARGUMENT: --min must be above 0 and --max above it, got 0 and 1."],
    [["--max", "1e-8"], 2, "--min must be above 0 and --max above it, got 1e-7 and 1e-8."],
    [["--min", "low"], 2, "argument 'low' is invalid. It must be a number."],
    [["--min", "0x1"], 2, "argument '0x1' is invalid. It must be a number."],
    [
      ["--steps", "5"],
      2,
      "error: INVALID_ARGUMENT: --steps must be at least 13, as the first and last points of a curve are no suggestion, got 5.\n",
    ],
    [["--model.aplha", "1"], 2, "error: unknown option '--model.aplha'\n(Did you mean --model.alpha?)"],
    [["--config", "nowhere.yaml"], 1, "error: FILE_NOT_FOUND: nowhere.yaml cannot be read: there is no such file."],
    [["--model.model", "/nowhere"], 1, 'error: FILE_NOT_FOUND: "/nowhere" is no file or folder.'],
    [["--out", "ANNOTATIONS", "--steps", "13"], 1, "error: WRITE_FAILED: The folder"],
    [["--resume", "last"], 2, "error: unknown option '--resume'"],
    [["--model.alpha", "2"], 2, "error: INVALID_ARGUMENT: lr-find clip: model.alpha is 2: it must be at most 1."],
    [["--model.start_factor", "0.5"], 2, "error: INVALID_ARGUMENT: lr-find clip: model.start_factor would do nothing with"],
    [["--config", "UNKNOWN"], 2, "error: UNKNOWN_OPTION: lr-find clip: model has no field aplha. Did you mean alpha?"],
  ])("refuses %j", async (args, code, message) => {
    const files: Record<string, string> = { ANNOTATIONS: world.annotations, UNKNOWN: at("unknown.yaml") };
    await writeFile(at("unknown.yaml"), "model: { aplha: 1 }\n");
    const result = await clip("wrong", "--no-figure", ...args.map((arg) => files[arg] ?? arg));
    expect({ code: result.code, out: result.out, err: result.err }).toEqual({ code, out: "", err: expect.stringContaining(message) });
  });
});
