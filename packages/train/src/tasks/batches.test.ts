import { dihedral } from "@rsdix/image";
import { ClipCap, ClipTokenizer, Gpt2Tokenizer } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import { captionBatches, captionTask, clipBatches, fit } from "../index";

const images = Array.from({ length: 10 }, (_, i) => ({
  width: 4,
  height: 4,
  data: Uint8Array.from({ length: 48 }, (_, j) => (i * 23 + j) % 256),
}));
const captions = images.map((_, i) => [`sea ${i} .`, `lake ${i} far away .`]);

describe("clipBatches", () => {
  const tokenizer = ClipTokenizer.fromBpe({ merges: [] });
  const make = (extra: object = {}) => clipBatches({ images, captions, tokenizer, batchSize: 4, seed: 3, ...extra });

  it("depends on seed and step alone, in any order", async () => {
    const forward = [0, 1, 2, 3, 4].map((step) => make().batch(step));
    const backward = [4, 3, 2, 1, 0].map((step) => make().batch(step)).reverse();
    expect(await Promise.all(forward)).toEqual(await Promise.all(backward));
    expect(await make({ seed: 4 }).batch(0)).not.toEqual(await make().batch(0));
  });

  it("pairs an image with one of its captions, padded to the longest", async () => {
    const { tokens, pixels } = await make().batch(0);
    expect(pixels).toHaveLength(4 * 3 * 16);
    const texts = Array.from({ length: 4 }, (_, row) =>
      tokenizer.decode(tokens.ids.subarray(row * tokens.shape[1], row * tokens.shape[1] + tokens.lengths[row]!)),
    );
    for (const text of texts) expect(text).toMatch(/^(sea \d \.|lake \d far away \.)$/);
    expect(Math.max(...tokens.lengths)).toBe(tokens.shape[1]);
    expect(make().stepsPerEpoch).toBe(2);
  });

  it("augments with one of the eight symmetries and leaves the captions as they were", async () => {
    const [plain, turned] = [await make().batch(1), await make({ augment: "dihedral" }).batch(1)];
    expect(turned.tokens).toEqual(plain.tokens);
    expect(turned.pixels).not.toEqual(plain.pixels);
    expect([...turned.pixels].sort()).toEqual([...plain.pixels].sort());
    expect(dihedral(images[0]!, 0)).toEqual(images[0]);
  });

  it("says what is missing", () => {
    expect(() => make({ captions: captions.slice(1) })).toThrow(/10 images and 9 lists/);
    expect(() => make({ captions: captions.map((list, i) => (i === 7 ? [] : list)) })).toThrow(/image 7 has no caption/);
    expect(() => make({ batchSize: 11 })).toThrow(/10 items are fewer than one batch of 11/);
    expect(() => make({ augment: "rotate" })).toThrow(/"dihedral" or "none"/);
    expect(() => make({ images: images.map((image, i) => (i === 3 ? { ...image, width: 8, height: 2 } : image)) })).toThrow(
      /images\[3\] is not/,
    );
    expect(() => make({ shuffle: true })).toThrow(/no option "shuffle"/);
  });
});

onEachBackend("captionTask", () => {
  const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
  const views = [0, 1].map((view) => Float32Array.from({ length: 10 * 6 }, (_, i) => Math.sin(i * 1.7 + view * 0.01)));

  it("learns the captions of embeddings it has seen, and leaks nothing", async () => {
    const before = tf.memory().numTensors;
    const gpt2 = { vocabSize: tokenizer.vocabSize, contextLength: 40, width: 16, layers: 1, heads: 2 };
    const clipcap = ClipCap.fromConfig({ prefixSize: 6, prefixLength: 2, gpt2 }, 1);
    const source = captionBatches({ views, dim: 6, captions, tokenizer, batchSize: 5, seed: 1 });
    const losses: number[] = [];
    for await (const record of fit(captionTask(clipcap), source, { steps: 30, schedule: () => 1e-2 })) {
      if (record.type === "step") losses.push(record.loss.total);
    }
    expect(losses.at(-1)!).toBeLessThan(losses[0]! * 0.5);
    clipcap.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("says what is missing", () => {
    const make = (extra: object) => captionBatches({ views, dim: 6, captions, tokenizer, batchSize: 5, seed: 1, ...extra });
    expect(() => make({ views: [] })).toThrow(/at least one view/);
    expect(() => make({ views: [new Float32Array(59)] })).toThrow(/view 0 must hold 10 · 6 numbers/);
    expect(() => make({ captions: captions.map(() => []) })).toThrow(/image 0 has no caption/);
  });
});
