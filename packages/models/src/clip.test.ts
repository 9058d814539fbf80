import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { expectLossAndGradients, expectStates, GOLDEN } from "../test/against-golden";
import { fixture } from "../test/fixture";
import golden from "./fixtures/clip.json";
import { Clip, type ClipConfig, parseSafetensors, toHuggingFaceClipConfig } from "./index";

const config: ClipConfig = {
  embedDim: 6,
  image: { size: 8, patch: 4, width: 12, layers: 2, heads: 3, mlpWidth: 16, activation: "gelu" },
  text: { vocabSize: 20, contextLength: 7, width: 8, layers: 2, heads: 2, mlpWidth: 20, endTokenId: 19 },
};
const weights = parseSafetensors(await fixture("clip.safetensors")).tensors;
const tokens = { ids: Int32Array.from(golden.ids), shape: [3, 6] as [number, number] };

/** CLIP's loss, spelt out: the mean of both cross-entropies of exp(logit_scale) · cosine. */
function contrastiveLoss(clip: Clip): tf.Scalar {
  return tf.tidy(() => {
    const image = clip.encodeImage(tf.tensor4d(golden.pixels, [3, 3, 8, 8]));
    const logits = tf.mul(tf.matMul(image, tf.transpose(clip.encodeText(tokens))), tf.exp(clip.logitScale));
    const diagonal = tf.mean(tf.sum(tf.mul(logits, tf.eye(3)), 1));
    const both = tf.add(tf.mean(tf.logSumExp(logits, 1)), tf.mean(tf.logSumExp(tf.transpose(logits), 1)));
    return tf.sub(tf.div(both, 2), diagonal) as tf.Scalar;
  });
}

onEachBackend("Clip equals transformers' CLIPModel", () => {
  it("in both embeddings", () => {
    expectNoLeak(() => {
      const clip = Clip.fromCheckpoint(config, weights);
      const [image, text] = tf.tidy(() =>
        [clip.encodeImage(tf.tensor4d(golden.pixels, [3, 3, 8, 8])), clip.encodeText(tokens)].map((t) => t.dataSync().slice()),
      );
      expect(image!).toBeAllclose(golden.image, GOLDEN);
      expect(text!).toBeAllclose(golden.text, GOLDEN);
      clip.dispose();
    });
  });

  it("in every layer's states, what is pooled, and the logits", () => {
    expectNoLeak(() => {
      using clip = Clip.fromCheckpoint(config, weights);
      tf.tidy(() => {
        const image = clip.imageStates(tf.tensor4d(golden.pixels, [3, 3, 8, 8]));
        const text = clip.textStates(tokens);
        for (const [states, hidden, pooled, shape] of [
          [image, golden.imageHidden, golden.imagePooled, [3, 5, 12]],
          [text, golden.textHidden, golden.textPooled, [3, 6, 8]],
        ] as const) {
          expectStates(
            states.hidden,
            hidden.map((values) => ({ shape: [...shape], values })),
          );
          expect(states.pooled.dataSync()).toBeAllclose(pooled, GOLDEN);
        }
        expect(clip.logits(image.embeddings, text.embeddings).dataSync()).toBeAllclose(golden.logits, GOLDEN);
      });
    });
  });

  it.each([false, true])("in the loss and the gradient of every weight, blocks computed again: %s", (gradientCheckpointing) => {
    expectNoLeak(() => {
      const clip = Clip.fromCheckpoint(config, weights);
      clip.gradientCheckpointing = gradientCheckpointing;
      expectLossAndGradients(clip.parameters, () => contrastiveLoss(clip), golden);
      clip.dispose();
    });
  });

  it("with a compact vocabulary too", async () => {
    const clip = Clip.fromCheckpoint(config, weights);
    await clip.parameters.compactVocabulary(golden.ids);
    expect(clip.parameters.get("text_model.embeddings.token_embedding.weight").shape).toEqual([new Set(golden.ids).size, 8]);
    const text = tf.tidy(() => clip.encodeText(tokens).dataSync().slice());
    expect(text).toBeAllclose(golden.text, GOLDEN);
    clip.dispose();
  });
});

onEachBackend("Clip with dropout", () => {
  it("is the same model where nothing happens to be dropped, and another where something is", () => {
    expectNoLeak(() => {
      using clip = Clip.fromCheckpoint(config, weights);
      const image = (rate: number) =>
        tf.tidy(() => {
          const dropout = { attention: rate, residual: rate, seed: 1, step: 0 };
          return [clip.encodeImage(tf.tensor4d(golden.pixels, [3, 3, 8, 8]), { dropout }), clip.encodeText(tokens, { dropout })].map((t) =>
            t.dataSync(),
          );
        });
      const [rare, half] = [image(1e-9), image(0.5)];
      for (const [i, expected] of [golden.image, golden.text].entries()) {
        expect(rare[i]!).toBeAllclose(expected, GOLDEN);
        expect(half[i]).not.toEqual(rare[i]);
      }
      expect(() => tf.tidy(() => clip.encodeText(tokens, { dropout: { embedding: 0.1, seed: 1, step: 0 } as never }))).toThrow(
        /no option "embedding"/,
      );
      expect(() => tf.tidy(() => clip.logits(tf.zeros([1, 6]), tf.zeros([1, 5])))).toThrow(/text must be embeddings of the model/);
    });
  });
});

describe("Clip", () => {
  it("starts the same from the same seed, and clones without sharing", () => {
    expectNoLeak(() => {
      const [a, b, c] = [Clip.fromConfig(config, 1), Clip.fromConfig(config, 1), Clip.fromConfig(config, 2)];
      const copy = a.clone({ trainable: false });
      const values = (clip: Clip) => clip.parameters.get("visual_projection.weight").dataSync().slice();
      expect(values(a)).toEqual(values(b));
      expect(values(a)).not.toEqual(values(c));
      const before = values(copy);
      tf.tidy(() => a.parameters.get("visual_projection.weight").assign(tf.zeros([12, 6])));
      expect(values(copy)).toEqual(before);
      expect(copy.trainableVariables).toEqual([]);
      expect(a.trainableVariables).toHaveLength(a.parameters.specs.length);
      for (const clip of [a, b, c, copy]) clip.dispose();
    });
  });

  it("describes itself as Hugging Face does", () => {
    const clip = Clip.fromConfig(config, 1);
    expect(toHuggingFaceClipConfig(clip.config)).toMatchObject({
      model_type: "clip",
      projection_dim: 6,
      vision_config: { hidden_act: "gelu", patch_size: 4, num_attention_heads: 3 },
      text_config: { hidden_act: "quick_gelu", eos_token_id: 19, vocab_size: 20 },
    });
    clip.dispose();
  });

  it("pools texts at their largest id where the configuration says so", () => {
    expectNoLeak(() => {
      const [end, largest] = (["endToken", "largestId"] as const).map((pooling) =>
        Clip.fromCheckpoint({ ...config, text: { ...config.text, pooling } }, weights),
      );
      const encode = (clip: Clip, ids: number[]) =>
        tf.tidy(() =>
          clip
            .encodeText({ ids: Int32Array.from(ids), shape: [1, 6] })
            .dataSync()
            .slice(),
        );
      expect(encode(largest!, golden.ids.slice(6, 12))).toEqual(encode(end!, golden.ids.slice(6, 12)));
      expect(encode(largest!, [3, 5, 9, 9, 0, 0])).toEqual(encode(largest!, [3, 5, 9, 7, 8, 1])); // the first of the largest; later ones don't matter
      expect(() => encode(end!, [3, 5, 9, 9, 0, 0])).toThrow(/text 0 has no end token/);
      end!.dispose();
      largest!.dispose();
    });
    const described = (text: object) => () => toHuggingFaceClipConfig({ ...config, text: { ...config.text, ...text } });
    expect(described({ pooling: "largestId" })()).toMatchObject({ text_config: { eos_token_id: 2 } });
    expect(described({ endTokenId: 2 })).toThrow(/end token of id 2/);
    expect(described({ pooling: "last" })).toThrow(/text.pooling must be "endToken" or "largestId", got "last"/);
    expect(described({ layerNormEpsilon: -1 })).toThrow(/text.layerNormEpsilon must be/);
  });

  it("says what is wrong with sizes and tokens", () => {
    expect(() => Clip.fromConfig({ ...config, image: { ...config.image, heads: 5 } }, 1)).toThrow(
      /image.width must be a multiple of image.heads/,
    );
    expect(() => Clip.fromConfig({ ...config, image: { ...config.image, patch: 3 } }, 1)).toThrow(/multiple of image.patch/);
    expect(() => Clip.fromConfig({ ...config, image: { ...config.image, mlpwidth: 3 } as never }, 1)).toThrow(/no option "mlpwidth"/);
    expect(() => Clip.fromConfig({ ...config, text: { ...config.text, activation: "swish" as never } }, 1)).toThrow(
      /text.activation must be one of/,
    );
    expect(() => Clip.fromConfig(config, 1.5)).toThrow(/seed must be a whole number/);
    expect(() => Clip.fromCheckpoint(config, new Map([...weights].slice(1)))).toThrow(/logit_scale/);
    const clip = Clip.fromConfig(config, 1);
    tf.tidy(() => {
      expect(() => clip.encodeImage(tf.zeros([1, 3, 9, 8]))).toThrow(/\[n, 3, 8, 8\], got \[1, 3, 9, 8\]/);
      expect(() => clip.encodeText({ ids: Int32Array.of(1, 2, 3), shape: [1, 3] })).toThrow(/text 0 has no end token \(id 19\)/);
      expect(() => clip.encodeText({ ids: new Int32Array(8).fill(19), shape: [1, 8] })).toThrow(/at most 7/);
      expect(() => clip.encodeText({ ids: Int32Array.of(1, 99, 19), shape: [1, 3] })).toThrow(/got 99/);
    });
    clip.dispose();
  });
});
