import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import { withoutLeak } from "../../test/leaks";
import { clipConfig, clipFolder, encoded, newFolder, tower } from "../../test/model-folders";
import { BertTokenizer, Clip, Gpt2, SentenceBert } from "../index";

const vocab = (...words: string[]) => ["[PAD]", "[UNK]", "[CLS]", "[SEP]", ...words].join("\n");
const bertConfig = { ...tower, vocabSize: 6, contextLength: 8 };

/** A Sentence-BERT in a folder, with its tokenizer and what sentence-transformers says of it. */
async function bertFolder(): Promise<string> {
  const folder = await newFolder();
  using bert = SentenceBert.fromConfig({ ...bertConfig, contextLength: 16 }, 1);
  bert.tokenizer = BertTokenizer.fromVocab(vocab("sea", "sand"));
  await bert.save(folder);
  await writeFile(join(folder, "sentence_bert_config.json"), '{"max_seq_length":12}');
  return folder;
}

onEachBackend("What was saved over another model is what is loaded", () => {
  it("in a folder of open_clip", () =>
    withoutLeak(async () => {
      const vision = { image_size: 16, width: 16, layers: 2, head_width: 4, patch_size: 4 };
      const text = { context_length: 12, vocab_size: 516, width: 16, heads: 4, layers: 2 };
      const older = { model_cfg: { embed_dim: 8, vision_cfg: vision, text_cfg: text } };
      const processor = { image_processor: { image_mean: [0, 0, 0] } };
      const folder = await newFolder({
        "open_clip_config.json": JSON.stringify(older),
        "processor_config.json": JSON.stringify(processor),
        "notes.txt": "mine",
      });
      using clip = Clip.fromConfig(clipConfig, 1);
      await clip.save(folder);
      using loaded = await Clip.fromPretrained(folder);
      expect(loaded.config).toEqual(clip.config);
      expect([...encoded(loaded, 16)]).toEqual([...encoded(clip, 16)]);
      expect((await readdir(folder)).sort()).toEqual(["config.json", "model.safetensors", "notes.txt", "preprocessor_config.json"]);
    }));

  it("with its tokenizer, of which another kind of file lies there", () =>
    withoutLeak(async () => {
      const older = BertTokenizer.fromVocab(vocab("sand", "sea"));
      const model = {
        type: "WordPiece",
        vocab: Object.fromEntries(
          vocab("sand", "sea")
            .split("\n")
            .map((word, id) => [word, id]),
        ),
      };
      expect(older.encode("sea")).toEqual([2, 5, 3]);
      const folder = await newFolder({ "tokenizer.json": JSON.stringify({ model }), "special_tokens_map.json": "{}" });
      using bert = SentenceBert.fromConfig(bertConfig, 1);
      bert.tokenizer = BertTokenizer.fromVocab(vocab("sea", "sand"));
      await bert.save(folder);
      using loaded = await SentenceBert.fromPretrained(folder);
      expect(loaded.tokenizer!.encode("sea")).toEqual([2, 4, 3]);
      expect(await readdir(folder)).not.toContain("special_tokens_map.json");
    }));

  it("without a tokenizer, in the folder of a model of another type", () =>
    withoutLeak(async () => {
      const folder = await bertFolder();
      using clip = Clip.fromConfig(clipConfig, 1);
      await clip.save(folder);
      using loaded = await Clip.fromPretrained(folder);
      expect(loaded.tokenizer).toBeUndefined();
      expect(await loaded.parameters.toCheckpoint()).toEqual(await clip.parameters.toCheckpoint());
      expect(await readdir(folder)).not.toContain("modules.json");
    }));

  it.each([
    ["none, beside weights", { "pytorch_model.bin": "" }],
    ["open_clip's", { "open_clip_config.json": "{}" }],
    ["timm's", { "config.json": '{"architecture":"vit"}' }],
    ["a damaged one", { "config.json": '{"model_type":' }],
  ])("without a tokenizer, beside that of a model whose configuration tells no type: %s", (_, config) =>
    withoutLeak(async () => {
      const folder = await newFolder({ "vocab.txt": vocab("sea", "sand"), "tokenizer_config.json": "{}", ...config });
      using gpt2 = Gpt2.fromConfig({ ...bertConfig, vocabSize: 9 }, 1);
      await gpt2.save(folder);
      using loaded = await Gpt2.fromPretrained(folder);
      expect(loaded.config).toEqual(gpt2.config);
      expect(loaded.tokenizer).toBeUndefined();
    }),
  );

  it("without a tokenizer, with the one that lay in the folder before any model", () =>
    withoutLeak(async () => {
      const folder = await newFolder({ "vocab.txt": vocab("sea", "sand") });
      using bert = SentenceBert.fromConfig(bertConfig, 2);
      await bert.save(folder);
      using loaded = await SentenceBert.fromPretrained(folder);
      expect(loaded.tokenizer!.encode("sea")).toEqual([2, 4, 3]);
    }));

  it("without a tokenizer, with that of a model of its type, for fewer positions", () =>
    withoutLeak(async () => {
      const folder = await bertFolder();
      using bert = SentenceBert.fromConfig(bertConfig, 2);
      await bert.save(folder);
      using loaded = await SentenceBert.fromPretrained(folder);
      expect(loaded.config).toEqual(bert.config);
      expect(loaded.tokenizer!.encode("sea")).toEqual([2, 4, 3]);
    }));

  it("or the older one with all its files, where the new one can't be put in its place", () =>
    withoutLeak(async () => {
      const { folder } = await clipFolder();
      const kept = { "open_clip_config.json": "{}", "merges.txt": "a b" };
      for (const [name, text] of Object.entries(kept)) await writeFile(join(folder, name), text);
      const before = (await readdir(folder)).sort();
      using bert = SentenceBert.fromConfig(bertConfig, 1);
      // What is put aside last can't be: there is a folder of its name.
      await mkdir(join(folder, "spiece.model"));
      await expect(bert.save(folder)).rejects.toMatchObject({
        code: "WRITE_FAILED",
        message: expect.stringMatching(/spiece.model is a folder/),
      });
      expect((await readdir(folder)).filter((name) => !["spiece.model", "1_Pooling"].includes(name)).sort()).toEqual(before);
      for (const [name, text] of Object.entries(kept)) expect(await readFile(join(folder, name), "utf8")).toBe(text);
    }));
});
