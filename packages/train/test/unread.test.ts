import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { afterAll, beforeAll, expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { buildCli } from "./built-cli";
import { type TinyWorld, tinyWorld } from "./tiny-world";

let program: string;
let remove: () => Promise<void>;

let folder: string;
let world: TinyWorld;

beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
  ({ program, remove } = await buildCli("unread"));
});
afterAll(() => remove());

/** Runs the command, and reads no further than the first step of what it prints. */
async function readToFirstStep(args: readonly string[]): Promise<{ code: number | null; err: string }> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, err] = ["", ""];
  child.stderr.on("data", (text) => {
    err += text;
  });
  child.stdout.on("data", (text) => {
    out += text;
    if (out.includes('"type":"step"')) child.stdout.destroy();
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, err };
}

it("a training whose output nobody reads any more is stopped with its steps kept", async () => {
  const runs = join(folder, "runs");
  const data = ["--data.annotations_files", world.annotations, "--data.img_dirs", world.images, "--data.batch_size", "8"];
  const trainer = ["--trainer.accelerator", "cpu", "--trainer.default_root_dir", runs, "--trainer.max_epochs", "2000"];
  const rarely = ["--trainer.check_val_every_n_steps", "4000", "--trainer.save_every_n_steps", "4000"];
  const { code, err } = await readToFirstStep(["fit", "clip", ...data, ...trainer, ...rarely, "--model.model", world.clip, "--json"]);
  expect({ code, err }).toEqual({
    code: 130,
    err: expect.stringMatching(/Stopped: clip-distillation: stopped after step (\d+) of \d+\. The checkpoint is /),
  });
  const step = Number(/stopped after step (\d+) of/.exec(err)![1]);
  expect(step).toBeGreaterThan(0);
  const run = join(runs, "clip-1");
  expect(await readdir(join(run, "checkpoints"))).toContain(`step-${String(step).padStart(6, "0")}`);
  const log = (await readFile(join(run, "log.jsonl"), "utf8")).trim().split("\n");
  expect(log.filter((line) => line.includes('"type":"step"'))).toHaveLength(step);
});

it.skipIf(process.platform === "win32")("what has said all ends well", async () => {
  const script = '{ "$0" "$@"; echo "ended with $?" >&2; } | head -c 1';
  const child = spawn("sh", ["-c", script, process.execPath, program, "fit", "clip", "--print-schema"]);
  let err = "";
  child.stderr.on("data", (text) => {
    err += text;
  });
  await new Promise((resolve) => child.on("close", resolve));
  expect(err).toBe("ended with 0\n");
});
