import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { expectGradient, GOLDEN } from "../test/against-golden";
import { type GoldenTensor, goldenCheckpoint } from "../test/golden";
import { lossAndGradients } from "../test/gradients";
import { withoutLeak } from "../test/leaks";
import { beamSearch } from "./beam-search";
import { type CaptionTokenizer, cut } from "./caption";
import { transposed } from "./checkpoint/checkpoint";
import { ClipCap } from "./clipcap";
import golden from "./fixtures/clipcap.json";
import { type Generated, greedy } from "./generation";
import { padTokens } from "./token-batch";
import { Gpt2Tokenizer } from "./tokenizers/gpt2-tokenizer";
import { Vocabulary } from "./vocabulary";

const load = (vocabulary?: Vocabulary) => ClipCap.fromCheckpoint(golden.config, goldenCheckpoint(golden.weights), vocabulary);
const tensor2d = ({ shape, values }: GoldenTensor) => tf.tensor2d(values, shape as [number, number]);

onEachBackend("ClipCap agrees with PyTorch", () => {
  it("in the prefix, whatever the embeddings' length", () => {
    for (const scale of [1, 40]) {
      const prefix = expectNoLeak(() => {
        using clipcap = load();
        return tf.tidy(() => clipcap.prefix(tf.mul(tensor2d(golden.embeddings), scale)).dataSync());
      });
      expect(prefix).toBeAllclose(golden.prefix.values, GOLDEN);
    }
  });

  it.each([false, true])("in loss and every gradient, with token 0 as a token and as padding, blocks computed again: %s", (again) => {
    const { loss, gradients } = expectNoLeak(() => {
      using clipcap = load();
      clipcap.gradientCheckpointing = again;
      const captions = padTokens(golden.texts, 16);
      return lossAndGradients(clipcap.parameters, () => clipcap.loss(tensor2d(golden.embeddings), captions));
    });
    expect([loss]).toBeAllclose([golden.loss], GOLDEN);
    expect(gradients.size).toBe(32);
    for (const [name, values] of gradients) {
      const expected = golden.gradients[name as "gpt.transformer.wte.weight"];
      const isLinear = /^clip_project.*weight$/.test(name);
      const layout = isLinear ? transposed(values, expected.shape[1]!, expected.shape[0]!) : values;
      expectGradient(layout, expected.values, name);
    }
  });

  const { stop, maxTokens } = golden;
  const decodeWith = async (search: (decoding: ReturnType<ClipCap["gpt2"]["decode"]>) => Promise<Generated[][]>) => {
    let texts: Generated[][] = [];
    await withoutLeak(async () => {
      using clipcap = load();
      const prompt = tf.tidy(() => clipcap.prefix(tensor2d(golden.many)));
      using decoding = clipcap.gpt2.decode(prompt);
      prompt.dispose();
      texts = await search(decoding);
    });
    return texts.flat();
  };
  const expectSame = (texts: Generated[], expected: Generated[]) => {
    expect(texts.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
    expect(texts.map(({ score }) => score)).toBeAllclose(
      expected.map(({ score }) => score),
      GOLDEN,
    );
  };

  it("in greedy decoding, all images at once", async () => {
    expectSame(
      await decodeWith(async (decoding) => (await greedy(decoding, { stop: [stop], maxTokens })).map((text) => [text])),
      golden.greedy,
    );
  });

  it.each(["2", "5"] as const)("in beam search with %s beams, all images at once", async (beams) => {
    const search = (decoding: Parameters<typeof beamSearch>[0]) => beamSearch(decoding, { beams: Number(beams), stop: [stop], maxTokens });
    expectSame(await decodeWith(search), golden.beams[beams].flat());
  });
});

/** A tokenizer whose tokens are words, so that captions can be read off the golden ids: token 8 is the full stop. */
const words: CaptionTokenizer = {
  encode: (text) => (text === "." ? [8] : text === "\n" ? [4] : text.split(" ").map(Number)),
  decode: (ids) => Array.from(ids, (id) => (id === 8 ? "." : id === 4 ? "\n" : `w${id}`)).join(""),
};

onEachBackend("ClipCap.caption", () => {
  const captions = (options: Parameters<ClipCap["caption"]>[2]) => async () => {
    using clipcap = load();
    const many = tensor2d(golden.many);
    try {
      return await clipcap.caption(many, words, options);
    } finally {
      many.dispose();
    }
  };
  const text = ({ tokens }: { tokens: readonly number[] }) => cut(words.decode(tokens));

  it("gives each image the best text, in batches of any size", () =>
    withoutLeak(async () => {
      const options = { stop: ["."], maxTokens: 9 };
      const expected = golden.greedy.map(text);
      const done: number[] = [];
      expect(await captions({ ...options, batchSize: 5, onProgress: (n) => done.push(n) })()).toEqual(expected);
      expect(done).toEqual([5, 10, 12]);
      expect(await captions({ ...options, beams: 1 })()).toEqual(expected);
      expect(await captions({ ...options, beams: 5, batchSize: 7 })()).toEqual(golden.beams["5"].map(([best]) => text(best!)));
    }));

  it("draws the same texts from a seed, in batches of any size, and others from another", () =>
    withoutLeak(async () => {
      const draw = (seed: number, batchSize: number) => captions({ stop: ["."], maxTokens: 9, nucleus: { seed, p: 0.95 }, batchSize })();
      const first = await draw(1, 12);
      expect(await draw(1, 5)).toEqual(first);
      expect(await draw(2, 12)).not.toEqual(first);
      const safe = await captions({ stop: ["."], maxTokens: 9, nucleus: { seed: 3, p: 1e-9 } })();
      expect(safe).toEqual(golden.greedy.map(text));
    }));

  it("says what is wrong with its options, and leaks nothing then", () =>
    withoutLeak(async () => {
      await expect(captions({ beam: 5 } as object)()).rejects.toThrow(refusal("UNKNOWN_OPTION"));
      await expect(captions({ beams: 0 })()).rejects.toThrow(refusal("INVALID_ARGUMENT"));
      await expect(captions({ beams: 2, nucleus: { seed: 1 } })()).rejects.toThrow(/not both/);
      await expect(captions({ nucleus: { seed: 1, p: 0 } })()).rejects.toThrow(refusal("INVALID_ARGUMENT"));
      await expect(captions({ nucleus: { seed: 1, k: 3 } } as object)()).rejects.toThrow(refusal("UNKNOWN_OPTION"));
      await expect(captions({ maxTokens: 14 })()).rejects.toThrow(/at most 13/);
      await expect(captions({ stop: ["1 2"] })()).rejects.toThrow(/single tokens/);
      using clipcap = load();
      const wrong = tf.zeros([2, 7]) as tf.Tensor2D;
      await expect(clipcap.caption(wrong, words)).rejects.toThrow(refusal("SHAPE_MISMATCH"));
      wrong.dispose();
    }));
});

onEachBackend("ClipCap", () => {
  it("learns to tell two images apart, with a compact vocabulary and its real captions", () =>
    withoutLeak(async () => {
      const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
      const texts = ["sea.", "red roofs."];
      const vocabulary = Vocabulary.compact(
        257,
        texts.flatMap((text) => tokenizer.encode(text)),
      );
      const gpt2 = { vocabSize: 257, contextLength: 16, width: 16, layers: 1, heads: 2 };
      using clipcap = ClipCap.fromConfig({ prefixSize: 4, prefixLength: 2, gpt2 }, 1, vocabulary);
      const embeddings = tf.tensor2d([1, 0, 0, 0, 0, 1, 0, 0], [2, 4]);
      const optimizer = tf.train.adam(0.02);
      const batch = tokenizer.encodeBatch(texts);
      const variables = clipcap.parameters.trainable().map(({ variable }) => variable);
      for (let step = 0; step < 60; step++) optimizer.minimize(() => clipcap.loss(embeddings, batch), false, variables);
      expect(await clipcap.caption(embeddings, tokenizer)).toEqual(texts);
      expect(await clipcap.caption(embeddings, tokenizer, { beams: 3 })).toEqual(texts);
      optimizer.dispose();
      embeddings.dispose();
    }));

  it("trains the mapper alone when GPT-2 is frozen, and copies into a model of its own", () => {
    using clipcap = load();
    clipcap.parameters.setTrainable(/^gpt\./, false);
    expect(clipcap.parameters.trainable().map(({ name }) => name)).toEqual([
      "clip_project.model.0.weight",
      "clip_project.model.0.bias",
      "clip_project.model.2.weight",
      "clip_project.model.2.bias",
    ]);
    using copy = clipcap.clone();
    const captions = padTokens(golden.texts, 0);
    const losses = [clipcap, copy].map((model) => tf.tidy(() => model.loss(tensor2d(golden.embeddings), captions).dataSync()[0]));
    expect(losses[0]).toBe(losses[1]);
    expect(copy.parameters.trainable()).toHaveLength(4);
  });

  it("refuses batches that don't fit", () => {
    using clipcap = load(Vocabulary.compact(17, [1, 2]));
    const loss = (n: number, rows: number[][]) => () => tf.tidy(() => clipcap.loss(tf.ones([n, 6]), padTokens(rows, 0)).dataSync());
    expectNoLeak(() => {
      expect(loss(3, [[1], [2]])).toThrow(/3 embeddings and 2 captions/);
      expect(loss(2, [[1], [3]])).toThrow(/Token 3/);
      expect(loss(2, [[], []])).toThrow(refusal("EMPTY_DATA"));
      expect(loss(1, [Array(15).fill(1)])).toThrow(/takes 16 positions, got 17/);
    });
  });
});

describe("ClipCap configurations and texts", () => {
  it("are checked", () => {
    expect(() => ClipCap.fromConfig({ prefixSize: 0 }, 1)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => ClipCap.fromConfig({ prefixSize: 4, prefix: 3 } as never, 1)).toThrow(refusal("UNKNOWN_OPTION"));
    expect(() => ClipCap.fromConfig({ prefixSize: 4, prefixLength: 8, gpt2: { contextLength: 8 } }, 1)).toThrow(/no position for text/);
  });

  it("are cut at the first line's first full stop", () => {
    expect(["a sea. and more.", " a sea\nb.", "no stop", "a sea .", ""].map(cut)).toEqual(["a sea.", "a sea", "no stop", "a sea .", ""]);
  });
});
