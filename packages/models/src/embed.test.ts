import { ImageProcessor, toBatch } from "@rsdix/image";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { Clip, ClipTokenizer, zeroShotProbabilities, zeroShotPrompts } from "./index";

const tokenizer = ClipTokenizer.fromBpe({ merges: [] });
const tower = { width: 16, layers: 1, heads: 2 };
const config = {
  embedDim: 8,
  image: { ...tower, size: 8, patch: 4 },
  text: { ...tower, vocabSize: tokenizer.vocabSize, contextLength: 12 },
};
const images = Array.from({ length: 5 }, (_, i) => ({
  width: 8,
  height: 8,
  data: Uint8Array.from({ length: 192 }, (_, j) => (i * 31 + j * 7) % 256),
}));

onEachBackend("embedding", () => {
  it("gives the same in one batch and in several, of length 1, and leaves nothing behind", async () => {
    const before = tf.memory().numTensors;
    const clip = Clip.fromConfig(config, 1);
    clip.tokenizer = tokenizer;
    const done: number[] = [];
    const whole = await clip.embedImages(images);
    expect(whole).toBeAllclose(tf.tidy(() => clip.encodeImage(tf.tensor4d(toBatch(images), [5, 3, 8, 8])).dataSync()));
    const parts = await clip.embedImages(images, { batchSize: 2, onProgress: (count) => done.push(count) });
    expect(parts).toBeAllclose(whole);
    expect(done).toEqual([2, 4, 5]);
    const texts = await clip.embedTexts(["a sea", "a lake far longer than the context", ""], { batchSize: 2 });
    for (let i = 0; i < 3; i++) expect([Math.hypot(...texts.subarray(i * 8, i * 8 + 8))]).toBeAllclose([1]);
    clip.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses what isn't a list of images or texts, unknown options, and stops", async () => {
    using clip = Clip.fromConfig(config, 1);
    await expect(clip.embedTexts(["a sea"])).rejects.toThrow(refusal("INVALID_ARGUMENT", /has no tokenizer/));
    clip.tokenizer = tokenizer;
    for (const wrong of ["a sea", tokenizer, { length: 2 }, undefined]) {
      await expect(clip.embedTexts(wrong as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", /must be an array, got/));
      await expect(clip.embedImages(wrong as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", /must be an array, got/));
    }
    await expect(clip.embedTexts([5] as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", /text must be a string, got number/));
    await expect(clip.embedTexts(["a"], ["b"] as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", /options must be an object/));
    await expect(clip.embedImages(["a.png"] as never)).rejects.toThrow(refusal("INVALID_ARGUMENT", /image/));
    await expect(clip.embedImages(images, { signal: AbortSignal.abort() })).rejects.toThrow(refusal("ABORTED", /after 0 of 5/));
    await expect(clip.embedImages(images, { batch: 3 } as never)).rejects.toThrow(refusal("UNKNOWN_OPTION", /no option "batch"/));
    for (const onProgress of [5, null, {}] as never[]) {
      const wrong = refusal("INVALID_ARGUMENT", /onProgress must be a function/);
      await expect(clip.embedImages(images, { onProgress })).rejects.toThrow(wrong);
      await expect(clip.embedTexts(["a"], { onProgress })).rejects.toThrow(wrong);
      await expect(clip.classify(images, ["a"], { onProgress })).rejects.toThrow(wrong);
    }
  });

  it("refuses processors and tokenizers that are none, and a processor whose images are of another size", async () => {
    const before = tf.memory().numTensors;
    using clip = Clip.fromConfig(config, 1);
    for (const wrong of [{}, 5, null, undefined, "clip"] as never[]) {
      expect(() => Object.assign(clip, { processor: wrong })).toThrow(refusal("INVALID_ARGUMENT", /processor must be an ImageProcessor/));
      if (wrong === undefined) continue;
      clip.tokenizer = wrong;
      await expect(clip.embedTexts(["a"])).rejects.toThrow(refusal("INVALID_ARGUMENT", /tokenizer must be one like ClipTokenizer/));
    }
    const type = "CLIPImageProcessor";
    const image = { width: 10, height: 9, data: new Uint8Array(270) };
    clip.processor = ImageProcessor.fromConfig({ image_processor_type: type, do_resize: false, do_center_crop: false });
    await expect(clip.embedImages([image])).rejects.toThrow(
      refusal("SHAPE_MISMATCH", /sees 8 x 8 pixels.* \("as they come", 270 numbers\)/),
    );
    expect(await clip.embedImages(images)).toHaveLength(40);
    clip.processor = ImageProcessor.fromConfig({ image_processor_type: type, size: 12, crop_size: 12 });
    await expect(clip.embedImages([image])).rejects.toThrow(refusal("SHAPE_MISMATCH", /\(\{"width":12,"height":12\}, 432 numbers\)/));
    clip.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("zero-shot", () => {
  it("makes prompts, and refuses a template without a place for the class", () => {
    expect(zeroShotPrompts(["a river", "dense forest"])).toEqual(["Aerial photograph of a river", "Aerial photograph of dense forest"]);
    expect(() => zeroShotPrompts(["river"], "a photo")).toThrow(/"\{class\}"/);
    expect(zeroShotPrompts(["a $& b"], "{class}")).toEqual(["a $& b"]);
  });

  it("refuses names, templates and embeddings that are none", async () => {
    using clip = Clip.fromConfig(config, 1);
    clip.tokenizer = tokenizer;
    for (const wrong of [null, 5, {}] as never[]) {
      const template = refusal("INVALID_ARGUMENT", /template needs "\{class\}"/);
      expect(() => zeroShotPrompts(["a"], wrong)).toThrow(template);
      await expect(clip.classify([], ["a"], { template: wrong })).rejects.toThrow(template);
      expect(() => zeroShotPrompts([wrong])).toThrow(refusal("INVALID_ARGUMENT", /class's name must be a text/));
      await expect(clip.classify(images, [wrong])).rejects.toThrow(refusal("INVALID_ARGUMENT", /class's name must be a text/));
      expect(() => zeroShotPrompts(wrong)).toThrow(refusal("INVALID_ARGUMENT", /classes must be an array/));
      const options = { dim: 1, logitScale: 1 };
      const given = Float32Array.of(1);
      expect(() => zeroShotProbabilities(wrong, given, options)).toThrow(refusal("INVALID_ARGUMENT", /images must be a Float32Array/));
      expect(() => zeroShotProbabilities(given, wrong, options)).toThrow(refusal("INVALID_ARGUMENT", /classes must be a Float32Array/));
    }
  });

  it("is the softmax of scaled cosines, finite at any scale", () => {
    expect(
      zeroShotProbabilities(Float32Array.of(1, 0), Float32Array.of(1, 0, 0, 1), { dim: 2, logitScale: Math.log(Math.log(3)) }),
    ).toBeAllclose([0.75, 0.25]);
    expect(zeroShotProbabilities(Float32Array.of(1, 0), Float32Array.of(1, 0, 0, 1), { dim: 2, logitScale: 14 })).toBeAllclose([1, 0]);
    expect(() => zeroShotProbabilities(new Float32Array(3), new Float32Array(4), { dim: 2, logitScale: 1 })).toThrow(/width 2/);
  });
});
