import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { expectLossAndGradients, expectStates, GOLDEN } from "../test/against-golden";
import { goldenCheckpoint } from "../test/golden";
import { withoutLeak } from "../test/leaks";
import golden from "./fixtures/siglip.json";
import { Siglip } from "./siglip";
import { resolveSiglipConfig, SIGLIP_B_16, type SiglipConfig } from "./siglip-config";
import { siglipParameters } from "./siglip-parameters";

const config: SiglipConfig = {
  image: { size: 10, patch: 4, width: 8, layers: 2, heads: 2, mlpWidth: 16 },
  text: { vocabSize: 20, contextLength: 5, width: 8, layers: 2, heads: 4, mlpWidth: 20 },
};
const weights = goldenCheckpoint(golden.weights);
const load = () => Siglip.fromCheckpoint(config, weights);
const tokens = { ids: Int32Array.from(golden.ids), shape: [3, 5] as [number, number] };
const pixels = () => tf.tensor4d(golden.pixels, [3, 3, 10, 10]);

/** The paper's algorithm 1, spelt out. */
function sigmoidLoss(siglip: Siglip): tf.Scalar {
  const logits = siglip.logits(siglip.encodeImage(pixels()), siglip.encodeText(tokens));
  const labels = tf.sub(tf.mul(2, tf.eye(3)), 1);
  return tf.mean(tf.sum(tf.softplus(tf.neg(tf.mul(labels, logits))), 1)); // -ln sigmoid(z) = softplus(-z)
}

onEachBackend("Siglip equals transformers' SiglipModel", () => {
  it("in every layer's states, what is pooled, both embeddings and the logits", () => {
    expectNoLeak(() => {
      using siglip = load();
      tf.tidy(() => {
        const image = siglip.imageStates(pixels());
        const text = siglip.textStates(tokens);
        expectStates(image.hidden, golden.imageHidden);
        expectStates(text.hidden, golden.textHidden);
        expect(image.pooled.dataSync()).toBeAllclose(golden.imagePooled, GOLDEN);
        expect(image.embeddings.dataSync()).toBeAllclose(golden.image, GOLDEN);
        expect(text.embeddings.dataSync()).toBeAllclose(golden.text, GOLDEN);
        expect(siglip.encodeImage(pixels()).dataSync()).toBeAllclose(golden.image, GOLDEN);
        expect(siglip.encodeText(tokens).dataSync()).toBeAllclose(golden.text, GOLDEN);
        expect(siglip.logits(image.embeddings, text.embeddings).dataSync()).toBeAllclose(golden.logits, GOLDEN);
      });
    });
  });

  it.each([false, true])("in the loss and the gradient of every weight, blocks computed again: %s", (gradientCheckpointing) => {
    expectNoLeak(() => {
      using siglip = load();
      siglip.gradientCheckpointing = gradientCheckpointing;
      expectLossAndGradients(siglip.parameters, () => sigmoidLoss(siglip), golden);
    });
  });

  it("and its checkpoint goes out as it came in", () =>
    withoutLeak(async () => {
      using siglip = load();
      expect(new Map(await siglip.parameters.toCheckpoint())).toEqual(weights);
    }));
});

onEachBackend("Siglip trains", () => {
  it("with dropout too, and only what isn't frozen", () => {
    expectNoLeak(() => {
      using siglip = Siglip.fromConfig(config, 1);
      siglip.parameters.setTrainable(/^vision_model\./, false);
      expect(siglip.trainableVariables).toHaveLength(siglip.parameters.trainable().length);
      const dropout = { attention: 0.2, residual: 0.1, seed: 1, step: 3 };
      const loss = () => {
        const logits = siglip.logits(siglip.encodeImage(pixels(), { dropout }), siglip.encodeText(tokens, { dropout }));
        return tf.mean(tf.softplus(tf.neg(tf.mul(tf.sub(tf.mul(2, tf.eye(3)), 1), logits)))) as tf.Scalar;
      };
      const optimizer = tf.train.sgd(0.5);
      const losses = Array.from({ length: 15 }, () => {
        const value = optimizer.minimize(loss, true, siglip.trainableVariables)!;
        const number = value.dataSync()[0]!;
        value.dispose();
        return number;
      });
      expect(losses.at(-1)!).toBeLessThan(0.8 * losses[0]!);
      optimizer.dispose();
    });
  });

  it("from scale ln 10 and bias -10, the same from a seed, and copies into a model of its own", () => {
    expectNoLeak(() => {
      using siglip = Siglip.fromConfig(config, 1);
      expect([siglip.logitScale, siglip.logitBias].map((v) => v.dataSync()[0])).toBeAllclose([Math.log(10), -10], { rtol: 1e-6 });
      using again = Siglip.fromConfig(config, 1);
      using other = Siglip.fromConfig(config, 2);
      using copy = siglip.clone({ trainable: false });
      const image = (model: Siglip) => tf.tidy(() => model.encodeImage(pixels()).dataSync());
      expect(image(again)).toEqual(image(siglip));
      expect(image(other)).not.toEqual(image(siglip));
      const before = image(copy);
      tf.tidy(() => siglip.parameters.get("vision_model.head.probe").assign(tf.zeros([1, 1, 8])));
      expect(image(copy)).toEqual(before);
      expect(copy.trainableVariables).toEqual([]);
    });
  });

  it("refuses other sizes of images and texts", () => {
    using siglip = load();
    expectNoLeak(() => {
      const call = (body: () => tf.Tensor) => () => tf.tidy(body);
      expect(call(() => siglip.encodeImage(tf.zeros([1, 3, 8, 8])))).toThrow(/\[n, 3, 10, 10\], got \[1, 3, 8, 8\]/);
      expect(call(() => siglip.encodeImage(pixels(), { drop: 1 } as object))).toThrow(refusal("UNKNOWN_OPTION"));
      expect(call(() => siglip.encodeText({ ids: Int32Array.of(3, 2), shape: [1, 2] }))).toThrow(/texts of 2\. Pad texts/);
      expect(call(() => siglip.encodeText({ ids: Int32Array.of(3, 2), shape: [1, 5] }))).toThrow(refusal("SHAPE_MISMATCH"));
      expect(call(() => siglip.encodeText({ ids: Int32Array.of(3, 2, 1, 1, 20), shape: [1, 5] }))).toThrow(refusal("INVALID_ARGUMENT"));
      expect(call(() => siglip.logits(tf.zeros([1, 8]), tf.zeros([1, 7])))).toThrow(refusal("SHAPE_MISMATCH"));
      expect(call(() => siglip.logits(tf.zeros([8]) as never, tf.zeros([1, 8])))).toThrow(refusal("SHAPE_MISMATCH"));
    });
  });
});

describe("Siglip's configuration", () => {
  it("has Google's defaults", () => {
    const { image, text } = resolveSiglipConfig({ image: { ...config.image }, text: { ...config.text } });
    for (const tower of [image, text]) expect(tower).toMatchObject({ activation: "geluTanh", layerNormEpsilon: 1e-6 });
  });

  it("is checked, and so is a checkpoint", () => {
    const make =
      (image: object, text: object = {}) =>
      () =>
        Siglip.fromConfig({ image: { ...config.image, ...image }, text: { ...config.text, ...text } }, 1);
    expect(make({ heads: 3 })).toThrow(/image.width must be a multiple of image.heads, got 8 and 3/);
    expect(make({ size: 3 })).toThrow(/image.size must be a whole number at least 4/);
    expect(make({ activation: "swish" })).toThrow(/image.activation must be one of/);
    expect(make({}, { layerNormEpsilon: -1 })).toThrow(/text.layerNormEpsilon/);
    expect(make({}, { contextLength: 0 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(make({}, { endTokenId: 1 })).toThrow(refusal("UNKNOWN_OPTION"));
    expect(() => Siglip.fromCheckpoint(config, new Map([...weights].slice(1)))).toThrow(refusal("CHECKPOINT_MISMATCH"));
  });

  it("has as many numbers as google/siglip-base-patch16-224", () => {
    const specs = siglipParameters(resolveSiglipConfig(SIGLIP_B_16));
    expect(specs.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0)).toBe(203_155_970);
  });
});
