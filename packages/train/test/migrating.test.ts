import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
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
