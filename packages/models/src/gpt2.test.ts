import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { expectGradient, expectStates, GOLDEN } from "../test/against-golden";
import { goldenCheckpoint } from "../test/golden";
import { lossAndGradients } from "../test/gradients";
import { withoutLeak } from "../test/leaks";
import { ClipCap } from "./clipcap";
import golden from "./fixtures/gpt2.json";
import { Gpt2 } from "./gpt2";
import { toHuggingFaceGpt2Config } from "./gpt2-config";
import { padTokens } from "./token-batch";
import { Gpt2Tokenizer } from "./tokenizers/gpt2-tokenizer";
import { Vocabulary } from "./vocabulary";

const checkpoint = goldenCheckpoint(golden.weights);
const load = (vocabulary?: Vocabulary) => Gpt2.fromCheckpoint(golden.config, checkpoint, vocabulary);
const batch = padTokens(golden.texts, 0);
/** Of the model against itself. */
const TOLERANCE = { rtol: 2e-4, atol: 2e-5 };

onEachBackend("Gpt2 agrees with transformers", () => {
  it("in its logits, whatever stands in the padding", () => {
    const { ids, shape, lengths } = batch;
    const logits = expectNoLeak(() => {
      using gpt2 = load();
      return tf.tidy(() => {
        const hidden = gpt2.forward(gpt2.embed({ ids: ids.map((id, i) => (i % 6 < lengths[Math.floor(i / 6)]! ? id : 13)), shape }));
        return gpt2.logits(tf.reshape(hidden, [-1, 8]) as tf.Tensor2D).dataSync();
      });
    });
    for (const [text, length] of lengths.entries()) {
      const from = text * 6 * 17;
      const real = logits.slice(from, from + length * 17);
      expect(real).toBeAllclose(golden.logits.values.slice(from, from + length * 17), GOLDEN);
    }
  });

  it("in every layer's states", () => {
    expectNoLeak(() => {
      using gpt2 = load();
      tf.tidy(() => {
        const mask = Array.from(batch.lengths, (length) => Array.from({ length: 6 }, (_, i) => Number(i < length)));
        const { hidden, last } = gpt2.states(gpt2.embed(batch), { keyMask: tf.tensor2d(mask) });
        expectStates([...hidden.slice(0, -1), last], golden.hidden); // transformers gives its last one after the norm
        expect(hidden).toHaveLength(3);
      });
    });
  });

  it("under a mask with padding on the left", () => {
    const { ids, mask, logits: expected } = golden.left;
    const logits = expectNoLeak(() => {
      using gpt2 = load();
      return tf.tidy(() => {
        const x = gpt2.embed({ ids: Int32Array.from(ids.flat()), shape: [2, 6] });
        const hidden = gpt2.forward(x, { keyMask: tf.tensor2d(mask) });
        return gpt2.logits(tf.reshape(hidden, [-1, 8]) as tf.Tensor2D).dataSync();
      });
    });
    const real = (values: ArrayLike<number>) => Array.from(values).filter((_, i) => mask.flat()[Math.floor(i / 17)] === 1);
    expect(real(logits)).toBeAllclose(real(expected.values), GOLDEN);
  });

  it.each([false, true])("in loss and every gradient, blocks computed again: %s", (gradientCheckpointing) => {
    const { loss, gradients } = expectNoLeak(() => {
      using gpt2 = load();
      gpt2.gradientCheckpointing = gradientCheckpointing;
      return lossAndGradients(gpt2.parameters, () => gpt2.loss(batch));
    });
    expect([loss]).toBeAllclose([golden.full.loss], GOLDEN);
    expect(gradients.size).toBe(28);
    for (const [name, values] of gradients) {
      expectGradient(values, golden.full.gradients[name as "transformer.wte.weight"].values, name);
    }
  });

  it("with a compact vocabulary: the softmax over its tokens only", () => {
    const { ids, loss: expectedLoss, gradients: expected } = golden.compact;
    const { loss, gradients } = expectNoLeak(() => {
      using gpt2 = load(Vocabulary.compact(17, ids));
      return lossAndGradients(gpt2.parameters, () => gpt2.loss(batch));
    });
    expect([loss]).toBeAllclose([expectedLoss], GOLDEN);
    for (const [name, values] of gradients) {
      const { values: all } = expected[name as "transformer.wte.weight"];
      const rows = name === "transformer.wte.weight" ? ids.flatMap((id) => all.slice(id * 8, (id + 1) * 8)) : all;
      expectGradient(values, rows, name);
    }
  });

  it("and its checkpoint goes out as it came in", () =>
    withoutLeak(async () => {
      using gpt2 = load(Vocabulary.compact(17, [3, 5]));
      const { "lm_head.weight": _tied, ...weights } = golden.weights;
      expect(new Map(await gpt2.parameters.toCheckpoint())).toEqual(goldenCheckpoint(weights));
    }));
});

onEachBackend("Gpt2 decoding with a cache", () => {
  it("gives the scores of reading everything again, also after rows were reordered, doubled and dropped", () =>
    withoutLeak(async () => {
      using gpt2 = load(Vocabulary.compact(17, [1, 2, 3, 4, 5, 6, 9, 16]));
      const again = (rows: number[][]) =>
        tf.tidy(() => {
          const tokens = padTokens(rows, 1);
          const last = tf.slice(gpt2.forward(gpt2.embed(tokens)), [0, tokens.shape[1] - 1, 0], [-1, 1, 8]);
          return gpt2.logits(tf.reshape(last, [-1, 8]) as tf.Tensor2D).dataSync();
        });
      let rows = [
        [3, 1],
        [9, 16],
      ];
      const prompt = gpt2.embed(padTokens(rows, 1));
      using decoding = gpt2.decode(prompt);
      prompt.dispose();
      expect(await decoding.logits.data()).toBeAllclose(again(rows), TOLERANCE);
      for (const [from, tokens] of [
        [
          [1, 0, 0, 1],
          [3, 4, 5, 6],
        ],
        [
          [0, 1, 2, 3],
          [1, 1, 2, 2],
        ],
        [[3], [16]],
      ] as const) {
        rows = from.map((row, i) => [...rows[row]!, tokens[i]!]);
        decoding.advance(Int32Array.from(from), gpt2.vocabulary.rowsOf(tokens));
        expect(decoding.logits.shape).toEqual([rows.length, 8]);
        expect(await decoding.logits.data()).toBeAllclose(again(rows), TOLERANCE);
      }
    }));

  it("cleans up when the prompt is too long", () => {
    using gpt2 = load();
    const prompt = tf.zeros([1, 13, 8]) as tf.Tensor3D;
    expectNoLeak(() => expect(() => gpt2.decode(prompt)).toThrow(/takes 12 positions, got 13/));
    prompt.dispose();
  });
});

onEachBackend("Gpt2", () => {
  it("starts as Hugging Face's does, the same from a seed", () => {
    using gpt2 = Gpt2.fromConfig({ vocabSize: 200, contextLength: 32, width: 64, layers: 2, heads: 2 }, 1);
    const spread = (name: string) => {
      const values = gpt2.parameters.get(`transformer.${name}`).dataSync<"float32">();
      return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    };
    expect(Math.abs(spread("wte.weight") - 0.02)).toBeLessThan(0.001);
    expect(Math.abs(spread("h.1.mlp.c_proj.weight") - 0.01)).toBeLessThan(0.0005);
    expect([spread("h.0.ln_1.weight"), spread("h.0.attn.c_attn.bias")]).toEqual([1, 0]);
    const decays = gpt2.parameters.trainable().filter(({ decay }) => decay);
    expect(decays.every(({ name }) => /(c_attn|c_proj|c_fc)\.weight$/.test(name))).toBe(true);
    expect(decays).toHaveLength(8);
  });

  it("copies into a model of its own, a compact table and what is frozen with it", () =>
    withoutLeak(async () => {
      using gpt2 = load(Vocabulary.compact(17, [1, 2, 3, 4, 5, 6, 9, 16]));
      gpt2.parameters.setTrainable(/\.wpe\./, false);
      gpt2.gradientCheckpointing = true;
      gpt2.tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
      const rows = padTokens([[3, 1, 9], [16, 2]], 1); // biome-ignore format: two texts
      const lossOf = (model: Gpt2) => tf.tidy(() => model.loss(rows).dataSync()[0]!);
      using copy = gpt2.clone();
      using teacher = gpt2.clone({ trainable: false });
      expect([copy.gradientCheckpointing, copy.tokenizer, copy.config]).toEqual([true, gpt2.tokenizer, gpt2.config]);
      expect(copy.vocabulary.ids).toEqual(gpt2.vocabulary.ids);
      expect(copy.trainableVariables).toHaveLength(gpt2.trainableVariables.length);
      expect([copy.trainableVariables.length, teacher.trainableVariables.length]).toEqual([27, 0]);
      const before = lossOf(gpt2);
      expect([lossOf(copy), lossOf(teacher)]).toEqual([before, before]);
      // A step of the one changes neither copy.
      const optimizer = tf.train.sgd(0.5);
      optimizer.minimize(() => gpt2.loss(rows), false, gpt2.trainableVariables);
      optimizer.dispose();
      expect(lossOf(gpt2)).not.toBe(before);
      expect([lossOf(copy), lossOf(teacher)]).toEqual([before, before]);
      const weights = await copy.parameters.toCheckpoint();
      expect([...weights.keys()]).toEqual(gpt2.parameters.specs.map(({ name }) => name));
    }));

  it("copies the GPT-2 of a captioner with all of that one's weights", () => {
    expectNoLeak(() => {
      using clipcap = ClipCap.fromConfig({ prefixSize: 4, prefixLength: 2, gpt2: golden.config }, 1);
      using copy = clipcap.gpt2.clone();
      const [first, second] = [clipcap.gpt2, copy].map((model) => tf.tidy(() => model.loss(batch).dataSync()[0]));
      expect(second).toBe(first);
      expect(copy.parameters.specs).toEqual(clipcap.parameters.specs);
    });
  });

  it("refuses what it can't read, and names the token", () => {
    using gpt2 = load(Vocabulary.compact(17, [1, 2]));
    const bad = (ids: number[], shape: [number, number], lengths?: number[]) => () =>
      gpt2.embed({ ids: Int32Array.from(ids), shape, ...(lengths && { lengths: Int32Array.from(lengths) }) });
    expectNoLeak(() => {
      expect(bad([1, 3], [1, 2])).toThrow(/Token 3 \(position 1\)/);
      expect(bad([1, 2], [2, 2])).toThrow(refusal("SHAPE_MISMATCH"));
      expect(bad([1, 2], [1, 2], [3])).toThrow(refusal("SHAPE_MISMATCH"));
      expect(() => gpt2.loss(padTokens([[1], [2]], 0))).toThrow(refusal("EMPTY_DATA"));
      expect(() => tf.tidy(() => gpt2.forward(tf.zeros([1, 2, 7])))).toThrow(refusal("SHAPE_MISMATCH"));
      expect(() => tf.tidy(() => gpt2.forward(tf.zeros([2, 8]) as tf.Tensor as tf.Tensor3D))).toThrow(refusal("SHAPE_MISMATCH"));
      expect(() => tf.tidy(() => gpt2.forward(tf.zeros([1, 2, 8]), { mask: 1 } as object))).toThrow(refusal("UNKNOWN_OPTION"));
    });
  });
});

describe("Gpt2 checkpoints", () => {
  const renamed = (change: (name: string) => string) => new Map([...checkpoint].map(([name, tensor]) => [change(name), tensor]));

  it("load with or without the prefix and with the buffers of older versions", () => {
    const bare = renamed((name) => name.replace("transformer.", ""));
    bare.delete("lm_head.weight");
    bare.set("h.0.attn.bias", { dtype: "float32", shape: [1], data: new Float32Array(1) });
    bare.set("h.1.attn.masked_bias", { dtype: "float32", shape: [], data: new Float32Array(1) });
    using gpt2 = Gpt2.fromCheckpoint(golden.config, bare);
    expect(gpt2.parameters.get("transformer.h.1.mlp.c_fc.weight").shape).toEqual([8, 20]);
  });

  it("are refused when names, sizes or an untied head don't fit", () => {
    expect(() =>
      Gpt2.fromCheckpoint(
        golden.config,
        renamed((name) => `model.${name}`),
      ),
    ).toThrow(/missing: transformer\.wte\.weight.*unused/);
    expect(() => Gpt2.fromCheckpoint({ ...golden.config, mlpWidth: 24 }, checkpoint)).toThrow(/c_fc\.weight \(expected float32 \[8, 24\]/);
    const head = { dtype: "float32" as const, shape: [17, 8], data: new Float32Array(17 * 8) };
    expect(() => Gpt2.fromCheckpoint(golden.config, new Map([...checkpoint, ["lm_head.weight", head]]))).toThrow(
      /differs from the token table/,
    );
  });

  it("come with a config.json that transformers reads the same way", () => {
    expect(toHuggingFaceGpt2Config(golden.config)).toMatchObject(golden.huggingFace);
  });

  it("need a configuration that makes sense", () => {
    expect(() => Gpt2.fromConfig({ width: 10, heads: 3 }, 1)).toThrow(/multiple of the 3 heads/);
    expect(() => Gpt2.fromConfig({ width: 0 }, 1)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => Gpt2.fromConfig({ depth: 3 } as object, 1)).toThrow(refusal("UNKNOWN_OPTION"));
    expect(() => Gpt2.fromConfig({ vocabSize: 5, width: 4, heads: 2, layers: 1 }, 1, Vocabulary.full(6))).toThrow(/6 tokens/);
  });
});
