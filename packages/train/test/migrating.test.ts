import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { mergeConfigs, type RawConfig, resolveConfig } from "../src/config/load-config";
import { FIT_SCHEMAS, type FitKind, requiredFields } from "../src/config/schemas";
import { cli } from "./run-cli";

const page = readFileSync(new URL("../../../docs/guides/migrating.md", import.meta.url), "utf8");

/** The rows of the table that follows `heading` first: the cells of each. */
function cellsAfter(heading: string): string[][] {
  const at = page.indexOf(heading);
  if (at < 0) throw new Error(`the page has no "${heading}"`);
  const table = /(?:^\|.*\n)+/m.exec(page.slice(at))![0];
  const rows = table.split("\n").slice(2, -1);
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);

/** The same: what the first column names, the text of the last, and the default between them. */
function rowsAfter(heading: string): { names: string[]; given: string; here: string }[] {
  return cellsAfter(heading).map((cells) => ({ names: quoted(cells[0]!), given: cells.slice(1, -1).join(""), here: cells.at(-1)! }));
}

const words = (list: string) => list.trim().split(/[\s,]+/);

/** The original's programs: those that its README starts, and two that lie beside them; and what each is here. */
const PROGRAMS: readonly (readonly [original: string, here: readonly string[]])[] = [
  ["train_finetune_rsidx_clip.py", ["fit clip"]],
  ["train_rsidx_clipcap.py", ["fit clipcap"]],
  ["eval_clip.py", ["eval clip"]],
  ["eval_clipcap.py", ["eval clipcap"]],
  ["clip_inference.py", ["embed"]],
  ["clipcap_inference.py", ["caption"]],
  ["bayesian_optimization.py", ["search bayes"]],
  ["grid_search.py grid_search.sh", ["search grid"]],
  ["tuner.py", ["lr-find clip", "lr-find clipcap"]],
  ["captions_t_test.py", ["study"]],
];

it("names the original's programs as they are called, where they are, and no others", () => {
  const commands = (cell: string) => quoted(cell).map((line) => line.replace(/^npx rsdix |(?: fit)? --.*$/g, ""));
  const rows = cellsAfter("## Programs").map(([original, here]) => [commands(original!).join(" "), commands(here!)]);
  expect(rows).toEqual(PROGRAMS);
  expect(page).toContain("(https://github.com/NeuRoNeLab/RSDiX-CLIP)");
  const known = PROGRAMS.flatMap(([names]) => names.split(" "));
  const guides = new URL("../../../docs/guides/", import.meta.url);
  const texts = readdirSync(guides).map((name) => readFileSync(new URL(name, guides), "utf8"));
  const named = texts.flatMap((text) => [...text.matchAll(/\b\w+\.(?:py|sh)\b/g)].map(([name]) => name));
  expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([]);
});

/** What the original's programs take with their README's defaults, and the commands that take it here, a flag of `--help` each. */
const FLAGS: [heading: string, commands: string[], original: Readonly<Record<string, string>>][] = [
  [
    "`npx rsdix eval clip`:",
    ["eval clip"],
    {
      ...{ scores_dir: "`eval_results`", scores_file: "`scores.tsv`", model_pth: "required", processor: "`openai/clip-vit-base-patch32`" },
      ...{ annotations_file: "required", imgs_dir: "required", model_basename: "null" },
    },
  ],
  [
    "`npx rsdix eval clipcap`:",
    ["eval clipcap"],
    {
      ...{ seed: "42", scores_dir: "`eval_results`", scores_file: "`clip_cap_scores.tsv`", model_pth: "null", model_basename: "null" },
      ...{ processor: "`openai/clip-vit-base-patch32`", use_beam_search: "false", metrics: "all", splits: "`test` of each set" },
      ...{ no_splits: "false", no_evaluation: "false", export_captions_file: "null", import_captions_file: "null" },
      ...{ annotations_files: "five of each, below `./data/`", img_dirs: "five of each, below `./data/`" },
    },
  ],
  [
    "Extracting embeddings is",
    ["embed", "caption"],
    {
      ...{ annotations_file: "required", img_dir: "required", checkpoint_path: "required", processor: "`openai/clip-vit-base-patch32`" },
      ...{ out_path: "`_clipinferenceimages/`, `_inferenceimages/`", use_beam_search: "false" },
    },
  ],
  [
    "## Search",
    ["search bayes", "search grid"],
    {
      ...{ grid_file: "`clip_grid.yaml`", default_root_dir: "the working folder", logs_dir: "`lightning_logs`", n_iter: "10" },
      ...{ n_init_points: "5", random_state: "42", bayesian_runs_export_file: "`bayesian_runs.json`", bayesian_runs_import_file: "null" },
    },
  ],
];

const helpOf = async (commands: string[]) =>
  (await Promise.all(commands.map(async (command) => (await cli([...command.split(" "), "--help"])).out))).join("\n");
const hasFlag = (help: string, flag: string) => new RegExp(`${flag.replaceAll(".", "\\.")}(?![\\w.-])`).test(help);

const flagsIn = (here: string) => quoted(here).filter((text) => text.startsWith("--"));

it.each(FLAGS)("%s names every flag of the original's with its default, and flags that there are", async (heading, commands, original) => {
  const rows = rowsAfter(heading);
  expect(Object.fromEntries(rows.flatMap(({ names, given }) => names.map((name) => [name, given])))).toEqual(original);
  const help = await helpOf(commands);
  const flags = rows.flatMap(({ here }) => flagsIn(here));
  expect(flags.length).toBeGreaterThan(Object.keys(original).length / 2);
  expect(flags.filter((flag) => !hasFlag(help, flag))).toEqual([]);
  const without = rows.filter(({ here }) => flagsIn(here).length === 0).flatMap(({ names }) => names);
  expect(without).toEqual([]);
});

/** What `--help` says that a flag has unless told otherwise; undefined where it is nothing. */
function defaultOf(help: string, flag: string): string | undefined {
  const line = new RegExp(`^ +(?:-\\S+, )*${flag}(?:,? .*|)$(?:\\n {10,}.*)*`, "m").exec(help)?.[0].replaceAll(/\s+/g, " ");
  const [, json] = /\(default: (.*?)\)/.exec(line ?? "") ?? [];
  return json?.replaceAll(/[[\]"]/g, "");
}

it.each(FLAGS)("%s says of each flag whose default is another here what it is", async (heading, commands) => {
  const help = await helpOf(commands);
  for (const { names, given, here } of rowsAfter(heading)) {
    const said = [...quoted(given), ...quoted(here), given];
    const ours = (here.startsWith("none") ? [] : flagsIn(here)).flatMap((flag) => defaultOf(help, flag) ?? []);
    const isAll = given === "all"; // metrics, whose list --help has
    expect(
      ours.filter((value) => !said.includes(value) && !isAll),
      names.join(),
    ).toEqual([]);
    const hasOne = !/^(null|false|required)$/.test(given);
    if (hasOne && ours.length === 0) expect(here, names.join()).toMatch(/\b(required|needed|none)\b/);
  }
});

it("takes a default that help has on the flag's line or the next", async () => {
  const help = await helpOf(["eval clipcap", "search bayes"]);
  const flags = ["--seed", "--scores-file", "--splits", "--out", "--n-iter", "--model-pth", "--use-beam-search"];
  expect(flags.map((flag) => defaultOf(help, flag))).toEqual(["42", "clip_cap_scores.tsv", "test", "search", "10", undefined, undefined]);
});

/** The parameters of the original's configurations, under their names. */
const PARAMETERS = {
  model: words(`model, lr, alpha, ema_decay, weight_decay, start_factor, end_factor, total_iters, use_warmup, warmup_steps, eps, betas,
    sinkhorn_lambda, sinkhorn_iter, ii_coeff, tt_coeff, remove_diag, checkpoint_path, use_sentence_bert_as_teacher, freeze_sentence_bert,
    sentence_bert_model, use_sigmoid_loss, prefix_length, clip_length, prefix_size, num_layers, mapping_type, dropout_transformer,
    dropout_gpt2, clipcap_lr, clipcap_weight_decay, clipcap_warmup_steps, clip_checkpoint_path, clipcap_checkpoint_path, metrics,
    use_beam_search, gpt_model, pad_token, every_n_batches, freeze_clip_encoder`),
  data: words(`annotations_files, img_dirs, additional_test_annotation_files, img_transform, target_transform, train_split_percentage,
    val_split_percentage, batch_size, num_workers, augment_image_data, augment_text_data, shuffle, processor, use_gpt2_tokenizer`),
};

it.each([
  ["model", "## Model"],
  ["data", "## Data"],
] as const)("names every parameter of the original's %s, each of which there is", async (section, heading) => {
  const names = rowsAfter(heading).flatMap((row) => row.names);
  expect(names.sort()).toEqual([...PARAMETERS[section]].sort());
  const help = await helpOf(["fit clip", "fit clipcap"]);
  expect(names.filter((name) => !hasFlag(help, `--${section}.${name}`))).toEqual([]);
});

/** Of each parameter, what the original's configurations have, and what else one may have set there. */
const VALUES: Readonly<Record<"model" | "data", Readonly<Record<string, readonly [given: unknown, other: unknown]>>>> = {
  model: {
    ...{ model: ["openai/clip-vit-base-patch32", "openai/clip-vit-large-patch14"], lr: [null, 1e-5], alpha: [0.5, 0.3] },
    ...{ ema_decay: [0.999, 0.99], weight_decay: [0.1, 0], start_factor: [1 / 3, 0.5], end_factor: [1, 0.5], total_iters: [5, 10] },
    ...{ use_warmup: ["cosine", "linear"], warmup_steps: [0, 100], eps: [1e-8, 1e-6] },
    ...{
      betas: [
        [0.9, 0.99],
        [0.9, 0.98],
      ],
      sinkhorn_lambda: [0.1, 0.2],
      sinkhorn_iter: [4, 1],
      ii_coeff: [1, 0],
      tt_coeff: [1, 2],
    },
    ...{ remove_diag: [false, true], checkpoint_path: [null, "a.ckpt"], use_sentence_bert_as_teacher: [false, true] },
    ...{ freeze_sentence_bert: [true, false], sentence_bert_model: [null, "a/b"], use_sigmoid_loss: [false, true] },
    ...{ prefix_length: [undefined, 40], clip_length: [null, 40], prefix_size: [512, 768], num_layers: [8, 4] },
    ...{ mapping_type: ["mlp", "transformer"], dropout_transformer: [0, 0.1], dropout_gpt2: [null, 0.1], clipcap_lr: [1e-3, 2e-5] },
    ...{ clipcap_weight_decay: [0.1, 0], clipcap_warmup_steps: [5000, 0], clip_checkpoint_path: [null, "a.ckpt"] },
    ...{ clipcap_checkpoint_path: [null, "a.ckpt"], metrics: [null, ["meteor"]], use_beam_search: [false, true] },
    ...{ gpt_model: ["gpt2", "gpt2-xl"], pad_token: [null, 0], every_n_batches: [10, 1], freeze_clip_encoder: [true, false] },
  },
  data: {
    ...{ annotations_files: [undefined, ["a.json"]], img_dirs: [undefined, ["a"]], additional_test_annotation_files: [null, ["b.json"]] },
    ...{ img_transform: [null, "a.Transform"], target_transform: [null, "a.Transform"], train_split_percentage: [80, 70] },
    ...{ val_split_percentage: [10, 20], batch_size: [512, 32], num_workers: [0, 4], augment_image_data: [false, true] },
    ...{ augment_text_data: [false, true], shuffle: [false, true], processor: [null, "a/b"] },
  },
};

/** What a section of a configuration becomes with this parameter; undefined where it is refused. */
function taken(kind: FitKind, section: "model" | "data", name: string, value: unknown): unknown {
  const required = requiredFields(kind);
  const { success, data } = FIT_SCHEMAS[kind].safeParse({ ...required, [section]: { ...required[section], [name]: value } });
  return success ? (data[section] as Record<string, unknown>)[name] : undefined;
}

it.each(["model", "data"] as const)(
  "says of each parameter of the %s what is refused, and keeps the defaults that it calls the same",
  (section) => {
    const heading = section === "model" ? "## Model" : "## Data";
    const rows = rowsAfter(heading).filter(({ names }) => !names.includes("use_gpt2_tokenizer"));
    expect(rows.flatMap(({ names }) => names).sort()).toEqual(Object.keys(VALUES[section]).sort());
    for (const { names, here } of rows) {
      for (const name of names) {
        const [given, other] = VALUES[section][name]!;
        if (given !== undefined) expect(taken("clipcap", section, name, given), `${name}: the original's default`).toEqual(given);
        const isRefused = /^only /.test(here);
        expect(taken("clipcap", section, name, other), `${name}: another value`).toEqual(isRefused ? undefined : other);
        const isRequired = given === undefined;
        if (/^the same/.test(here) && !isRequired) expect(taken("clipcap", section, name, undefined), `${name}: left out`).toEqual(given);
      }
    }
    expect([taken("clip", "data", "use_gpt2_tokenizer", false), taken("clip", "data", "use_gpt2_tokenizer", true)]).toEqual([
      false,
      undefined,
    ]);
    expect([taken("clipcap", "data", "use_gpt2_tokenizer", true), taken("clipcap", "data", "use_gpt2_tokenizer", false)]).toEqual([
      true,
      undefined,
    ]);
  },
);

/** Arguments of Lightning's Trainer as a configuration of the original may have them, and what they are here: the same, or refused. */
const TRAINER: Readonly<Record<string, unknown>> = {
  ...{ max_epochs: 5, max_steps: 100, accumulate_grad_batches: 2, gradient_clip_val: 1, limit_val_batches: 10, default_root_dir: "runs" },
  ...{ accelerator: "auto", logger: ["tensorboard"], val_check_interval: 0.5, check_val_every_n_epoch: 1, callbacks: [], devices: 1 },
  ...{ fast_dev_run: true, limit_train_batches: 10, overfit_batches: 1, num_nodes: 1, strategy: "auto", precision: "16-mixed" },
  ...{ deterministic: true, benchmark: true, log_every_n_steps: 1, enable_progress_bar: true, enable_checkpointing: true },
  ...{ enable_model_summary: true, num_sanity_val_steps: 2, profiler: null, plugins: null, sync_batchnorm: false },
};

it("says of Lightning's trainer which fields there are here, and what stands for the others", () => {
  const rows = rowsAfter("## Trainer");
  expect(rows.flatMap(({ names }) => names).sort()).toEqual(Object.keys(TRAINER).sort());
  const refusalOf = (raw: RawConfig) => {
    try {
      resolveConfig("clip", mergeConfigs([requiredFields("clip"), raw]));
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  for (const { names, here } of rows)
    for (const name of names)
      expect(refusalOf({ trainer: { [name]: TRAINER[name] } }), name).toBe(here.startsWith("none") ? "UNKNOWN_OPTION" : undefined);
  const fields = Object.keys(FIT_SCHEMAS.clip.parse(requiredFields("clip")).trainer);
  const instead = rows.filter(({ here }) => here.startsWith("none")).flatMap(({ here }) => quoted(here));
  expect(instead.filter((name) => /^[a-z_]+$/.test(name) && !fields.includes(name))).toEqual([]);
  expect(fields.filter((name) => !rows.some(({ names, here }) => [...names, ...quoted(here)].includes(name)))).toEqual([]);
  expect([refusalOf({ ckpt_path: null }), refusalOf({ seed_everything: 7 })]).toEqual(["UNKNOWN_OPTION", undefined]);
  expect([-1, 0.5].map((value) => refusalOf({ trainer: { max_steps: value } }))).toEqual(["INVALID_ARGUMENT", "INVALID_ARGUMENT"]);
  expect(refusalOf({ trainer: { limit_val_batches: 0.5 } })).toBe("INVALID_ARGUMENT");
});
