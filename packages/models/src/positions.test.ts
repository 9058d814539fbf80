import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { lazyOf, readAll } from "./checkpoint/lazy-checkpoint";
import golden from "./fixtures/keys.json";
import { Clip, type ClipConfig, Siglip, type SiglipConfig } from "./index";
import { resizePositions, withImageSize } from "./positions";

const tower = { width: 4, layers: 1, heads: 2 };
const clipConfig: ClipConfig = { embedDim: 3, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 6, contextLength: 4 } };
const siglipConfig: SiglipConfig = { image: { ...tower, size: 9, patch: 4 }, text: { ...tower, vocabSize: 6, contextLength: 4 } };

const tableOf = (shape: number[], data = new Float32Array(shape.reduce((a, b) => a * b, 1))) => ({
  dtype: "float32" as const,
  shape,
  data,
});

describe("resizePositions", () => {
  it.each(golden.positions)(
    "equals torch's bicubic interpolation: $table.length numbers to a grid of $to",
    ({ table, width, to, result }) => {
      const resized = resizePositions(tableOf([table.length / width, width], Float32Array.from(table)), to);
      expect(resized.shape).toEqual([result.length / width, width]);
      expect(resized.data).toBeAllclose(result, { rtol: 0, atol: 1e-5 });
    },
  );

  it("refuses what is no grid", () => {
    for (const shape of [[3, 4], [0, 4], [5], [2, 2, 1], [7, 0]]) {
      expect(() => resizePositions(tableOf(shape), 2), `${shape}`).toThrow(refusal("SHAPE_MISMATCH"));
    }
    for (const grid of [0, 1.5, -2, 1e9, Number.NaN])
      expect(() => resizePositions(tableOf([4, 2]), grid)).toThrow(refusal("INVALID_ARGUMENT"));
  });
});

onEachBackend("withImageSize", () => {
  it("makes a CLIP for larger images, and the same one for its own size", async () => {
    const clip = Clip.fromConfig(clipConfig, 1);
    const file = lazyOf(await clip.parameters.toCheckpoint());
    clip.dispose();
    const larger = withImageSize(file, clipConfig, 20);
    expect(larger.config).toEqual({ ...clipConfig, image: { ...clipConfig.image, size: 20 } });
    const arrays = await readAll(larger.checkpoint);
    expectNoLeak(() => {
      const model = Clip.fromCheckpoint(larger.config, arrays);
      expect(tf.tidy(() => model.encodeImage(tf.ones([1, 3, 20, 20])).shape)).toEqual([1, 3]);
      model.dispose();
    });
    const unchanged = await readAll(withImageSize(file, clipConfig, 8).checkpoint);
    expect([...unchanged]).toEqual([...(await readAll(file))]);
  });

  it("makes a SigLIP for images that aren't whole patches", async () => {
    const siglip = Siglip.fromConfig(siglipConfig, 1);
    const file = lazyOf(await siglip.parameters.toCheckpoint());
    siglip.dispose();
    const { checkpoint, config } = withImageSize(file, siglipConfig, 15);
    const arrays = await readAll(checkpoint);
    expectNoLeak(() => {
      const model = Siglip.fromCheckpoint(config, arrays);
      expect(tf.tidy(() => model.encodeImage(tf.ones([1, 3, 15, 15])).shape)).toEqual([1, 4]);
      model.dispose();
    });
  });
});

describe("withImageSize", () => {
  const name = "vision_model.embeddings.position_embedding.weight";
  const file = (shape: number[]) => lazyOf(new Map([[name, tableOf(shape)]]));

  it("refuses what is no checkpoint, no configuration and no table", () => {
    for (const wrong of [null, undefined, 5, {}, []] as never[]) {
      expect(() => withImageSize(wrong, clipConfig, 16)).toThrow(refusal("INVALID_ARGUMENT"));
      expect(() => withImageSize(file([5, 4]), wrong, 16)).toThrow(refusal("INVALID_ARGUMENT"));
      expect(() => resizePositions(wrong, 2)).toThrow(refusal("INVALID_ARGUMENT"));
    }
    expect(() => resizePositions({ ...tableOf([4, 2]), data: [1, 2] as never }, 2)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => resizePositions(tableOf([4, 2], new Float32Array(7)), 2)).toThrow(refusal("SHAPE_MISMATCH"));
  });

  it("refuses sizes and checkpoints that don't fit", () => {
    expect(() => withImageSize(file([5, 4]), clipConfig, 10)).toThrow(/multiple of 4 pixels a side, got 10/);
    for (const size of [10, 0, 3, 8.5, 1e6, Number.NaN]) {
      expect(() => withImageSize(file([5, 4]), clipConfig, size), `${size}`).toThrow(refusal("INVALID_ARGUMENT"));
    }
    expect(() => withImageSize(file([10, 4]), clipConfig, 16)).toThrow(/should have 4 rows \(SigLIP\) or 5 \(CLIP\), got \[10, 4\]/);
    expect(() => withImageSize(file([10, 4]), clipConfig, 16)).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(() => withImageSize(new Map(), clipConfig, 16)).toThrow(refusal("CHECKPOINT_MISMATCH"));
  });
});
