import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { Clip, ClipTokenizer, embedImages, embedTexts, zeroShotProbabilities, zeroShotPrompts } from "./index";

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
    const done: number[] = [];
    const whole = await embedImages(clip, images);
    const parts = await embedImages(clip, images, { batchSize: 2, onProgress: (count) => done.push(count) });
    expect(parts).toBeAllclose(whole);
    expect(done).toEqual([2, 4, 5]);
    const texts = await embedTexts(clip, tokenizer, ["a sea", "a lake far longer than the context", ""], { batchSize: 2 });
    for (let i = 0; i < 3; i++) expect([Math.hypot(...texts.subarray(i * 8, i * 8 + 8))]).toBeAllclose([1]);
    clip.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses images of another size and unknown options", async () => {
    const clip = Clip.fromConfig(config, 1);
    await expect(embedImages(clip, [{ width: 4, height: 4, data: new Uint8Array(48) }])).rejects.toMatchObject({
      code: "SHAPE_MISMATCH",
      message: expect.stringMatching(/8 x 8 pixels, images\[0\] has 4 x 4/),
    });
    await expect(embedImages(clip, [{ width: 16, height: 4, data: new Uint8Array(192) }])).rejects.toMatchObject({
      code: "SHAPE_MISMATCH",
    });
    await expect(embedImages(clip, images, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ABORTED" });
    await expect(embedImages(clip, images, { batch: 3 } as never)).rejects.toThrow(/no option "batch"/);
    clip.dispose();
  });
});

describe("zero-shot", () => {
  it("makes prompts, and refuses a template without a place for the class", () => {
    expect(zeroShotPrompts(["a river", "dense forest"])).toEqual(["Aerial photograph of a river", "Aerial photograph of dense forest"]);
    expect(() => zeroShotPrompts(["river"], "a photo")).toThrow(/"\{class\}"/);
    expect(zeroShotPrompts(["a $& b"], "{class}")).toEqual(["a $& b"]);
  });

  it("is the softmax of scaled cosines, finite at any scale", () => {
    expect(
      zeroShotProbabilities(Float32Array.of(1, 0), Float32Array.of(1, 0, 0, 1), { dim: 2, logitScale: Math.log(Math.log(3)) }),
    ).toBeAllclose([0.75, 0.25]);
    expect(zeroShotProbabilities(Float32Array.of(1, 0), Float32Array.of(1, 0, 0, 1), { dim: 2, logitScale: 14 })).toBeAllclose([1, 0]);
    expect(() => zeroShotProbabilities(new Float32Array(3), new Float32Array(4), { dim: 2, logitScale: 1 })).toThrow(/width 2/);
  });
});
