import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { parseGridFile } from "./grid-file";
import { trialCommand } from "./trial-command";

const CLIP = `script: train_clip.py
config_file: clip.yaml
attr_keys:
  model:
    lr: 2.5e-07,1e-5, 2e-5 # a list, with a blank
    use_warmup: cosine,linear
    weight_decay: 0.2,0.1
    dropout: 0,0.6
    sinkhorn_iter: 1,8
    alpha: 0.5
    remove_diag: true,false
    lr_of_log: {min: 1e-6, max: 1e-3, scale: log}
    prefix_length: [10, 40]
  trainer:
    logger:
      project: remote-sensing
`;

describe("parseGridFile", () => {
  it("reads the original's form: ranges, lists, constants, sections in sections", () => {
    expect(parseGridFile(CLIP)).toEqual({
      script: "train_clip.py",
      configFile: "clip.yaml",
      space: {
        "model.lr": { type: "categorical", choices: [2.5e-7, 1e-5, 2e-5] },
        "model.use_warmup": { type: "categorical", choices: ["cosine", "linear"] },
        "model.weight_decay": { type: "continuous", min: 0.1, max: 0.2 },
        "model.dropout": { type: "continuous", min: 0, max: 0.6 },
        "model.sinkhorn_iter": { type: "integer", min: 1, max: 8 },
        "model.alpha": { type: "categorical", choices: [0.5] },
        "model.remove_diag": { type: "categorical", choices: [true, false] },
        "model.lr_of_log": { type: "continuous", min: 1e-6, max: 1e-3, scale: "log" },
        "model.prefix_length": { type: "categorical", choices: [10, 40] },
        "trainer.logger.project": { type: "categorical", choices: ["remote-sensing"] },
      },
    });
  });

  it("takes a value once, and equal ends as the one value", () => {
    const { space } = parseGridFile("script: clip\nattr_keys: {a: '1,1', b: '1,2,1', c: 'null,x', d: '1.0,8', e: '-1,+1'}\n");
    expect(space).toEqual({
      a: { type: "categorical", choices: [1] },
      b: { type: "categorical", choices: [1, 2] },
      c: { type: "categorical", choices: [null, "x"] },
      d: { type: "continuous", min: 1, max: 8 },
      e: { type: "integer", min: -1, max: 1 },
    });
  });

  it("takes the ends of a range for whole numbers only where both are written as such", () => {
    const ranges = "a: {min: 0.0, max: 1.0}, b: {min: 1, max: 8}, c: {min: 1e0, max: 1e2, scale: log}, d: {min: 1, max: 8.0}, e: {f: *r}";
    const { space } = parseGridFile(`script: clip\nattr_keys: {r: &r {min: 0.0, max: 2.0}, ${ranges}}\n`);
    expect(space).toMatchObject({
      a: { type: "continuous", min: 0, max: 1 },
      b: { type: "integer", min: 1, max: 8 },
      c: { type: "continuous", min: 1, max: 100, scale: "log" },
      d: { type: "continuous", min: 1, max: 8 },
      "e.f": { type: "continuous", min: 0, max: 2 },
    });
  });

  const deep = `script: clip\nattr_keys: ${"{a: ".repeat(40)}1${"}".repeat(40)}\n`;
  const bomb = `script: clip\na: &a [x, x, x, x, x, x, x, x, x]\n${"bcdefgh"
    .split("")
    .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefg"[i]}`)}]`)
    .join("\n")}\nattr_keys: {x: *h}\n`;
  it.each([
    ["", "FILE_CORRUPT", /^g\.yaml must be names with values, got null\.$/],
    ["- a\n", "FILE_CORRUPT", /^g\.yaml must be names with values, got \[object Array\]\.$/],
    ["a: b: c\n", "FILE_CORRUPT", /^g\.yaml, line 1, column 4: Nested mappings/],
    ["script: a\nscript: b\n", "FILE_CORRUPT", /^g\.yaml, line 2, column 1: Map keys must be unique$/],
    ["attr_keys: {a: 1}\n", "FILE_CORRUPT", /^g\.yaml must have a script, or a command that each trial runs\.$/],
    ["script: clip\n", "FILE_CORRUPT", /^g\.yaml must have attr_keys: the parameters that are tried, by section and name/],
    ["script: clip\nattr_keys: {}\n", "FILE_CORRUPT", /^g\.yaml: attr_keys must have at least one parameter\.$/],
    ["script: clip\nattr_keys: {model: {}}\n", "FILE_CORRUPT", /^g\.yaml: attr_keys\.model must have at least one parameter\.$/],
    ["script: clip\nmodel: 1\n", "FILE_CORRUPT", /^g\.yaml has "model"; a grid file has script, config_file, command and attr_keys\.$/],
    ["script: 5\nattr_keys: {a: 1}\n", "FILE_CORRUPT", /^g\.yaml: script must be a text, got 5\.$/],
    ["script: clip\nconfig_file: []\nattr_keys: {a: 1}\n", "FILE_CORRUPT", /^g\.yaml: config_file must be a text, got \[object Array\]\.$/],
    ["command: node\nattr_keys: {a: 1}\n", "FILE_CORRUPT", /^g\.yaml: command must be a list: a program and its arguments, got node\.$/],
    ["command: [node, [x]]\nattr_keys: {a: 1}\n", "FILE_CORRUPT", /^g\.yaml: command\[1\] must be a text, got \[object Array\]\.$/],
    [
      "script: clip\nattr_keys: {a: '1,,2'}\n",
      "FILE_CORRUPT",
      /^g\.yaml: attr_keys\.a must be values with commas between them, .* got "1,,2"\.$/,
    ],
    ["script: clip\nattr_keys: {a: '1,1e999'}\n", "FILE_CORRUPT", /^g\.yaml: attr_keys\.a: 1e999 is beyond what a number holds\.$/],
    ["script: clip\nattr_keys: {a: .nan}\n", "FILE_CORRUPT", /^g\.yaml: the parameter "a": a choice must be a text, a finite number/],
    ["script: clip\nattr_keys: {a: [[1]]}\n", "FILE_CORRUPT", /^g\.yaml: the parameter "a": a choice must be .* got \[object Array\]\.$/],
    ["script: clip\nattr_keys: {a: []}\n", "FILE_CORRUPT", /^g\.yaml: the parameter "a" must have a list of choices/],
    [
      "script: clip\nattr_keys: {a: {min: 0, max: 1, step: 2}}\n",
      "FILE_CORRUPT",
      /^g\.yaml: attr_keys\.a has "step"; a range has min, max and scale\.$/,
    ],
    [
      "script: clip\nattr_keys: {a: {min: x, max: 1}}\n",
      "FILE_CORRUPT",
      /^g\.yaml: attr_keys\.a must go from a number to a number, got x and 1\.$/,
    ],
    [
      "script: clip\nattr_keys: {a: {min: 2, max: 1}}\n",
      "FILE_CORRUPT",
      /^g\.yaml: the parameter "a": max must be a whole number at least 2, got 1\.$/,
    ],
    [
      "script: clip\nattr_keys: {a: {min: 0, max: 1, scale: log}}\n",
      "FILE_CORRUPT",
      /^g\.yaml: the parameter "a": min must be a whole number at least 1, got 0\.$/,
    ],
    [
      "script: clip\nattr_keys: {__proto__: {x: 1}}\n",
      "FILE_CORRUPT",
      /^g\.yaml: attr_keys has "__proto__", which no parameter is called\.$/,
    ],
    ["script: clip\nattr_keys: {'a b; rm': 1}\n", "FILE_CORRUPT", /^g\.yaml: attr_keys has "a b; rm", which no parameter is called\.$/],
    [deep, "FILE_CORRUPT", /goes deeper than 16 names\.$/],
    [bomb, "FILE_CORRUPT", /^g\.yaml cannot be read: Excessive alias count/],
    ["[".repeat(100_000), "FILE_CORRUPT", /^g\.yaml/],
    ["x".repeat(1_000_001), "FILE_TOO_LARGE", /^g\.yaml has 1000001 characters/],
  ])("refuses %.60j", (text, code, message) => {
    expect(() => parseGridFile(text, "g.yaml")).toThrow(refusal(code, message));
  });
});

describe("trialCommand", () => {
  const program = ["node", "cli.js"];

  it("is ours with the parameters as flags, texts that look like numbers quoted", () => {
    const grid = parseGridFile(
      "script: train_finetune_clip.py\nconfig_file: c.yaml\nattr_keys: {model: {lr: '1e-5,2e-5', w: [a, '1', null, 'x: y']}}\n",
    );
    const run = trialCommand(grid, { program });
    expect(run({ "model.lr": 1e-7, "model.w": "a" }, "out/t")).toEqual([
      ...["node", "cli.js", "fit", "clip", "--config", "c.yaml", "--model.lr=1e-7", "--model.w=a", "--trainer.default_root_dir=out/t"],
    ]);
    const flag = (value: string | null) => run({ "model.w": value }, "t").at(-2);
    expect(["1", null, "x: y", "null", "-a", "{"].map(flag)).toEqual(
      ['"1"', "null", '"x: y"', '"null"', "-a", '"{"'].map((value) => `--model.w=${value}`),
    );
  });

  it.each([
    ["train_rsidx_clipcap.py", "clipcap"],
    ["scripts/train_clip_cap.py", "clipcap"],
    ["train_finetune_rsidx_clip.py", "clip"],
  ])("knows by %s what is trained", (script, task) => {
    expect(trialCommand({ script, space: {} }, { program })({}, "t").slice(2, 4)).toEqual(["fit", task]);
  });

  it("fills in the grid file's own", () => {
    const grid = parseGridFile(
      "script: run.sh\ncommand: [sh, '{script}', '{args}', '-o{folder}', '{model.lr}/{config_file}', 5]\nconfig_file: c.yaml\nattr_keys: {model: {lr: '1,2', n: '3,4'}}\n",
    );
    const args = ["sh", "run.sh", "--model.lr=1", "--model.n=4", "-ot", "1/c.yaml", "5"];
    expect(trialCommand(grid, { program })({ "model.lr": 1, "model.n": 4 }, "t")).toEqual(args);
    expect(() => trialCommand(grid, { program, task: "clip" })).toThrow(
      expect.objectContaining({ message: "The grid file has a command of its own, so that --task clip says nothing." }),
    );
  });

  it.each([
    ["script: train.py\nattr_keys: {a: 1}\n", "The script train.py does not tell what is trained: give --task clip or --task clipcap."],
    ["command: [x, '{b}', '{folder}']\nattr_keys: {a: 1}\n", "The grid file's command has {b}; there is {args}, {folder}, {a}."],
    ["command: [x, '{a}', '{folder}']\nattr_keys: {a: 1, b: 2}\n", "The grid file's command must have {b}, or {args} for all parameters."],
    [
      "script: s\ncommand: [x, '{args}', '{folder}']\nattr_keys: {a: 1}\n",
      "The grid file's command must have {script}, or the grid file no script.",
    ],
    [
      "command: [x, '{args}']\nattr_keys: {a: 1}\n",
      "The grid file's command must have {folder}: the trial's validation losses are read from log.jsonl in it.",
    ],
  ])("refuses %j", (text, message) => {
    expect(() => trialCommand(parseGridFile(text), { program })).toThrow(refusal("INVALID_ARGUMENT", exactly(message)));
  });
});
