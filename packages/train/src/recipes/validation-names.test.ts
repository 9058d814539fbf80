import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { beforeAll, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";
import { resolveConfig } from "../config/load-config";
import type { FitKind } from "../config/schemas";
import { validationNames } from "../config/validation-names";
import { measureLoss } from "../fit/measure-loss";
import { openRecipe } from "./run-fit";

let folder: string;
let world: TinyWorld;
beforeAll(async () => {
  await startBackend("cpu");
  folder = scratchFolder("file");
  world = await tinyWorld(join(folder, "world"));
});

const taught = (mode: string) => ({
  use_sentence_bert_as_teacher: true,
  sentence_bert_model: world.sentenceBert,
  sentence_bert_mode: mode,
});

it.each<[string, FitKind, () => Record<string, unknown>]>([
  ["a teacher", "clip", () => ({})],
  ["no teacher", "clip", () => ({ teacher: "none" })],
  ["the sigmoid loss", "clip", () => ({ use_sigmoid_loss: true })],
  ["a Sentence-BERT beside", "clip", () => ({ sentence_bert_model: world.sentenceBert })],
  ["a Sentence-BERT's similarities", "clip", () => taught("similarity")],
  ["a projected Sentence-BERT", "clip", () => taught("projected")],
  ["all metrics", "clipcap", () => ({ gpt_model: world.gpt2, prefix_length: 2, max_length: 20 })],
  ["two metrics", "clipcap", () => ({ gpt_model: world.gpt2, prefix_length: 2, max_length: 20, metrics: ["bleu", "rougeL"] })],
  [
    "metrics in other spellings",
    "clipcap",
    () => ({ gpt_model: world.gpt2, prefix_length: 2, max_length: 20, metrics: ["rouge_l", "bleu_1"] }),
  ],
])("names what validations have, with %s of %s", async (_, kind, fields) => {
  const config = resolveConfig(kind, {
    model: { model: world.clip, ...fields() },
    data: { annotations_files: world.annotations, img_dirs: world.images, batch_size: 8 },
    trainer: { default_root_dir: join(folder, "runs") },
  });
  const { signal } = new AbortController();
  const recipe = await openRecipe(kind, config, { signal, onSkip: () => undefined, onProgress: () => undefined });
  try {
    const { data, run } = recipe.options.validation!;
    recipe.task.begin?.();
    const measured = { ...(await measureLoss(recipe.task, (await data)!)), ...(await run?.()) };
    recipe.task.end?.();
    expect(validationNames(kind, config).sort()).toEqual(Object.keys(measured).sort());
    if (_ === "metrics in other spellings") expect(Object.keys(measured).sort()).toEqual(["bleu1", "loss", "rougeL"]);
  } finally {
    await recipe.close();
  }
});
