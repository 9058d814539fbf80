import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBackend } from "@rsdix/backend";
import { BertTokenizer, SentenceBert } from "@rsdix/models";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { BERT_VOCABULARY } from "../../test/tiny-models";
import { type TinyWorld, tinyWorld } from "../../test/tiny-world";
import { mergeConfigs, parseConfig, type RawConfig, resolveConfig } from "./load-config";

const folder = new URL("../../configs/", import.meta.url);
const files = readdirSync(folder).sort();
const kindOf = (file: string) => (file.startsWith("clipcap-") ? "clipcap" : "clip");
const textOf = (file: string) => readFileSync(new URL(file, folder), "utf8");
const data: RawConfig = { data: { annotations_files: "captions.json", img_dirs: "images" } };

let scratch: string;
let world: TinyWorld;
let sentenceBert: string;

beforeAll(async () => {
  await startBackend("cpu");
  scratch = scratchFolder("file");
  world = await tinyWorld(join(scratch, "world"));
  sentenceBert = join(scratch, "bert");
  const bert = SentenceBert.fromConfig({ vocabSize: 14, contextLength: 12, width: 16, layers: 1, heads: 2, mlpWidth: 8 }, 1);
  bert.tokenizer = BertTokenizer.fromVocab(BERT_VOCABULARY);
  await bert.save(sentenceBert).finally(() => bert.dispose());
});

describe("Example configurations", () => {
  it("there is one for each family, with its models", () => {
    const models = files.map((file) => {
      const { model } = resolveConfig(kindOf(file), mergeConfigs([parseConfig(textOf(file), file), data]));
      return [file, model.model, "gpt_model" in model ? model.gpt_model : model.use_sentence_bert_as_teacher && model.sentence_bert_model];
    });
    expect(models).toEqual([
      ["clip-b16.yaml", "openai/clip-vit-base-patch16", false],
      ["clip-b32.yaml", "openai/clip-vit-base-patch32", false],
      ["clip-l14.yaml", "openai/clip-vit-large-patch14", false],
      ["clip-sbert-b32.yaml", "openai/clip-vit-base-patch32", "sentence-transformers/all-MiniLM-L6-v2"],
      ["clipcap-gpt2-large-unlocked.yaml", "openai/clip-vit-base-patch32", "gpt2-large"],
      ["clipcap-gpt2-large.yaml", "openai/clip-vit-base-patch32", "gpt2-large"],
      ["clipcap-gpt2-medium-unlocked.yaml", "openai/clip-vit-base-patch32", "gpt2-medium"],
      ["clipcap-gpt2-medium.yaml", "openai/clip-vit-base-patch32", "gpt2-medium"],
      ["clipcap-gpt2-unlocked.yaml", "openai/clip-vit-base-patch32", "gpt2"],
      ["clipcap-gpt2-xl-unlocked.yaml", "openai/clip-vit-base-patch32", "gpt2-xl"],
      ["clipcap-gpt2-xl.yaml", "openai/clip-vit-base-patch32", "gpt2-xl"],
      ["clipcap-gpt2.yaml", "openai/clip-vit-base-patch32", "gpt2"],
      ["siglip-b16.yaml", "google/siglip-base-patch16-224", false],
    ]);
  });

  it.each(files)("%s leaves only the data's places to the user, and says what differs from the original", (file) => {
    const kind = kindOf(file);
    const raw = parseConfig(textOf(file), file);
    expect(() => resolveConfig(kind, raw)).toThrow(`fit ${kind}: data.annotations_files must be given. data.img_dirs must be given.`);
    const config = resolveConfig(kind, mergeConfigs([raw, data]));
    expect(config.data.batch_size * config.trainer.accumulate_grad_batches).toBe(512);
    const comments = textOf(file)
      .split("\n")
      .filter((line) => line.includes("#"));
    expect(comments.filter((line) => line.includes("original")).length).toBeGreaterThanOrEqual(5);
    expect(comments[1]).toContain(`rsdix fit ${kind} --config ${file} `);
  });

  it.each(files)("%s trains, here with models and batches that are tiny", async (file) => {
    const kind = kindOf(file);
    const own = {
      clip: ["--data.batch_size", "8", "--model.chunk_size", "4"],
      clipcap: ["--model.gpt_model", world.gpt2, "--model.prefix_length", "2", "--model.max_length", "40", "--data.batch_size", "4"],
    }[kind];
    const taught = file.includes("sbert") ? ["--model.sentence_bert_model", sentenceBert] : [];
    const { code, out, err } = await cli([
      ...["fit", kind, "--config", fileURLToPath(new URL(file, folder)), "--model.model", world.clip, ...own, ...taught],
      ...["--data.annotations_files", world.annotations, "--data.img_dirs", world.images, "--data.num_workers", "0", "--json"],
      ...["--trainer.max_steps", "2", "--trainer.accumulate_grad_batches", "1", "--trainer.accelerator", "cpu"],
      ...["--trainer.default_root_dir", join(scratch, "runs")],
    ]);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("16 images for training") });
    expect(JSON.parse(out.trimEnd().split("\n").at(-1)!)).toMatchObject({ type: "end", step: 2 });
  });

  it("they are part of the package", () => {
    const { files } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { files: string[] };
    expect(files).toContain("configs");
  });
});
