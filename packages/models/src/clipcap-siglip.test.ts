import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { addFiles, newFolder } from "../test/model-folders";
import { ClipCap, Gpt2Tokenizer, Siglip, tokenizerJsonFromBpe } from "./index";

const tower = { width: 16, layers: 1, heads: 2 };
const siglipConfig = { image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 20, contextLength: 6 } };
const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
const gpt2 = { vocabSize: tokenizer.vocabSize, contextLength: 20, width: 16, layers: 1, heads: 2 };
const config = { prefixSize: 16, prefixLength: 3, gpt2, mapper: { clipLength: 2, layers: 1, heads: 2 } };

/** An image of one colour, of any size and shape. */
const plain = (width: number, height: number, rgb: readonly number[]) => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => rgb[i % 3]!),
});
const images = [plain(20, 30, [10, 40, 200]), plain(9, 5, [220, 60, 20])];
const texts = ["sea.", "red roofs."];

/** A captioner that has learnt what the images show. */
async function taught(siglip: Siglip): Promise<ClipCap> {
  const clipcap = ClipCap.fromConfig(config, 1);
  clipcap.encoder = siglip;
  clipcap.tokenizer = tokenizer;
  const embeddings = tf.tensor2d(await siglip.embedImages(images), [2, 16]);
  const batch = tokenizer.encodeBatch(texts);
  const optimizer = tf.train.adam(0.02);
  for (let step = 0; step < 80; step++) optimizer.minimize(() => clipcap.loss(embeddings, batch), false, clipcap.trainableVariables);
  tf.dispose(embeddings);
  optimizer.dispose();
  return clipcap;
}

onEachBackend("A captioner over a SigLIP", () => {
  it("captions images, and the same ones after both were saved and loaded", () =>
    withoutLeak(async () => {
      using siglip = Siglip.fromConfig(siglipConfig, 1);
      using clipcap = await taught(siglip);
      expect(await clipcap.captionImages(images)).toEqual(texts);
      expect(await clipcap.captionImages([...images].reverse(), { batchSize: 1, beams: 3 })).toEqual([...texts].reverse());
      expect(await clipcap.captionImages([])).toEqual([]);

      const [encoderFolder, folder] = [await newFolder(), await newFolder()];
      await siglip.save(encoderFolder);
      await clipcap.save(folder);
      await addFiles(folder, { "tokenizer.json": JSON.stringify(tokenizerJsonFromBpe({ merges: [], kind: "gpt2" })) });
      using encoder = await Siglip.fromPretrained(encoderFolder);
      using loaded = await ClipCap.fromPretrained(folder, { encoder });
      expect(loaded.config).toEqual(clipcap.config);
      expect(loaded.encoder).toBe(encoder);
      const ways = [{}, { beams: 3 }, { nucleus: { seed: 1, temperature: 3 }, maxTokens: 6, stop: [] }];
      for (const options of ways) {
        expect(await loaded.captionImages(images, options)).toEqual(await clipcap.captionImages(images, options));
      }
      using copy = loaded.clone();
      expect(await copy.captionImages(images)).toEqual(texts);
    }));

  it("refuses one of another width", () =>
    withoutLeak(async () => {
      using siglip = Siglip.fromConfig({ ...siglipConfig, image: { ...tower, width: 8, size: 8, patch: 4 } }, 1);
      using clipcap = ClipCap.fromConfig(config, 1);
      Object.assign(clipcap, { encoder: siglip, tokenizer });
      await expect(clipcap.captionImages(images)).rejects.toThrow(
        refusal("SHAPE_MISMATCH", /embeddings \[2, 16\],.* got 16 numbers in all/),
      );
    }));
});
