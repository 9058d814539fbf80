import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBackend } from "@rsdix/backend";
import { beforeAll, expect, it } from "vitest";
import { saveClip, saveGpt2 } from "../../../packages/train/test/tiny-world";
import { scratchFolder } from "../../../test/scratch-folder";
import { makeBlueMarble } from "../src/bluemarble/make";

// The built command as a user runs it, on a small part of the demo's data.
const COMMAND = fileURLToPath(new URL("../../../packages/train/dist/cli.js", import.meta.url));
const PIXELS = 32;

const root = scratchFolder("file");
const at = (...names: string[]) => join(root, ...names);

const [annotations, images] = [at("data", "dataset_bluemarble.json"), at("data", "images")];
const wasm = ["--accelerator", "wasm"];
const runs = ["--runs", at("runs")];
const fitting = [
  ...["--data.annotations_files", annotations, "--data.img_dirs", images, "--data.batch_size", "11", "--data.shuffle"],
  ...["--model.model", at("clip"), "--trainer.accelerator", "wasm"],
];
const captioning = ["--model.gpt_model", at("gpt2"), "--model.prefix_length", "2", "--model.max_length", "40"];

beforeAll(async () => {
  if (!existsSync(COMMAND)) throw new Error("The command is not built: run npm run build first.");
  await makeBlueMarble({ seed: 1, dir: at("data"), points: 20_000, caps: { train: 3, val: 1, test: 2 } });
  await startBackend("cpu");
  await saveClip(at("clip"), { size: PIXELS, patch: 16, contextLength: 60 });
  await saveGpt2(at("gpt2"));
}, 60_000);

it("every command does its work on the demo's data", async () => {
  expect(await rsdix("data", "verify", "rsicd", at("data"), "--json").catch(String)).toMatch(/dataset_rsicd\.json/); // it is no RSICD
  const whole = ["data", "verify", "karpathy", at("data"), "--annotations", "dataset_bluemarble.json", "--images", "images", "--json"];
  expect(JSON.parse(await rsdix(...whole))).toMatchObject({ ok: true });
  expect(JSON.parse(await rsdix("data", "describe", "rsicd", "--json"))).toMatchObject({ id: "rsicd", counts: { images: 10_921 } });
  expect(await rsdix("data", "convert", "karpathy", at("data"), at("captions.csv"), "--annotations", "dataset_bluemarble.json")).toContain(
    "captions.csv",
  );
  expect(JSON.parse(await rsdix("doctor", "--json")).backends).toContainEqual(expect.objectContaining({ name: "cpu", state: "works" }));
  expect(
    await rsdix("study", at("captions.csv"), "--limit", "11", "--metrics", "bleu,rougeL", "--resamples", "100", "--out", at("study")),
  ).toContain("rougeL");
  expect(readdirSync(at("study")).sort()).toEqual(["study.json", "study.svg", "study.tsv"]);

  const found = await rsdix(
    "lr-find",
    "clip",
    ...fitting,
    "--steps",
    "13",
    "--min",
    "1e-4",
    "--max",
    "1e-2",
    "--out",
    at("rates"),
    "--json",
  );
  expect(JSON.parse(found)).toMatchObject({ field: "model.lr", steps: 13 });
  expect(readdirSync(at("rates")).sort()).toEqual(["learning-rates.svg", "learning-rates.tsv"]);

  const root = ["--trainer.default_root_dir", at("runs"), "--trainer.max_epochs", "2"];
  expect(await rsdix("fit", "clip", ...fitting, ...root, "--model.lr", "3e-3")).toBe(`The model is in ${at("runs", "clip-1", "model")}.\n`);
  const log = readFileSync(at("runs", "clip-1", "log.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(log.filter(({ type }) => type === "step")).toHaveLength(6);
  expect(log.at(-1)).toMatchObject({ type: "end", reason: "finished", best: expect.anything() });
  expect(await rsdix("fit", "clip", "--resume", "last", ...root)).toContain("The model is in"); // nothing is left to do
  expect(await rsdix("report", "last", ...runs)).toContain("report.html");
  expect(readFileSync(at("runs", "clip-1", "report.html"), "utf8")).toContain("<svg");

  const evaluated = await rsdix(
    "eval",
    "clip",
    "--checkpoint",
    "last",
    ...runs,
    "--imgs-dir",
    images,
    "--annotations-file",
    annotations,
    "--scores-dir",
    at("scores"),
    ...wasm,
  );
  expect(evaluated).toMatch(/clip-1 on .*, 22 images, zero-shot\ntop-1 +[\d.]+ %\n/);
  expect(readFileSync(at("scores", "scores.tsv"), "utf8")).toContain("clip-1\t");

  const embedding = ["embed", "--checkpoint", "clip-1", ...runs, "--img-dir", images, "--out-path", at("embeddings"), "--json", ...wasm];
  expect(JSON.parse(await rsdix(...embedding))).toMatchObject({ embedded: 66, kept: 0, dim: 8 });
  expect(readdirSync(at("embeddings")).filter((name) => name.endsWith(".npy"))).toHaveLength(66);
  expect(JSON.parse(await rsdix(...embedding))).toMatchObject({ embedded: 0, kept: 66 });

  const clip = ["--model.model", at("runs", "clip-1", "model")];
  await rsdix(
    "fit",
    "clipcap",
    ...fitting,
    ...clip,
    ...captioning,
    ...root,
    "--model.clipcap_lr",
    "1e-2",
    "--model.clipcap_warmup_steps",
    "0",
  );
  const range = ["--steps", "13", "--min", "1e-4", "--max", "1e-2", "--out", at("captioner-rates")];
  const captionerRates = await rsdix("lr-find", "clipcap", ...fitting, ...clip, ...captioning, ...range, "--json");
  expect(JSON.parse(captionerRates)).toMatchObject({ field: "model.clipcap_lr", steps: 13 });
  expect(readdirSync(at("captioner-rates")).sort()).toEqual(["learning-rates.svg", "learning-rates.tsv"]);
  const scored = await rsdix(
    "eval",
    "clipcap",
    "--checkpoint",
    "last",
    ...runs,
    "--annotations-files",
    annotations,
    "--img-dirs",
    images,
    "--metrics",
    "bleu,rougeL",
    "--scores-dir",
    at("scores"),
    "--export-captions-file",
    at("exported.json"),
    "--max-tokens",
    "20",
    ...wasm,
  );
  expect(scored).toMatch(/clipcap-1, 22 images\nROUGE-L +\d/);
  expect(JSON.parse(readFileSync(at("exported.json"), "utf8")).length).toBeGreaterThanOrEqual(22);
  expect(await rsdix("report", at("scores"))).toContain("report.html");

  expect(await rsdix("convert", at("runs", "clipcap-1", "model"), at("half"), "--dtype", "float16")).toContain("clipcap, layout ");
  const captions = await rsdix(
    "caption",
    "--model-pth",
    at("half"),
    "--img-dir",
    images,
    "--annotations-file",
    annotations,
    "--split",
    "val",
    "--out-path",
    at("captions.json"),
    "--max-tokens",
    "12",
    ...wasm,
  );
  expect(captions).toContain("11 images captioned");
  expect(Object.keys(JSON.parse(readFileSync(at("captions.json"), "utf8")))).toHaveLength(11);
}, 300_000);

it("grid files as the original has them run", async () => {
  const config = [
    "data:",
    `  annotations_files: ${annotations}`,
    `  img_dirs: ${images}`,
    "  batch_size: 11",
    "trainer: {max_steps: 2, accelerator: wasm}",
  ].join("\n");
  writeFileSync(at("config.yaml"), `${config}\nmodel: {model: ${at("clip")}}\n`);
  writeFileSync(
    at("clip_grid.yaml"),
    `script: train_finetune_cli.py\nconfig_file: ${at("config.yaml")}\nattr_keys:\n  model:\n    lr: 1e-3\n    use_warmup: 0,1\n`,
  );
  const grid = await rsdix("search", "grid", "--grid-file", at("clip_grid.yaml"), "--out", at("clip-grid"));
  expect(grid).toMatch(
    /^trial 1 of 2, .*--model\.use_warmup=cosine: loss [\d.]+\ntrial 2 of 2, .*--model\.use_warmup=linear: loss [\d.]+\nbest: loss /,
  );

  writeFileSync(
    at("clipcap_config.yaml"),
    `${config}\nmodel: {model: ${at("clip")}, gpt_model: ${at("gpt2")}, prefix_length: 2, max_length: 40, mapping_type: transformer, num_layers: 1}\n`,
  );
  const logger = "    logger:\n      class_path: lightning.pytorch.loggers.WandbLogger\n      name: all-datasets\n";
  writeFileSync(
    at("clipcap_grid.yaml"),
    `script: train_rsidx_clipcap.py\nconfig_file: ${at("clipcap_config.yaml")}\nattr_keys:\n  model:\n    clipcap_lr: 1e-3\n    dropout_transformer: 0.0,0.6\n    clipcap_weight_decay: 0,1e-08\n  trainer:\n${logger}`,
  );
  const searched = await rsdix(
    "search",
    "bayes",
    "--grid-file",
    at("clipcap_grid.yaml"),
    "--out",
    at("clipcap-bayes"),
    "--n-init-points",
    "1",
    "--n-iter",
    "1",
  );
  expect(searched).toMatch(/^trial 1 of 2, .*: loss [\d.]+\ntrial 2 of 2, .*: loss [\d.]+\nbest: loss /);
}, 300_000);

/** What the command prints; rejects with what it complains of. */
function rsdix(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ["ignore", "pipe", "pipe"], cwd: root });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    err += text;
  });
  return new Promise((resolve, reject) =>
    child.on("close", (code) =>
      code === 0 ? resolve(out) : reject(new Error(`rsdix ${args.join(" ")} ended with ${code}: ${out}${err}`)),
    ),
  );
}
