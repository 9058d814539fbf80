import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { expectLossAndGradients, expectStates, GOLDEN } from "../test/against-golden";
import { goldenCheckpoint } from "../test/golden";
import { withoutLeak } from "../test/leaks";
import { ALL_MINILM_L6_V2, PARAPHRASE_TINYBERT_L6_V2, resolveSentenceBertConfig, type SentenceBertConfig } from "./bert-config";
import golden from "./fixtures/sentence-bert.json";
import { bertParameters, SentenceBert } from "./sentence-bert";
import { padTokens } from "./token-batch";
import { Vocabulary } from "./vocabulary";

const sizes: SentenceBertConfig = { vocabSize: 20, contextLength: 7, width: 8, layers: 2, heads: 2, mlpWidth: 12 };
const weights = goldenCheckpoint(golden.weights);
const load = (normalize = true, vocabulary?: Vocabulary) => SentenceBert.fromCheckpoint({ ...sizes, normalize }, weights, vocabulary);
const tokens = padTokens(golden.texts, 0);
const tokenTypes = Int32Array.from(golden.tokenTypes);

onEachBackend("SentenceBert equals transformers' BertModel with masked mean pooling", () => {
  it("in every layer's states, what is pooled and the embeddings", () => {
    expectNoLeak(() => {
      using bert = load();
      tf.tidy(() => {
        const { hidden, pooled, embeddings } = bert.states(tokens, { tokenTypes });
        expectStates(hidden, golden.normalized.hidden);
        expect(pooled.dataSync()).toBeAllclose(golden.normalized.pooled, GOLDEN);
        expect(embeddings.dataSync()).toBeAllclose(golden.normalized.embeddings, GOLDEN);
      });
      using plain = load(false);
      expect(tf.tidy(() => plain.encode(tokens, { tokenTypes }).dataSync())).toBeAllclose(golden.plain.embeddings, GOLDEN);
    });
  });

  it.each([
    ["normalized", false],
    ["plain", false],
    ["plain", true],
  ] as const)("in the loss and the gradient of every weight, %s, blocks computed again: %s", (kind, gradientCheckpointing) => {
    expectNoLeak(() => {
      using bert = load(kind === "normalized");
      bert.gradientCheckpointing = gradientCheckpointing;
      const loss = () =>
        tf.mean(tf.squaredDifference(bert.encode(tokens, { tokenTypes }), tf.tensor2d(golden.target, [3, 8]))) as tf.Scalar;
      expectLossAndGradients(bert.parameters, loss, golden[kind]);
    });
  });

  it("whatever stands in the padding, text by text, and with a compact vocabulary", () => {
    const used = golden.texts.flat();
    expectNoLeak(() => {
      using bert = load(true, Vocabulary.compact(20, used));
      tf.tidy(() => {
        const ids = tokens.ids.map((id, i) => (i % 6 < tokens.lengths[Math.floor(i / 6)]! ? id : 19));
        expect(bert.encode({ ...tokens, ids }, { tokenTypes }).dataSync()).toBeAllclose(golden.normalized.embeddings, GOLDEN);
        for (const [i, text] of golden.texts.entries()) {
          const alone = bert.encode(
            { ids: Int32Array.from(text), shape: [1, text.length] },
            { tokenTypes: tokenTypes.slice(i * 6, i * 6 + text.length) },
          );
          expect(alone.dataSync()).toBeAllclose(golden.normalized.embeddings.slice(i * 8, (i + 1) * 8), GOLDEN);
        }
      });
    });
  });

  it("and its checkpoint goes out as it came in, but for the pooler and buffers", () =>
    withoutLeak(async () => {
      const more = (...names: string[]) => names.map((name) => [name, { dtype: "int32", shape: [1], data: Int32Array.of(0) }] as const);
      const pooler = more("pooler.dense.weight", "pooler.dense.bias", "embeddings.position_ids", "embeddings.token_type_ids");
      using bert = SentenceBert.fromCheckpoint(sizes, new Map([...weights, ...pooler]));
      expect(new Map(await bert.parameters.toCheckpoint())).toEqual(weights);
    }));
});

onEachBackend("SentenceBert trains", () => {
  it("with dropout too, and only what isn't frozen", () => {
    expectNoLeak(() => {
      using bert = SentenceBert.fromConfig(sizes, 1);
      bert.parameters.setTrainable(/^embeddings\./, false);
      const before = bert.parameters.get("embeddings.word_embeddings.weight").dataSync().slice();
      const optimizer = tf.train.adam(0.02);
      const target = tf.eye(3, 8);
      const losses = Array.from({ length: 30 }, (_, step) => {
        const dropout = { attention: 0.05, residual: 0.05, embedding: 0.05, seed: 1, step };
        const loss = () => tf.mean(tf.squaredDifference(bert.encode(tokens, { dropout }), target)) as tf.Scalar;
        const value = optimizer.minimize(loss, true, bert.trainableVariables)!;
        const number = value.dataSync()[0]!;
        value.dispose();
        return number;
      });
      expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
      expect(bert.parameters.get("embeddings.word_embeddings.weight").dataSync()).toEqual(before);
      target.dispose();
      optimizer.dispose();
    });
  });

  it("from the same start with the same seed, and copies into a model of its own", () => {
    expectNoLeak(() => {
      using bert = SentenceBert.fromConfig(sizes, 1);
      using copy = bert.clone({ trainable: false });
      using other = SentenceBert.fromConfig(sizes, 2);
      const run = (model: SentenceBert) => tf.tidy(() => model.encode(tokens).dataSync());
      expect(run(copy)).toEqual(run(bert));
      expect(run(other)).not.toEqual(run(bert));
      expect(copy.trainableVariables).toEqual([]);
    });
  });

  it("refuses texts that don't fit", () => {
    using bert = load();
    expectNoLeak(() => {
      const call =
        (batch: typeof tokens, options: object = {}) =>
        () =>
          tf.tidy(() => bert.encode(batch, options));
      expect(call(padTokens([[1, 2, 3, 4, 5, 6, 7, 8]], 0))).toThrow(/takes 7 tokens, got 8/);
      expect(call(padTokens([[1], []], 0))).toThrow(refusal("EMPTY_DATA"));
      expect(call(padTokens([[1, 20]], 0))).toThrow(refusal("INVALID_ARGUMENT"));
      expect(call({ ...tokens, shape: [2, 6] })).toThrow(refusal("SHAPE_MISMATCH"));
      expect(call(tokens, { tokenTypes: Int32Array.of(1) })).toThrow(refusal("SHAPE_MISMATCH"));
      expect(call(tokens, { tokenTypes: new Int32Array(18).fill(2) })).toThrow(/from 0 to 1, got 2/);
      expect(call(tokens, { types: 1 })).toThrow(refusal("UNKNOWN_OPTION"));
      expect(call(tokens, { dropout: { residual: 0.1, seed: 1 } })).toThrow(refusal("INVALID_ARGUMENT"));
    });
  });
});

describe("SentenceBert's configuration", () => {
  it("of paraphrase-TinyBERT-L6-v2 is the published one", () => {
    const published = { vocabSize: 30522, contextLength: 512, typeVocabSize: 2, width: 768, layers: 6, heads: 12, mlpWidth: 3072 };
    const expected = { ...published, activation: "gelu", layerNormEpsilon: 1e-12, normalize: false };
    expect(resolveSentenceBertConfig(PARAPHRASE_TINYBERT_L6_V2)).toMatchObject(expected);
  });

  it.each(Object.entries({ ALL_MINILM_L6_V2, PARAPHRASE_TINYBERT_L6_V2 }))(
    "%s has as many numbers as the published model",
    (name, config) => {
      const specs = bertParameters(resolveSentenceBertConfig(config));
      const count = specs.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
      expect(count).toBe(golden.counts[name as keyof typeof golden.counts]);
    },
  );

  it("is checked", () => {
    expect(resolveSentenceBertConfig({})).toMatchObject({ activation: "gelu", layerNormEpsilon: 1e-12, mlpWidth: 1536, normalize: true });
    expect(() => SentenceBert.fromConfig({ ...sizes, heads: 3 }, 1)).toThrow(/multiple of heads/);
    expect(() => SentenceBert.fromConfig({ ...sizes, typeVocabSize: 0 }, 1)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => SentenceBert.fromConfig({ ...sizes, normalize: "yes" as never }, 1)).toThrow(/normalize must be true or false/);
    expect(() => SentenceBert.fromConfig({ ...sizes, pooling: "cls" } as never, 1)).toThrow(refusal("UNKNOWN_OPTION"));
    expect(() => SentenceBert.fromCheckpoint({ ...PARAPHRASE_TINYBERT_L6_V2 }, weights)).toThrow(refusal("CHECKPOINT_MISMATCH"));
  });
});
