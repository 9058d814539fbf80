import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { onEachBackend } from "../../../../test/tensors";
import { withoutLeak } from "../../test/leaks";
import { addFiles, clipConfig, clipFolder, encoded, image, newFolder, tower } from "../../test/model-folders";
import { BertTokenizer, Clip, type ClipConfig, detectModel, Gpt2, SentenceBert, Siglip, tokenizerJsonFromBpe } from "../index";

onEachBackend("Loading", () => {
  it("takes one tower alone", () =>
    withoutLeak(async () => {
      const { folder, embeddings } = await clipFolder();
      using clip = await Clip.fromPretrained(folder, { towers: "image" });
      expect([...encoded(clip, 16)]).toEqual([...embeddings]);
      expect(clip.parameters.specs.some(({ name }) => name.startsWith("text_model"))).toBe(false);
      expect(() => clip.encodeText({ ids: Int32Array.of(515), shape: [1, 1] })).toThrow(refusal("INVALID_ARGUMENT"));
      using text = await Clip.fromPretrained(folder, { towers: "text" });
      expect(await text.embedTexts(["a"])).toHaveLength(8);
      expect(() => encoded(text, 16)).toThrow(refusal("INVALID_ARGUMENT"));
      await expect(Clip.fromPretrained(folder, { towers: "vision" as never })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
      for (const [tower, model, other] of [
        ["image", clip, "text"],
        ["text", text, "image"],
      ] as const) {
        const saved = await newFolder();
        await model.save(saved);
        const hint = refusal("CHECKPOINT_MISMATCH", new RegExp(`holds only the ${tower} tower: .*\\{ towers: "${tower}" \\}`));
        await expect(Clip.fromPretrained(saved)).rejects.toThrow(hint);
        await expect(Clip.fromPretrained(saved, { towers: other })).rejects.toThrow(hint);
        using again = await Clip.fromPretrained(saved, { towers: tower });
        expect(await again.parameters.toCheckpoint()).toEqual(await model.parameters.toCheckpoint());
        using filled = await Clip.fromPretrained(saved, { strict: false, seed: 1 });
        expect(filled.origin!.report.missing.length).toBeGreaterThan(16);
      }
    }));

  it("takes images of another size", () =>
    withoutLeak(async () => {
      const { folder } = await clipFolder();
      using clip = await Clip.fromPretrained(folder, { imageSize: 24 });
      expect(clip.config.image.size).toBe(24);
      expect(encoded(clip, 24)).toHaveLength(16);
      expect(await clip.embedImages([image(50)])).toHaveLength(8);
      await expect(Clip.fromPretrained(folder, { imageSize: 25 })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
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

  it.each(["{}", "[]", "null"])("calls an open_clip_config.json of %s by its name", async (text) => {
    const { folder } = await clipFolder();
    await rm(join(folder, "config.json"));
    await writeFile(join(folder, "open_clip_config.json"), text);
    const cannotUse = refusal("FILE_CORRUPT", /^The model's open_clip_config\.json can't be used: it has no model_cfg\. Mend it/);
    await expect(Clip.fromPretrained(folder)).rejects.toThrow(cannotUse);
    await expect(detectModel(folder)).rejects.toThrow(cannotUse);
  });

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
      await expect(Clip.fromPretrained(folder, { signal: AbortSignal.abort() })).rejects.toThrow(refusal("ABORTED"));
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
      await expect(Clip.fromPretrained(folder, { config })).rejects.toThrow(refusal("CHECKPOINT_MISMATCH"));
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
      expect(() => clip.setTrainable("vision" as never, false)).toThrow(refusal("INVALID_ARGUMENT"));
    }));

  it("says what is wrong, and leaves nothing behind", () =>
    withoutLeak(async () => {
      const { folder } = await clipFolder();
      await expect(Gpt2.fromPretrained(folder)).rejects.toThrow(refusal("CHECKPOINT_MISMATCH"));
      await expect(Siglip.fromPretrained(folder)).rejects.toThrow(/CHECKPOINT_MISMATCH|type "clip"|holds no model/);
      await expect(Clip.fromPretrained(folder, { rol: "teacher" } as object)).rejects.toThrow(refusal("UNKNOWN_OPTION"));
      await expect(Clip.fromPretrained(join(folder, "nothing"))).rejects.toThrow(refusal("FILE_NOT_FOUND"));
      await expect(Clip.fromPretrained(await newFolder({ "config.json": "{}" }))).rejects.toThrow(refusal("FILE_NOT_FOUND"));
      const other = await newFolder();
      using clip = Clip.fromConfig(clipConfig, 1);
      await clip.save(other);
      await addFiles(other, { "tokenizer.json": JSON.stringify(tokenizerJsonFromBpe({ merges: [], kind: "gpt2" })) });
      await expect(Clip.fromPretrained(other)).rejects.toThrow(/Gpt2Tokenizer/);
      await writeFile(join(folder, "config.json"), "{");
      await expect(Clip.fromPretrained(folder)).rejects.toThrow(refusal("FILE_CORRUPT"));
      await expect(clip.save("")).rejects.toThrow(refusal("INVALID_ARGUMENT"));
      for (const wrong of [undefined, "a sea", { ids: [5, 515], shape: [1, 2] }, { ids: Int32Array.of(515), shape: 1 }]) {
        expect(() => clip.encodeText(wrong as never)).toThrow(refusal("INVALID_ARGUMENT"));
      }
      await expect(clip.embedImages(undefined as never)).rejects.toThrow(refusal("INVALID_ARGUMENT"));
      await expect(clip.classify([image(9)], "sea" as never)).rejects.toThrow(refusal("INVALID_ARGUMENT"));
      await expect(clip.save(join(folder, "config.json"))).rejects.toThrow(refusal("WRITE_FAILED"));
      await expect(clip.save(await newFolder(), { storage: "int4" as never })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
    }));
});
