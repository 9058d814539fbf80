import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { onEachBackend } from "../../../../test/tensors";
import { withoutLeak } from "../../test/leaks";
import { addFiles, clipConfig, clipFolder, encoded, image, newFolder, tower } from "../../test/model-folders";
import golden from "../fixtures/keys.json";
import {
  BertTokenizer,
  Clip,
  ClipCap,
  ClipTokenizer,
  clipConfigFrom,
  Gpt2,
  Gpt2Tokenizer,
  SentenceBert,
  Siglip,
  tokenizerJsonFromBpe,
} from "../index";

const rsdix = new URL("../fixtures/keys-rsdix.ckpt", import.meta.url).pathname;

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

  it("has the tokenizer that was set, in the place of the one that came with it", () =>
    withoutLeak(async () => {
      const { folder } = await clipFolder();
      using clip = await Clip.fromPretrained(folder);
      clip.tokenizer = ClipTokenizer.fromBpe({ merges: ["s a", "sa n"] }, { contextLength: 9 });
      using copy = clip.clone();
      const saved = await newFolder();
      expect(await copy.save(saved)).toContain("tokenizer_config.json");
      using loaded = await Clip.fromPretrained(saved);
      expect(loaded.tokenizer!.contextLength).toBe(9);
      expect(loaded.tokenizer!.encode("sand")).toEqual(clip.tokenizer.encode("sand"));
      expect([...(await loaded.embedTexts(["sand"]))]).toEqual([...(await clip.embedTexts(["sand"]))]);
      const bare = await newFolder();
      clip.tokenizer = undefined;
      expect(await clip.save(bare)).not.toContain("tokenizer.json");

      const gpt2 = { vocabSize: 257, contextLength: 24, width: 16, layers: 1, heads: 2 };
      using captioner = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 4, gpt2 }, 1);
      captioner.tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
      expect(await captioner.save(await newFolder())).toContain("tokenizer.json");
      captioner.tokenizer = { encode: () => [1], decode: () => "a" };
      expect(await captioner.save(await newFolder())).not.toContain("tokenizer.json");
      using language = Gpt2.fromConfig(gpt2, 1);
      language.tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
      const written = await newFolder();
      await language.save(written);
      using read = await Gpt2.fromPretrained(written);
      expect(read.tokenizer!.encode("a sea")).toEqual(language.tokenizer.encode("a sea"));
      using bert = SentenceBert.fromConfig({ ...tower, vocabSize: 5, contextLength: 8 }, 1);
      bert.tokenizer = BertTokenizer.fromVocab(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "Sea"].join("\n"), { lowercase: false });
      const sentences = await newFolder();
      await bert.save(sentences);
      using again = await SentenceBert.fromPretrained(sentences);
      expect(again.tokenizer!.encode("Sea sea")).toEqual([2, 4, 1, 3]);
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
        const folder = await newFolder();
        await bert.save(folder);
        await addFiles(folder, { "vocab.txt": vocab });
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
        const folder = await newFolder();
        await model.save(folder);
        await addFiles(folder, tokenizer);
        using loaded = await Gpt2.fromPretrained(folder);
        expect(loaded.config).toEqual(model.config);
        expect(loaded.tokenizer!.decode(loaded.tokenizer!.encode("a sea"))).toBe("a sea");
        expect(await loaded.parameters.toCheckpoint()).toEqual(await model.parameters.toCheckpoint());
      }
      {
        using clip = Clip.fromConfig(clipConfig, 1);
        using captioner = ClipCap.fromConfig({ prefixSize: 8, prefixLength: 4, gpt2, mapper: { layers: 1, heads: 2, clipLength: 3 } }, 1);
        const folder = await newFolder();
        await captioner.save(folder);
        await addFiles(folder, tokenizer);
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
    await expect(Clip.fromPretrained(rsdix)).rejects.toThrow(refusal("INVALID_ARGUMENT"));
  });
});
