import { describe, expect, it } from "vitest";
import { plainFlags } from "../cli/config-flags";
import { fitGrid } from "../search/fit-grid";
import { parseGridFile } from "../search/grid-file";
import { fieldNames, mergeConfigs, parseConfig, parseValue, printConfig, resolveConfig } from "./load-config";
import { fitJsonSchema } from "./schemas";

const data = { annotations_files: "a.json", img_dirs: ["images"] };
const wrong = (kind: "clip" | "clipcap", raw: Record<string, unknown>) => {
  try {
    resolveConfig(kind, raw);
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    return `${code}: ${message}`;
  }
  throw new Error("nothing was wrong");
};

describe("parseConfig", () => {
  it("takes the original's names and camel case alike", () => {
    const text = "seedEverything: 7\nmodel: {lr: 1e-5, useWarmup: linear}\ndata:\n  batch-size: 64\n  imgDirs: [a, b]\n";
    expect(parseConfig(text, "x.yaml")).toEqual({
      seed_everything: 7,
      model: { lr: 1e-5, use_warmup: "linear" },
      data: { batch_size: 64, img_dirs: ["a", "b"] },
    });
    expect(parseConfig("", "x.yaml")).toEqual({});
    expect(parseConfig('{"model": {"alpha": 1}}', "x.json")).toEqual({ model: { alpha: 1 } });
  });

  it.each(["clip", "clipcap"] as const)("takes every field of fit %s in camel case, also in flags and grid files", (kind) => {
    const camel = (name: string) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    for (const section of ["model", "data", "trainer"]) {
      const names = fieldNames(kind, [section]);
      const text = `${section}: {${names.map((name) => `${camel(name)}: 1`).join(", ")}}`;
      expect(parseConfig(text, "x.yaml")).toEqual({ [section]: Object.fromEntries(names.map((name) => [name, 1])) });
      expect(plainFlags(names.map((name) => `--${section}.${camel(name)}=1`))).toEqual(names.map((name) => `--${section}.${name}=1`));
      const grid = parseGridFile(`script: ${kind}\nattr_keys: {${text}}`);
      expect(Object.keys(fitGrid(grid, "g.yaml").grid.space)).toEqual(names.map((name) => `${section}.${name}`));
    }
    expect(fieldNames(kind, ["trainer"])).toContain("check_val_every_n_steps");
  });

  it("says where a file is no configuration", () => {
    const parsing = (text: string) => () => parseConfig(text, "x.yaml");
    expect(parsing("model:\n  lr: [1")).toThrow(/^x\.yaml, line 2, column \d+: .*"?\]/);
    expect(parsing("model: {lr: 1, lr: 2}")).toThrow(/^x\.yaml, line 1, column 16: Map keys must be unique/);
    expect(parsing("data: {batchSize: 1, batch_size: 2}")).toThrow("x.yaml gives batch_size twice, once as batch_size.");
    expect(parsing("- 1")).toThrow("x.yaml must have sections (model, data, trainer), got a list.");
    expect(parsing("model: {__proto__: {lr: 1}}")).toThrow("x.yaml has the name __proto__, which no field has.");
    expect(parsing(" ".repeat(1_000_001))).toThrow("x.yaml has 1000001 characters, which no configuration has.");
    const bomb = `a: &a [x]\n${[..."bcdefghij"].map((name, i) => `${name}: &${name} [${"*abcdefghij"[0]}${"abcdefghij"[i]},${"*"}${"abcdefghij"[i]},*${"abcdefghij"[i]},*${"abcdefghij"[i]}]`).join("\n")}`;
    expect(parsing(bomb)).toThrow(/^x\.yaml: Excessive alias count/);
  });
});

it("reads a flag's value as a file's", () => {
  const texts = ["cosine", "a: b: c", "a: b", "{a}", "{a: 1}"];
  expect(["1e-5", "null", "true", "[a, b]", ...texts].map(parseValue)).toEqual([1e-5, null, true, ["a", "b"], ...texts]);
});

it.each(["#1", "~", "---", "--- 7", "Null", "&a", "7 #1", '"a" #b', "[a, b] # c", "null #1", "runs #1", "a#b", "%YAML"])(
  "takes a flag's %s as it was typed",
  (text) => {
    expect(parseValue(text)).toBe(text);
  },
);

it("takes what is quoted from its quotes, and null from blanks", () => {
  expect(['"null"', "'a #b'", '"7 #1"', " null ", "[a, '#b']"].map(parseValue)).toEqual(["null", "a #b", "7 #1", null, ["a", "#b"]]);
});

it("puts later configurations over earlier ones, field by field", () => {
  const merged = mergeConfigs([{ model: { lr: 1, alpha: 0.1 } }, { model: { lr: 2 }, seed_everything: 3 }]);
  expect(merged).toEqual({ model: { lr: 2, alpha: 0.1 }, seed_everything: 3 });
});

it("takes a section's name alone for an empty one, and keeps what is no section, to be refused", () => {
  const config = parseConfig("model:\ntrainer: [1]\ndata: {batch_size: 2}\n", "x.yaml");
  const merged = mergeConfigs([config, { trainer: { max_steps: 1 } }, { data: null }, { model: { alpha: 1 } }]);
  expect(merged).toEqual({ model: { alpha: 1 }, trainer: [1], data: { batch_size: 2 } });
  expect(mergeConfigs([{ model: null, seed_everything: null }])).toEqual({ model: {}, seed_everything: null });
  expect(wrong("clip", { data, trainer: [1] })).toBe("INVALID_ARGUMENT: fit clip: trainer is [1]: it must be a section with fields.");
});

describe("resolveConfig", () => {
  it("has the original's defaults", () => {
    const { model, data: read, trainer, seed_everything } = resolveConfig("clip", { data });
    expect(model).toMatchObject({ model: "openai/clip-vit-base-patch32", lr: null, alpha: 0.5, ema_decay: 0.999, weight_decay: 0.1 });
    expect(model).toMatchObject({ use_warmup: "cosine", total_iters: 5, start_factor: 1 / 3, betas: [0.9, 0.99], sinkhorn_lambda: 0.1 });
    expect(read).toMatchObject({
      annotations_files: ["a.json"],
      batch_size: 512,
      num_workers: 0,
      shuffle: false,
      train_split_percentage: 80,
    });
    expect([trainer.max_epochs, seed_everything]).toEqual([5, 42]);
    const captioner = resolveConfig("clipcap", { data, model: { prefix_length: 40 } });
    expect(captioner.model).toMatchObject({
      mapping_type: "mlp",
      num_layers: 8,
      clipcap_lr: 1e-3,
      clipcap_warmup_steps: 5000,
      gpt_model: "gpt2",
    });
  });

  it("takes what leads a run in the original's spelling of metrics", () => {
    const data = { annotations_files: "a.json", img_dirs: "images" };
    const monitorOf = (kind: "clip" | "clipcap", monitor: string, model: object) =>
      resolveConfig(kind, { model: { model: "m", ...model }, data, trainer: { monitor } }).trainer.monitor;
    const gpt2 = { gpt_model: "g", prefix_length: 2 };
    expect(["rouge_l", "ROUGE-L", "rougeL", "Bleu_4"].map((name) => monitorOf("clipcap", name, gpt2))).toEqual([
      ...["rougeL", "rougeL", "rougeL", "bleu4"],
    ]);
    expect(["sbs_mse", "Loss"].map((name) => monitorOf("clip", name, { sentence_bert_model: "s" }))).toEqual(["sbsMse", "loss"]);
  });

  it("reads what it prints", () => {
    const config = resolveConfig("clipcap", { data, model: { prefix_length: 10, dropout_gpt2: 0.1 } });
    expect(resolveConfig("clipcap", parseConfig(printConfig(config), "printed"))).toEqual(config);
  });

  it("refuses unknown names with the nearest known one, or the section that has it", () => {
    expect(wrong("clip", { data, model: { aplha: 1 } })).toBe("UNKNOWN_OPTION: fit clip: model has no field aplha. Did you mean alpha?");
    expect(wrong("clip", { data, model: { batch_size: 1 } })).toBe(
      "UNKNOWN_OPTION: fit clip: model has no field batch_size. It belongs into data.",
    );
    expect(wrong("clip", { data, trainer: { callbacks: [] } })).toBe("UNKNOWN_OPTION: fit clip: trainer has no field callbacks.");
    expect(wrong("clip", { data, modell: {} })).toBe("UNKNOWN_OPTION: fit clip: there is no section modell. Did you mean model?");
    expect(wrong("clip", { data, x: 1 })).toBe(
      "UNKNOWN_OPTION: fit clip: there is no section x. A configuration has seed_everything, model, data, trainer.",
    );
  });

  it("names everything that is wrong or missing", () => {
    expect(wrong("clip", { data: { ...data, batch_size: "x" }, model: { alpha: 2 } })).toBe(
      'INVALID_ARGUMENT: fit clip: model.alpha is 2: it must be at most 1. data.batch_size is "x": it must be a number.',
    );
    expect(wrong("clip", { model: {} })).toBe(
      "INVALID_ARGUMENT: fit clip: data.annotations_files must be given. data.img_dirs must be given.",
    );
    expect(wrong("clipcap", {})).toBe(
      "INVALID_ARGUMENT: fit clipcap: model.prefix_length must be given. data.annotations_files must be given. data.img_dirs must be given.",
    );
    expect(wrong("clipcap", { data, model: {} })).toBe("INVALID_ARGUMENT: fit clipcap: model.prefix_length must be given.");
  });

  it.each([
    [{ seed_everything: 1e20 }, "seed_everything is 100000000000000000000: it must be at most 9007199254740991."],
    [{ trainer: { max_epochs: 1e300 } }, "trainer.max_epochs is 1e+300: it must be at most 9007199254740991."],
    [{ model: { betas: [0.9] } }, "model.betas is [0.9]: it must have at least 2 items."],
    [{ model: { betas: [0.9, 0.9, 0.9] } }, "model.betas is [0.9,0.9,0.9]: it must have at most 2 items."],
    [{ model: { freeze_sentence_bert: false } }, "model.freeze_sentence_bert is false: it must be true."],
  ])("says what a field must be in words of its own: %j", (given, message) => {
    expect(wrong("clip", { data, ...given })).toBe(`INVALID_ARGUMENT: fit clip: ${message}`);
  });

  it("says how to write what YAML takes for something else than a text", () => {
    const quotes = 'What YAML takes for something else is a text in quotes: "2024".';
    const read = (text: string) => wrong("clip", parseConfig(`data: {annotations_files: a.json, ${text}}`, "x.yaml"));
    expect(read("img_dirs: 2024")).toBe(
      `INVALID_ARGUMENT: fit clip: data.img_dirs is 2024: expected a text, or a list of texts: [a, b]. ${quotes}`,
    );
    expect(read("img_dirs: [a, 2024]")).toContain(quotes);
    expect(read("img_dirs: {a: b}")).toContain(quotes);
    expect(read("img_dirs: a, processor: true")).toBe(`INVALID_ARGUMENT: fit clip: data.processor is true: it must be a text. ${quotes}`);
    expect(read("img_dirs: a, processor: ''")).not.toContain("quotes");
    expect(read("img_dirs: a, batch_size: x")).not.toContain("quotes");
    expect(parseConfig('data: {img_dirs: "2024"}', "x.yaml")).toEqual({ data: { img_dirs: "2024" } });
  });

  it("refuses a field that would do nothing, unless it has its default", () => {
    expect(wrong("clip", { data, model: { start_factor: 0.5 } })).toBe(
      'INVALID_ARGUMENT: fit clip: model.start_factor would do nothing with use_warmup "cosine". Leave it out, or at its default.',
    );
    expect(wrong("clip", { data, model: { teacher: "none", alpha: 0.3 } })).toMatch(/model.alpha would do nothing without a teacher/);
    expect(wrong("clipcap", { data, model: { prefix_length: 4, num_layers: 2 } })).toMatch(
      /model.num_layers would do nothing with mapping_type "mlp"/,
    );
    expect(wrong("clip", { data, model: { weight_decay: 0, decay: "all" } })).toMatch(
      /model\.decay would do nothing with weight_decay 0\./,
    );
    const noDecay = { prefix_length: 4, clipcap_weight_decay: 0, decay: "all" };
    expect(wrong("clipcap", { data, model: noDecay })).toMatch(/model\.decay would do nothing without a weight decay\./);
    expect(resolveConfig("clipcap", { data, model: { ...noDecay, freeze_clip_encoder: false } }).model.decay).toBe("all");
    expect(wrong("clip", { data: { ...data, val_split_percentage: 30 } })).toMatch(
      /data\.train_split_percentage 80 and data\.val_split_percentage 30 are more than 100 together\. Give both, of at most 100\.$/,
    );
    const quiet = { prefix_length: 4, num_layers: 8, alpha: 0.5, lr: null, img: undefined };
    const { img: _, ...defaults } = quiet;
    expect(resolveConfig("clipcap", { data, model: defaults }).model.num_layers).toBe(8);
  });
});

it("describes every field to editors", () => {
  for (const kind of ["clip", "clipcap"] as const) {
    const schema = fitJsonSchema(kind) as { properties: Record<string, { properties: Record<string, { description?: string }> }> };
    for (const section of ["model", "data", "trainer"]) {
      const fields = schema.properties[section]!.properties;
      expect(Object.keys(fields)).toEqual(fieldNames(kind, [section]));
      expect(Object.entries(fields).filter(([, field]) => !field.description)).toEqual([]);
    }
  }
});
