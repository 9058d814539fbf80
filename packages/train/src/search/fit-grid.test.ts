import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { checkFitPoints, fitGrid } from "./fit-grid";
import { parseGridFile } from "./grid-file";
import { trainedKind } from "./trial-command";

// The layout of the original's two grid files.
const CLIP = `script: train_finetune_cli.py
config_file: config.yaml
attr_keys:
  model:
    lr: 2.5e-07,1e-5,2e-5
    use_warmup: 0,1 # numbers, which its search maps to names
    weight_decay: 0.1,0.2,0.01`;
const CLIPCAP = `script: train_rsidx_clipcap.py
config_file: clipcap_config.yaml
attr_keys:
  model:
    clipcap_lr: 3.9e-05, 3.9e-06, 1e-5
    dropout_transformer: 0.0,0.6
    dropout_gpt2: 0,0.6
    clipcap_weight_decay: 0,1e-08
  trainer:
    logger:
      class_path: lightning.pytorch.loggers.WandbLogger
      name: all-datasets
      project: captions
      log_model: all`;
const data = { data: { annotations_files: "a.json", img_dirs: "a" } };
const transformer = { ...data, model: { prefix_length: 10, mapping_type: "transformer" } };

it("the guide's grid file is one, and fit takes every point", () => {
  const guide = readFileSync(new URL("../../../../docs/guides/train-on-your-data.md", import.meta.url), "utf8");
  const grids = [...guide.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text]) => fitGrid(parseGridFile(text!), "g.yaml").grid);
  expect(grids.map(({ space }) => space)).toEqual([
    {
      "model.lr": { type: "continuous", min: 1e-6, max: 1e-4, scale: "log" },
      "model.weight_decay": { type: "continuous", min: 0, max: 0.2 },
      "model.use_warmup": { type: "categorical", choices: ["cosine", "linear"] },
    },
  ]);
  const kind = trainedKind(grids[0]!.script!, undefined);
  expect(kind).toBe("clip");
  expect(checkFitPoints(grids[0]!, { kind, base: data, levels: 3, where: "g.yaml" })).toMatchObject({ refused: 0, of: 18 });
});

describe("The original's grid files", () => {
  it("of CLIP: use_warmup's numbers are its names, and fit takes every point", () => {
    const { grid, leftOut } = fitGrid(parseGridFile(CLIP), "g.yaml");
    expect(leftOut).toEqual([]);
    expect(grid.space["model.use_warmup"]).toEqual({ type: "categorical", choices: ["cosine", "linear"] });
    expect(trainedKind(grid.script!, undefined)).toBe("clip");
    expect(checkFitPoints(grid, { kind: "clip", base: data, levels: 5, where: "g.yaml" })).toEqual({ refused: 0, of: 18, why: "" });
    const one = parseGridFile("script: clip\nattr_keys: {model: {useWarmup: [1, cosine]}}\n");
    expect(fitGrid(one, "g.yaml").grid.space).toEqual({ "model.use_warmup": { type: "categorical", choices: ["linear", "cosine"] } });
  });

  it("spell true, false and null as configuration files may", () => {
    const text = "script: clip\nattr_keys: {data: {shuffle: 'True,False,true', split: 'NULL,random'}}\n";
    const { grid } = fitGrid(parseGridFile(text), "g.yaml");
    expect(grid.space).toEqual({
      "data.shuffle": { type: "categorical", choices: [true, false] },
      "data.split": { type: "categorical", choices: [null, "random"] },
    });
    expect(checkFitPoints(grid, { kind: "clip", base: data, levels: 5, where: "g.yaml" })).toEqual({ refused: 0, of: 4, why: "" });
  });

  it("of a captioner: what sets up Lightning's logger is left out, and named", () => {
    const { grid, leftOut } = fitGrid(parseGridFile(CLIPCAP), "g.yaml");
    expect(leftOut).toEqual(["class_path", "name", "project", "log_model"].map((name) => `trainer.logger.${name}`));
    expect(Object.keys(grid.space)).toEqual(
      ["clipcap_lr", "dropout_transformer", "dropout_gpt2", "clipcap_weight_decay"].map((name) => `model.${name}`),
    );
    expect(checkFitPoints(grid, { kind: "clipcap", base: transformer, levels: 5, where: "g.yaml" })).toEqual({
      refused: 0,
      of: 3 * 5 ** 3,
      why: "",
    });
  });
});

describe("checkFitPoints", () => {
  const check = (space: string, base: object = data, levels = 5) =>
    checkFitPoints(parseGridFile(`script: clip\nattr_keys: ${space}\n`), { kind: "clip", base: base as never, levels, where: "g.yaml" });

  it("counts points of which a part does nothing, beside others", () => {
    const { refused, of, why } = check("{model: {use_warmup: [cosine, linear], warmup_steps: [0, 5]}}");
    expect([refused, of]).toEqual([1, 4]);
    expect(why).toBe(
      'g.yaml: a trial with --model.use_warmup=linear --model.warmup_steps=5 cannot run: fit clip: model.warmup_steps would do nothing with use_warmup "linear". Leave it out, or at its default.',
    );
  });

  it("throws where no point is taken, or a value is wrong", () => {
    expect(() => check("{model: {warmup_steps: [5, 6], use_warmup: linear}}")).toThrow(
      refusal("INVALID_ARGUMENT", /would do nothing with use_warmup "linear"/),
    );
    expect(() => check("{model: {alpha: [0.5, 2]}}")).toThrow(
      refusal("INVALID_ARGUMENT", /--model\.alpha=2 cannot run: fit clip: model\.alpha is 2: it must be at most 1/),
    );
    expect(() => check("{model: {alhpa: 1}}")).toThrow(refusal("UNKNOWN_OPTION", /model has no field alhpa\. Did you mean alpha\?/));
    expect(() => check("{seed_everything: [1, x]}")).toThrow(refusal("INVALID_ARGUMENT", /seed_everything is "x"/));
  });

  it("looks at each value, where there are too many points to look at all", () => {
    const many = "alpha: '0.1,0.9', ema_decay: '0.1,0.9', weight_decay: '0.1,0.9', sinkhorn_lambda: '0.1,0.9', ii_coeff: '0.1,0.9'";
    expect(check(`{model: {${many}}}`, data, 100).of).toBe(500);
    expect(() => check(`{model: {${many}, tt_coeff: [1, 2, -1]}}`, data, 100)).toThrow(/model\.tt_coeff is -1/);
  });
});

it("has a parameter once, however it is written, and something to search", () => {
  const of = (space: string) => () => fitGrid(parseGridFile(`script: clip\nattr_keys: ${space}\n`), "g.yaml");
  expect(of("{data: {batchSize: 1, batch_size: 2}}")).toThrow("g.yaml has the parameter data.batch_size twice.");
  expect(of("{trainer: {logger: {name: x}}}")).toThrow(
    "g.yaml has only trainer.logger.name, of Lightning's loggers: there is nothing to search.",
  );
});
