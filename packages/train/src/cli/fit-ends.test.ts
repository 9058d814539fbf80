import { rmSync } from "node:fs";
import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { fitFlags } from "../../test/fit-flags";
import { cli } from "../../test/run-cli";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";

let folder: string;
let world: TinyWorld;

beforeAll(async () => {
  await startBackend("wasm");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
});

const flags = (runs: string) => fitFlags(world, join(folder, runs));
const clip = (runs: string) => ["fit", "clip", ...flags(runs), "--model.model", world.clip, "--trainer.max_epochs", "3"];
const clipcap = (runs: string) => [
  ...["fit", "clipcap", ...flags(runs), "--model.model", world.clip, "--model.gpt_model", world.gpt2, "--model.prefix_length", "2"],
];
const checkpoints = async (run: string) => (await readdir(join(folder, run, "checkpoints"))).sort();

describe("rsdix fit that diverges", () => {
  it.each([["1e25"], ["1e25", "--model.teacher", "none"], ["1e6"], ["30"]])(
    "says so, with step, weight and checkpoint (--model.lr %s %s %s)",
    async (...rate) => {
      const tensors = tf.memory().numTensors;
      const runs = `nan-${rate.length}-${rate[0]}`;
      const args = [...clip(runs), "--trainer.max_epochs", "40", "--model.warmup_steps", "0", "--trainer.save_every_n_steps", "1"];
      const { code, err } = await cli([...args, "--model.lr", ...rate, "--trainer.limit_val_batches", "0"]);
      const message = /error: NOT_A_NUMBER: clip-\w+: (at|after) step \d+ .*weight.*The last good checkpoint is .*step-00\d+\. /;
      expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(message) });
      expect((await checkpoints(`${runs}/clip-1`)).length).toBeGreaterThan(0);
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );
});

describe("rsdix fit that is stopped", () => {
  it.each([0, 1, 2, 3, 5, 8])("keeps all steps, wherever the signal falls (%i turns after a step)", async (turns) => {
    const stop = new AbortController();
    const runs = `stopped-${turns}`;
    const onOut = async (text: string) => {
      if (!text.includes('"type":"step"') || !text.includes('"step":3,')) return;
      for (let i = 0; i < turns; i++) await new Promise(setImmediate);
      stop.abort(new Error("interrupted"));
    };
    const args = [...clip(runs), "--trainer.save_every_n_steps", "100", "--trainer.check_val_every_n_steps", "100", "--json"];
    const { code, out, err } = await cli(args, { signal: stop.signal, onOut });
    const steps = out.split("\n").filter((line) => line.includes('"type":"step"')).length;
    if (steps === 6) return expect(code).toBe(0); // it was done by then
    expect({ code, err }).toEqual({ code: 130, err: expect.stringContaining(`stopped after step ${steps} of 6. The checkpoint is`) });
    expect(await checkpoints(`${runs}/clip-1`)).toEqual([`step-00000${steps}`]);
    expect(await readdir(join(folder, runs, "clip-1"))).not.toContain("lock");
  });
});

describe("rsdix fit whose images are gone", () => {
  it("keeps the steps that it did, names their checkpoint, and goes on from it once they are back", async () => {
    const images = join(folder, "lent");
    await cp(world.images, images, { recursive: true });
    const onOut = (text: string) => {
      if (text.includes('"type":"step"') && text.includes('"step":3,')) rmSync(images, { recursive: true }); // whole, before the next step
    };
    const often = ["--trainer.save_every_n_steps", "100", "--trainer.limit_val_batches", "0"];
    const args = [
      ...clip("lent-runs").map((arg) => (arg === world.images ? images : arg)),
      ...often,
      "--trainer.max_epochs",
      "6",
      "--json",
    ];
    const { code, out, err } = await cli(args, { onOut });
    const steps = out.split("\n").filter((line) => line.includes('"type":"step"')).length;
    const name = `step-${String(steps).padStart(6, "0")}`;
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(`error: [A-Z_]+: .*The last good checkpoint is \\S*${name}\\.`) });
    expect(steps).toBeGreaterThanOrEqual(3);
    expect(await checkpoints("lent-runs/clip-1")).toEqual([name]);
    await cp(world.images, images, { recursive: true });
    const root = ["--trainer.default_root_dir", join(folder, "lent-runs")];
    expect(await cli(["fit", "clip", "--resume", "clip-1", ...root])).toMatchObject({ code: 0 });
    expect(await checkpoints("lent-runs/clip-1")).toContain("step-000012");
  });
});

describe("a run that another process trains", () => {
  it("is refused, and taken over once that process is no more", async () => {
    const args = [...clip("locked"), "--trainer.max_epochs", "1"];
    const stop = new AbortController();
    let second: Promise<Awaited<ReturnType<typeof cli>>> | undefined;
    const resume = () => cli(["fit", "clip", "--resume", "clip-1", "--trainer.default_root_dir", join(folder, "locked")]);
    const onOut = (text: string) => {
      if (text.includes('"type":"step"')) second ??= resume();
    };
    expect(await cli([...args, "--json"], { signal: stop.signal, onOut })).toMatchObject({ code: 0 });
    expect(await second).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: WRITE_FAILED: \S+clip-1 is in use: process \d+ on \S+ trains it\. .*remove \S+clip-1.lock\.\n$/),
    });
    const run = join(folder, "locked", "clip-1");
    const log = (await readFile(join(run, "log.jsonl"), "utf8")).trim().split("\n");
    expect(log.filter((line) => line.includes('"type":"step"'))).toHaveLength(2);
    const lock = (owner: object) =>
      writeFile(join(run, "lock"), JSON.stringify({ id: "0".repeat(8).concat("-0000-0000-0000-", "0".repeat(12)), ...owner }));
    await lock({ pid: process.ppid, host: hostname() });
    expect(await resume()).toMatchObject({ code: 1, err: expect.stringContaining(`is in use: process ${process.ppid} on`) });
    await lock({ pid: 2 ** 22 + 1, host: "elsewhere" });
    expect(await resume()).toMatchObject({ code: 1, err: expect.stringContaining("is in use: process 4194305 on elsewhere trains it.") });
    await writeFile(join(run, "lock"), "");
    expect(await resume()).toMatchObject({ code: 1, err: expect.stringContaining("is in use: another process trains it.") });
    for (const pid of [2 ** 22 + 1, process.pid]) {
      await lock({ pid, host: hostname() }); // beyond Linux's largest; this process's own, of before it was restarted
      expect(await resume()).toMatchObject({ code: 0 });
      expect((await readdir(run)).filter((name) => name.startsWith("lock"))).toEqual([]);
    }
  });
});

it.each([
  [clip, "clip", 16, []],
  [clipcap, "clipcap", 16, []],
  [clipcap, "clipcap", 16, ["--model.freeze_clip_encoder", "false"]],
] as const)("items a second are of the images that there are (%#)", async (command, kind, images, extra) => {
  const few = ["--data.batch_size", "1000", "--trainer.max_epochs", "1", "--trainer.limit_val_batches", "0"];
  const { code, out } = await cli([...command(`items-${kind}-${extra.length}`), ...few, ...extra, "--json"]);
  expect(code).toBe(0);
  const steps = out.split("\n").filter((line) => line.includes('"type":"step"'));
  expect(steps).toHaveLength(1);
  const { itemsPerSecond, seconds } = JSON.parse(steps[0]!);
  expect(itemsPerSecond * seconds).toBeCloseTo(images, 6);
});

describe("a metric that no validation gives", () => {
  it.each([
    [clip, "loss, accuracy, scale", ["--model.teacher", "none"]],
    [clip, "loss, accuracy, scale, contrastive, distillation", []],
    [clipcap, "loss, meteor, bleu1, bleu2, bleu3, bleu4", ["--model.metrics", "[meteor, bleu]"]],
  ] as const)("is refused before anything is opened (%#)", async (command, names, extra) => {
    const { code, err } = await cli([...command("monitor"), ...extra, "--trainer.monitor", "nosuch", "--trainer.max_epochs", "1"]);
    const message =
      /^error: INVALID_ARGUMENT: fit clip(?:cap)?: trainer\.monitor is "nosuch", which this run's validations don't measure: known are (.*)\.\n$/;
    expect(code).toBe(2);
    expect(message.exec(err)?.[1]).toBe(names);
  });
});

describe("what a run is led by", () => {
  it.each([
    [["accuracy"], "The best is what has the highest accuracy.", "highest"],
    [["accuracy", "--trainer.monitor_mode", "max"], "The best is what has the highest accuracy.", "highest"],
    [
      ["accuracy", "--trainer.monitorMode", "min"],
      "warning: trainer.monitor_mode min takes the lowest accuracy for the best, and more",
      "lowest",
    ],
    [
      ["loss", "--trainer.monitor_mode", "max"],
      "warning: trainer.monitor_mode max takes the highest loss for the best, and less",
      "highest",
    ],
    [["loss"], undefined, "lowest"],
  ] as const)("is what is best by its name, or what it is told (%j)", async ([metric, ...more], said, kept) => {
    const run = `led-${metric}-${more.at(-1)}`;
    const often = ["--trainer.check_val_every_n_steps", "1", "--model.lr", "0.001", "--model.teacher", "none"];
    const { code, out, err } = await cli([...clip(run), ...often, "--trainer.monitor", metric, ...more, "--json"]);
    expect(code).toBe(0);
    const records = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const values = records.filter(({ type }) => type === "validation").map(({ metrics }) => metrics[metric]);
    expect(new Set(values).size).toBeGreaterThan(1);
    expect(records.at(-1).best).toMatchObject({ metric, value: kept === "highest" ? Math.max(...values) : Math.min(...values) });
    if (said) expect(err).toContain(`\n${said}`);
    else expect(err).not.toMatch(/The best is|warning/);
  });

  it("isn't said where nothing is kept for being the best", async () => {
    const none = ["--trainer.save_top_k", "0", "--trainer.monitor_mode", "min", "--trainer.max_steps", "1"]; // min is what it is by default
    expect(await cli([...clip("led-none"), ...none])).toMatchObject({ code: 0, err: expect.not.stringMatching(/The best is|warning/) });
  });
});

it("names the nearest number that a run can be led by", async () => {
  const { code, err } = await cli([...clip("monitor"), "--trainer.monitor", "acuracy"]);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/, scale, .* Did you mean accuracy\?\n$/) });
});

describe("rsdix fit clipcap", () => {
  it.each([
    [["--model.aplha", "1"], 2, "error: unknown option '--model.aplha'"],
    [["--model.mapping_type", "cnn"], 2, 'error: INVALID_ARGUMENT: fit clipcap: model.mapping_type is "cnn"'],
    [["--model.prefix_size", "3"], 2, "error: INVALID_ARGUMENT: model.prefix_size is 3, but the encoder's embeddings have 8 numbers."],
    [["--model.metrics", "clipScore"], 2, 'error: INVALID_ARGUMENT: model.metrics has "clipScore". While training, known are meteor,'],
    [["--model.gpt_model", "/nowhere"], 1, 'error: FILE_NOT_FOUND: "/nowhere" is no file or folder.'],
    [["--model.gpt_model", "CLIP"], 1, "error: CHECKPOINT_MISMATCH:"],
    [["--model.clipcap_checkpoint_path", "CLIP"], 1, "error: CHECKPOINT_MISMATCH:"],
    [["--data.annotations_files", "/nowhere.json"], 1, "error: FILE_NOT_FOUND: /nowhere.json cannot be read: there is no such file."],
    [["--trainer.max_epochs", "-1"], 2, "error: INVALID_ARGUMENT: fit clipcap: trainer.max_epochs is -1"],
  ])("refuses %j", async (wrong, code, message) => {
    const tensors = tf.memory().numTensors;
    const run = await cli([...clipcap("wrong"), ...wrong.map((arg) => (arg === "CLIP" ? world.clip : arg))]);
    expect({ code: run.code, out: run.out, err: run.err }).toEqual({ code, out: "", err: expect.stringContaining(message) });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await readdir(folder)).not.toContain("wrong");
  });
});
