import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import { withoutLeak } from "../../test/leaks";
import golden from "../fixtures/keys.json";
import {
  BertTokenizer,
  Clip,
  ClipCap,
  type ClipConfig,
  clipConfigFrom,
  Gpt2,
  Gpt2Tokenizer,
  SentenceBert,
  Siglip,
  tokenizerJsonFromBpe,
} from "../index";

const code = (value: string) => expect.objectContaining({ code: value });
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

async function newFolder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rsdix-model-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

const tower = { width: 16, layers: 2, heads: 2 };
const clipTokenizer = { "tokenizer.json": JSON.stringify(tokenizerJsonFromBpe({ merges: ["s e", "se a</w>"], kind: "clip" })) };
const clipConfig: ClipConfig = {
  embedDim: 8,
  image: { ...tower, size: 16, patch: 4 },
  text: { ...tower, vocabSize: 516, contextLength: 12 },
};
const image = (side: number) => ({
  width: side,
  height: side + 3,
  data: Uint8Array.from({ length: 3 * side * (side + 3) }, (_, i) => (i * 7) % 256),
});
const pixels = (size: number) =>
  tf.tensor4d(
    Float32Array.from({ length: 2 * 3 * size * size }, (_, i) => Math.sin(i)),
    [2, 3, size, size],
  );
const encoded = (model: Clip | Siglip, size: number) => tf.tidy(() => model.encodeImage(pixels(size)).dataSync().slice());
const rsdix = new URL("../fixtures/keys-rsdix.ckpt", import.meta.url).pathname;

/** A CLIP in a folder, with its tokenizer. */
async function clipFolder(options = {}): Promise<{ folder: string; embeddings: Float32Array }> {
  using clip = Clip.fromConfig(clipConfig, 1);
  const folder = await newFolder(clipTokenizer);
  await clip.save(folder, options);
  return { folder, embeddings: encoded(clip, 16) as Float32Array };
}

onEachBackend("A model that was saved", () => {
  it("is the same CLIP when loaded, with its tokenizer and image processor, and saved to the same bytes", () =>
    withoutLeak(async () => {
      const { folder, embeddings } = await clipFolder();
      using clip = await Clip.fromPretrained(folder);
      using fresh = Clip.fromConfig(clipConfig, 2);
      expect(clip.config).toEqual(fresh.config);
      expect([...encoded(clip, 16)]).toEqual([...embeddings]);
      expect(clip.origin).toMatchObject({ source: folder, revision: undefined, layout: { model: "clip", layout: "huggingface" } });
      const texts = await clip.embedTexts(["sea", "a sea of sand", "see"]);
      expect(texts).toHaveLength(3 * 8);
      const images = await clip.embedImages([image(40), image(9)], { batchSize: 1 });
      expect(images).toHaveLength(2 * 8);
      const probabilities = await clip.classify([image(40), image(9)], ["sea", "sand"]);
      expect(probabilities).toHaveLength(4);
      expect(probabilities[0]! + probabilities[1]!).toBeCloseTo(1, 5);
      const again = await newFolder();
      expect((await clip.save(again)).sort()).toEqual(["config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json"]);
      for (const name of await readdir(again)) expect(await readFile(join(again, name)), name).toEqual(await readFile(join(folder, name)));
    }));

  it("takes a quarter of the space as int8, or several files, and loads as before", () =>
    withoutLeak(async () => {
      const { folder: whole, embeddings } = await clipFolder();
      const { folder: small } = await clipFolder({ storage: "int8" });
      const { folder: split } = await clipFolder({ maxShardBytes: 20_000 });
      const size = async (folder: string) => (await readFile(join(folder, "model.safetensors"))).length;
      expect((await size(small)) / (await size(whole))).toBeLessThan(0.6); // of so small a model the header is a good part
      expect((await readdir(split)).filter((name) => name.endsWith(".safetensors")).length).toBeGreaterThan(2);
      for (const [folder, tolerance] of [
        [small, 0.05],
        [split, 0],
      ] as const) {
        using clip = await Clip.fromPretrained(folder);
        expect(encoded(clip, 16)).toBeAllclose(embeddings, { rtol: 0, atol: tolerance });
      }
    }));

  it("is the same SigLIP, GPT-2, Sentence-BERT and captioner", () =>
    withoutLeak(async () => {
      {
        using siglip = Siglip.fromConfig(
          { image: { ...tower, size: 16, patch: 4 }, text: { ...tower, vocabSize: 20, contextLength: 6 } },
          1,
        );
        const folder = await newFolder();
        await siglip.save(folder);
        using loaded = await Siglip.fromPretrained(folder);
        expect(loaded.config).toEqual(siglip.config);
        expect([...encoded(loaded, 16)]).toEqual([...encoded(siglip, 16)]);
        expect(await loaded.embedImages([image(30)])).toHaveLength(16);
        await expect(loaded.embedTexts(["a"])).rejects.toThrow(/no tokenizer/);
      }
      {
        const vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "sea", "sand"].join("\n");
        using bert = SentenceBert.fromConfig({ ...tower, vocabSize: 6, contextLength: 8 }, 1);
        const folder = await newFolder({ "vocab.txt": vocab });
        await bert.save(folder);
        using loaded = await SentenceBert.fromPretrained(folder);
        expect(loaded.config).toEqual(bert.config);
        const [sea, same, sand] = await loaded
          .embedTexts(["sea", "SEA", "sand"])
          .then((all) => [0, 1, 2].map((i) => [...all.subarray(i * 16, i * 16 + 16)]));
        expect(same).toEqual(sea);
        expect(sand).not.toEqual(sea);
      }
      const gpt2 = { vocabSize: 257, contextLength: 24, width: 16, layers: 1, heads: 2 };
      const tokenizer = { "tokenizer.json": JSON.stringify(tokenizerJsonFromBpe({ merges: [], kind: "gpt2" })) };
      {
        using model = Gpt2.fromConfig(gpt2, 1);
        const folder = await newFolder(tokenizer);
        await model.save(folder);
        using loaded = await Gpt2.fromPretrained(folder);
        expect(loaded.config).toEqual(model.config);
        expect(loaded.tokenizer!.decode(loaded.tokenizer!.encode("a sea"))).toBe("a sea");
        expect(await loaded.parameters.toCheckpoint()).toEqual(await model.parameters.toCheckpoint());
      }
      {
        using clip = Clip.fromConfig(clipConfig, 1);
        using captioner = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 4, gpt2, mapper: { layers: 1, heads: 2, clipLength: 3 } }, 1);
        const folder = await newFolder(tokenizer);
        await captioner.save(folder);
        using loaded = await ClipCap.fromPretrained(folder, { encoder: clip });
        expect(loaded.config).toEqual(captioner.config);
        const [caption] = await loaded.captionImages([image(20)], { maxTokens: 5 });
        captioner.encoder = clip;
        captioner.tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
        expect(await captioner.captionImages([image(20)], { maxTokens: 5 })).toEqual([caption]);
      }
    }));
});

onEachBackend("A published checkpoint of RSDiX, a file alone", () => {
  const config = clipConfigFrom(golden.rsdix.config);

  it.each(["student", "teacher"] as const)("gives its CLIP: the %s", (role) =>
    withoutLeak(async () => {
      using clip = await Clip.fromPretrained(rsdix, { role, config });
      expect(clip.origin!.layout).toMatchObject({ layout: "rsdix", role });
      const text = tf.tidy(() => clip.encodeText({ ids: Int32Array.from(golden.rsdix.ids), shape: [2, 7] }).dataSync());
      expect(text).toBeAllclose(golden.rsdix[role].text, { rtol: 1e-5, atol: 2e-6 });
    }),
  );

  it("gives its captioner with the encoder inside, in files that a user chose too", () =>
    withoutLeak(async () => {
      const gpt2 = { vocabSize: 17, contextLength: 16, width: 16, layers: 1, heads: 2, mlpWidth: 24 };
      const words = {
        encode: (text: string) => (text === "." ? [8] : [1, 2]),
        decode: (ids: ArrayLike<number>) => Array.from(ids).join(" "),
      };
      const options = { config: { prefixSize: 6, prefixLength: 3, gpt2 }, encoderConfig: config, tokenizer: words };
      using fromPath = await ClipCap.fromPretrained(rsdix, options);
      using fromFile = await ClipCap.fromPretrained([new File([await readFile(rsdix)], "last.ckpt")], options);
      const captions = await fromPath.captionImages([image(12), image(30)], { maxTokens: 4 });
      expect(captions).toHaveLength(2);
      expect(await fromFile.captionImages([image(12), image(30)], { maxTokens: 4 })).toEqual(captions);
      fromPath.encoder!.dispose();
      fromFile.encoder!.dispose();
    }));

  it("says what must be given where shapes don't tell it", async () => {
    await expect(Clip.fromPretrained(rsdix)).rejects.toThrow(code("INVALID_ARGUMENT"));
  });
});

describe("Loading", () => {
  it("takes one tower alone", () =>
    withoutLeak(async () => {
      const { folder, embeddings } = await clipFolder();
      using clip = await Clip.fromPretrained(folder, { towers: "image" });
      expect([...encoded(clip, 16)]).toEqual([...embeddings]);
      expect(clip.parameters.specs.some(({ name }) => name.startsWith("text_model"))).toBe(false);
      expect(() => clip.encodeText({ ids: Int32Array.of(515), shape: [1, 1] })).toThrow(code("INVALID_ARGUMENT"));
      using text = await Clip.fromPretrained(folder, { towers: "text" });
      expect(await text.embedTexts(["a"])).toHaveLength(8);
      expect(() => encoded(text, 16)).toThrow(code("INVALID_ARGUMENT"));
      await expect(Clip.fromPretrained(folder, { towers: "vision" as never })).rejects.toThrow(code("INVALID_ARGUMENT"));
    }));

  it("takes images of another size", () =>
    withoutLeak(async () => {
      const { folder } = await clipFolder();
      using clip = await Clip.fromPretrained(folder, { imageSize: 24 });
      expect(clip.config.image.size).toBe(24);
      expect(encoded(clip, 24)).toHaveLength(16);
      expect(await clip.embedImages([image(50)])).toHaveLength(8);
      await expect(Clip.fromPretrained(folder, { imageSize: 25 })).rejects.toThrow(code("INVALID_ARGUMENT"));
    }));

  it("keeps the steps of an open_clip's image processor, for another size and when it is saved", () =>
    withoutLeak(async () => {
      const { folder } = await clipFolder();
      const steps = { size: 16, mean: [0.1, 0.2, 0.3], std: [0.5, 0.5, 0.5], interpolation: "bilinear", resize_mode: "squash" };
      const vision = { image_size: 16, width: 16, layers: 2, head_width: 8, patch_size: 4 };
      const text = { context_length: 12, vocab_size: 516, width: 16, heads: 2, layers: 2 };
      const json = { model_cfg: { embed_dim: 8, quick_gelu: true, vision_cfg: vision, text_cfg: text }, preprocess_cfg: steps };
      await rm(join(folder, "config.json"));
      await rm(join(folder, "preprocessor_config.json"));
      await writeFile(join(folder, "open_clip_config.json"), JSON.stringify(json));
      using clip = await Clip.fromPretrained(folder);
      expect(clip.processor.config).toMatchObject({ filter: "bilinear", mean: [0.1, 0.2, 0.3], resize: { width: 16, height: 16 } });
      const saved = await newFolder();
      await clip.save(saved);
      using again = await Clip.fromPretrained(saved);
      expect(again.processor.config).toEqual(clip.processor.config);
      expect([...(await again.embedImages([image(50)]))]).toEqual([...(await clip.embedImages([image(50)]))]);
      using larger = await Clip.fromPretrained(folder, { imageSize: 24 });
      expect(larger.processor.config).toMatchObject({ filter: "bilinear", resize: { width: 24, height: 24 } });
      expect(await larger.embedImages([image(50)])).toHaveLength(8);
      await larger.save(saved);
      using last = await Clip.fromPretrained(saved);
      expect(last.processor.config).toEqual(larger.processor.config);
    }));

  it("takes the image processor from processor_config.json, where transformers 5 writes it", () =>
    withoutLeak(async () => {
      const { folder } = await clipFolder();
      const processor = JSON.parse(await readFile(join(folder, "preprocessor_config.json"), "utf8"));
      await rm(join(folder, "preprocessor_config.json"));
      const written = { image_processor: { ...processor, image_mean: [0.1, 0.2, 0.3] }, processor_class: "CLIPProcessor" };
      await writeFile(join(folder, "processor_config.json"), JSON.stringify(written));
      using clip = await Clip.fromPretrained(folder);
      expect(clip.processor.config.mean).toEqual([0.1, 0.2, 0.3]);
    }));

  it("stops when it is told to, of files on disk too", () =>
    withoutLeak(async () => {
      const { folder } = await clipFolder();
      await expect(Clip.fromPretrained(folder, { signal: AbortSignal.abort() })).rejects.toThrow(code("ABORTED"));
    }));

  it("saves a SigLIP whose towers have different widths, and copies with all that isn't a weight", () =>
    withoutLeak(async () => {
      using siglip = Siglip.fromConfig(
        { image: { ...tower, width: 32, size: 16, patch: 8 }, text: { ...tower, vocabSize: 20, contextLength: 4 } },
        1,
      );
      const folder = await newFolder();
      await siglip.save(folder);
      using loaded = await Siglip.fromPretrained(folder);
      expect(loaded.config).toEqual(siglip.config);
      using bert = SentenceBert.fromConfig({ ...tower, vocabSize: 6, contextLength: 8 }, 1);
      bert.tokenizer = BertTokenizer.fromVocab(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "sea", "sand"].join("\n"));
      bert.gradientCheckpointing = true;
      using copy = bert.clone();
      expect([copy.gradientCheckpointing, copy.tokenizer]).toEqual([true, bert.tokenizer]);
      expect(await copy.embedTexts(["sea ".repeat(30)])).toHaveLength(16); // cut to the model's context
    }));

  it("reports what doesn't fit, or refuses it", () =>
    withoutLeak(async () => {
      const { folder } = await clipFolder();
      const config: ClipConfig = { ...clipConfig, image: { ...clipConfig.image, layers: 3 } };
      await expect(Clip.fromPretrained(folder, { config })).rejects.toThrow(code("CHECKPOINT_MISMATCH"));
      using clip = await Clip.fromPretrained(folder, { config, strict: false, seed: 1 });
      expect(clip.origin!.report.missing).toHaveLength(16);
      expect(clip.origin!.report.missing[0]).toMatch(/^vision_model\.encoder\.layers\.2\./);
    }));

  it("freezes a tower by its name", () =>
    withoutLeak(async () => {
      using clip = Clip.fromConfig(clipConfig, 1);
      const all = clip.trainableVariables.length;
      clip.setTrainable("image", false);
      expect(clip.parameters.trainable().every(({ name }) => !name.startsWith("vis"))).toBe(true);
      clip.setTrainable(/layers\.0\./, true);
      clip.setTrainable("image", true);
      expect(clip.trainableVariables).toHaveLength(all);
      expect(() => clip.setTrainable("vision" as never, false)).toThrow(code("INVALID_ARGUMENT"));
    }));

  it("says what is wrong, and leaves nothing behind", () =>
    withoutLeak(async () => {
      const { folder } = await clipFolder();
      await expect(Gpt2.fromPretrained(folder)).rejects.toThrow(code("CHECKPOINT_MISMATCH"));
      await expect(Siglip.fromPretrained(folder)).rejects.toThrow(/CHECKPOINT_MISMATCH|type "clip"|holds no model/);
      await expect(Clip.fromPretrained(folder, { rol: "teacher" } as object)).rejects.toThrow(code("UNKNOWN_OPTION"));
      await expect(Clip.fromPretrained(join(folder, "nothing"))).rejects.toThrow(code("FILE_NOT_FOUND"));
      await expect(Clip.fromPretrained(await newFolder({ "config.json": "{}" }))).rejects.toThrow(code("FILE_NOT_FOUND"));
      const other = await newFolder({ "tokenizer.json": JSON.stringify(tokenizerJsonFromBpe({ merges: [], kind: "gpt2" })) });
      using clip = Clip.fromConfig(clipConfig, 1);
      await clip.save(other);
      await expect(Clip.fromPretrained(other)).rejects.toThrow(/Gpt2Tokenizer/);
      await writeFile(join(folder, "config.json"), "{");
      await expect(Clip.fromPretrained(folder)).rejects.toThrow(code("FILE_CORRUPT"));
      await expect(clip.save("")).rejects.toThrow(code("INVALID_ARGUMENT"));
      for (const wrong of [undefined, "a sea", { ids: [5, 515], shape: [1, 2] }, { ids: Int32Array.of(515), shape: 1 }]) {
        expect(() => clip.encodeText(wrong as never)).toThrow(code("INVALID_ARGUMENT"));
      }
      await expect(clip.embedImages(undefined as never)).rejects.toThrow(code("INVALID_ARGUMENT"));
      await expect(clip.classify([image(9)], "sea" as never)).rejects.toThrow(code("INVALID_ARGUMENT"));
      await expect(clip.save(join(folder, "config.json"))).rejects.toThrow(code("WRITE_FAILED"));
      await expect(clip.save(await newFolder(), { storage: "int4" as never })).rejects.toThrow(code("INVALID_ARGUMENT"));
    }));
});
