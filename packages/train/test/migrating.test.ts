import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { FIT_SCHEMAS, type FitKind, requiredFields } from "../src/config/schemas";
import { cli } from "./run-cli";

const page = readFileSync(new URL("../../../docs/guides/migrating.md", import.meta.url), "utf8");

/** The rows of the table that follows `heading` first: what the first column names, and the text of the last. */
function rowsAfter(heading: string): { names: string[]; here: string }[] {
  const at = page.indexOf(heading);
  if (at < 0) throw new Error(`the page has no "${heading}"`);
  const table = /(?:^\|.*\n)+/m.exec(page.slice(at))![0];
  return table
    .split("\n")
    .slice(2, -1)
    .map((row) => row.split("|").map((cell) => cell.trim()))
    .map((cells) => ({ names: [...cells[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!), here: cells[3]! }));
}

const words = (list: string) => list.trim().split(/[\s,]+/);

/** What the original's programs take, and the commands that take it here, a flag of `--help` each. */
const FLAGS: [heading: string, commands: string[], original: string[]][] = [
  [
    "`npx rsdix eval clip`:",
    ["eval clip"],
    words("scores_dir, scores_file, model_pth, processor, annotations_file, imgs_dir, model_basename"),
  ],
  [
    "`npx rsdix eval clipcap`:",
    ["eval clipcap"],
    words(`seed, scores_dir, scores_file, model_pth, model_basename, processor, use_beam_search, metrics, no_splits, no_evaluation,
      export_captions_file, import_captions_file, annotations_files, img_dirs, splits`),
  ],
  [
    "Extracting embeddings is",
    ["embed", "caption"],
    words("annotations_file, img_dir, checkpoint_path, processor, out_path, use_beam_search"),
  ],
  [
    "## Search",
    ["search bayes", "search grid"],
    words(`default_root_dir, logs_dir, grid_file, n_iter, n_init_points, random_state, bayesian_runs_export_file,
      bayesian_runs_import_file`),
  ],
];

const helpOf = async (commands: string[]) =>
  (await Promise.all(commands.map(async (command) => (await cli([...command.split(" "), "--help"])).out))).join("\n");
const hasFlag = (help: string, flag: string) => new RegExp(`${flag.replaceAll(".", "\\.")}(?![\\w.-])`).test(help);

it.each(FLAGS)("%s names every flag of the original's, and flags that there are", async (heading, commands, original) => {
  const rows = rowsAfter(heading);
  expect(rows.flatMap(({ names }) => names).sort()).toEqual([...original].sort());
  const help = await helpOf(commands);
  const flags = rows.flatMap(({ here }) => [...here.matchAll(/`(--[\w-]+)`/g)].map(([, flag]) => flag!));
  expect(flags.length).toBeGreaterThan(original.length / 2);
  expect(flags.filter((flag) => !hasFlag(help, flag))).toEqual([]);
  const without = rows.filter(({ here }) => !/`--[\w-]+`/.test(here)).flatMap(({ names }) => names);
  expect(without).toEqual([]);
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
