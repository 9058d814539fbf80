import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { ClipCap } from "./clipcap";
import type { ImageTextModel } from "./image-text-model";
import { padTokens } from "./token-batch";
import { Gpt2Tokenizer } from "./tokenizers/gpt2-tokenizer";
import { Vocabulary } from "./vocabulary";

const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
const gpt2 = { vocabSize: tokenizer.vocabSize, contextLength: 12, width: 8, layers: 1, heads: 2 };
const config = { prefixSize: 4, prefixLength: 2, gpt2 };
const make = (vocabulary?: Vocabulary) => ClipCap.fromConfig(config, 1, vocabulary);
const NOTHING = [undefined, null, {}, [], [[1, 2, 3, 4]], Number.NaN, 5, "x", Float32Array.of(1, 2, 3, 4)];
const image = { width: 1, height: 1, data: new Uint8Array(3) };

type Way = (model: ClipCap, embeddings: unknown, tokenizer: unknown, options: object) => Promise<unknown>;

/** Every way of captioning. */
const ways: [string, Way][] = [
  ["caption", (model, ...rest) => model.caption(...(rest as Parameters<ClipCap["caption"]>))],
  ["captionNBest", (model, e, t, options) => model.captionNBest(e as tf.Tensor2D, t as Gpt2Tokenizer, { beams: 2, ...options })],
  ["captionStream", (model, ...rest) => model.captionStream(...(rest as Parameters<ClipCap["captionStream"]>)).next()],
];

onEachBackend("ClipCap refuses", () => {
  it.each(ways)("embeddings and tokenizers that are none: %s", (_, way) =>
    withoutLeak(async () => {
      using clipcap = make();
      const options = { maxTokens: 2 };
      const wrong = [tf.zeros([4]), tf.zeros([2, 3]), tf.zeros([1, 2, 4])];
      for (const embeddings of [...NOTHING, ...wrong]) {
        const expected = refusal("SHAPE_MISMATCH", /embeddings must be .*\[n, 4\], got/);
        await expect(way(clipcap, embeddings, tokenizer, options)).rejects.toThrow(expected);
      }
      const whole = tf.zeros([1, 4], "int32");
      await expect(way(clipcap, whole, tokenizer, options)).rejects.toThrow(refusal("INVALID_ARGUMENT", /embeddings must be float32/));
      const embeddings = tf.zeros([1, 4]);
      for (const given of [...NOTHING, { encode: () => [1] }, { decode: () => "" }]) {
        const expected = refusal("INVALID_ARGUMENT", /tokenizer must have encode\(text\) and decode\(ids\).*Gpt2Tokenizer/);
        await expect(way(clipcap, embeddings, given, options)).rejects.toThrow(expected);
      }
      const encodes = (encoded: unknown) => ({ encode: () => encoded, decode: () => "" });
      const message = /encode must return an array of token ids, got/;
      for (const encoded of [undefined, null, "x", {}]) {
        await expect(way(clipcap, embeddings, encodes(encoded), options)).rejects.toThrow(refusal("INVALID_ARGUMENT", message));
      }
      const numbers = { encode: () => [1], decode: () => 5 };
      await expect(way(clipcap, embeddings, numbers, options)).rejects.toThrow(refusal("INVALID_ARGUMENT", /decode must return a text/));
      embeddings.dispose();
      await expect(way(clipcap, embeddings, tokenizer, options)).rejects.toThrow(refusal("SHAPE_MISMATCH", /disposed/));
      tf.dispose([...wrong, whole]);
    }),
  );

  it.each(ways)("options that it would have ignored: %s", (name, way) =>
    withoutLeak(async () => {
      using clipcap = make();
      const embeddings = tf.zeros([1, 4]);
      const refused = (options: object, message: RegExp) =>
        expect(way(clipcap, embeddings, tokenizer, { maxTokens: 2, ...options })).rejects.toThrow(refusal("INVALID_ARGUMENT", message));
      for (const stop of [".", null, 5, {}, [5], [null], [["."]]])
        await refused({ stop }, /stop must be an array of tokens as text.*\["\."\]/);
      for (const stop of [[""], ["two"]]) await refused({ stop }, /stop must name single tokens/);
      for (const signal of [null, 5, {}, "x"]) await refused({ signal }, /signal must be an AbortSignal/);
      const nucleus = /nucleus's options must be an object of p, topK, temperature, seed/;
      if (name !== "captionNBest") for (const value of [null, Number.NaN, 5, []]) await refused({ nucleus: value }, nucleus);
      const progress = /onProgress must be a function/;
      if (name !== "captionStream") for (const onProgress of [null, 5, {}]) await refused({ onProgress }, progress);
      embeddings.dispose();
    }),
  );

  it("to stop at a token that the model doesn't hold, unless nobody named it", () =>
    withoutLeak(async () => {
      using clipcap = make(Vocabulary.compact(tokenizer.vocabSize, tokenizer.encode("ab")));
      const embeddings = tf.zeros([1, 4]) as tf.Tensor2D;
      const stopped = clipcap.caption(embeddings, tokenizer, { maxTokens: 2, stop: ["."] });
      await expect(stopped).rejects.toThrow(refusal("INVALID_ARGUMENT", /no caption can end with "\."/));
      const [caption] = await clipcap.caption(embeddings, tokenizer, { maxTokens: 2 });
      expect(caption).toMatch(/^[ab]{2}$/);
      embeddings.dispose();
    }));

  it("losses of what is no batch", () => {
    using clipcap = make();
    expectNoLeak(() => {
      tf.tidy(() => {
        const [embeddings, captions] = [tf.zeros([1, 4]), padTokens([[1, 2]], 0)];
        const loss = (x: unknown, tokens: unknown) => () => clipcap.loss(x as tf.Tensor2D, tokens as typeof captions);
        for (const input of NOTHING) {
          expect(loss(input, captions)).toThrow(refusal("SHAPE_MISMATCH", /embeddings must be a tensor of shape \[n, 4\]/));
          expect(() => clipcap.prefix(input as tf.Tensor2D)).toThrow(refusal("SHAPE_MISMATCH", /embeddings must be a tensor/));
          expect(loss(embeddings, input)).toThrow(refusal("INVALID_ARGUMENT", /ClipCap\.loss: tokens must be .*padTokens/));
        }
        const { ids, shape } = captions;
        expect(loss(embeddings, { ids, shape })).toThrow(refusal("INVALID_ARGUMENT", /tokens must have lengths/));
        expect(loss(tf.zeros([1, 4], "int32"), captions)).toThrow(refusal("INVALID_ARGUMENT", /float32, got int32/));
      });
    });
  });

  it("images without what embeds them, before it looks at any", () =>
    withoutLeak(async () => {
      using clipcap = make();
      let looked = 0;
      const encoder = { embedImages: async () => Float32Array.of(1, 2, 3, 4).subarray(0, 4 - looked++) } as unknown as ImageTextModel;
      const refused = (images: unknown, options: unknown, message: RegExp) =>
        expect(clipcap.captionImages(images as [], options as object)).rejects.toThrow(refusal("INVALID_ARGUMENT", message));
      await refused([image], {}, /has no encoder/);
      for (const wrong of [null, {}, 5, "clip"]) {
        Object.assign(clipcap, { encoder: wrong, tokenizer });
        await refused([image], {}, /encoder must be a model with embedImages, a Clip or a Siglip/);
      }
      clipcap.encoder = encoder;
      clipcap.tokenizer = undefined;
      await refused([image], {}, /has no tokenizer/);
      for (const wrong of [null, {}, 5, "gpt2"]) {
        Object.assign(clipcap, { tokenizer: wrong });
        await refused([image], {}, /tokenizer must have encode/);
      }
      clipcap.tokenizer = tokenizer;
      for (const images of [undefined, null, {}, 5, "x"]) await refused(images, {}, /captionImages takes an array of images/);
      for (const options of [null, 5, []]) await refused([image], options, /captionImages's options must be an object/);
      await refused([image], { batchSize: 0 }, /batchSize must be a whole number at least 1/);
      await refused([image], { signal: 5 }, /signal must be an AbortSignal/);
      await refused([image], { onProgress: 5 }, /onProgress must be a function/);
      expect(looked).toBe(0);
      expect(await clipcap.captionImages([image], { maxTokens: 2 })).toHaveLength(1);
      const three = /embeddings \[1, 4\],.* got 3 numbers in all\. Use the CLIP/;
      await expect(clipcap.captionImages([image])).rejects.toThrow(refusal("SHAPE_MISMATCH", three));
      for (const [given, got] of [
        [null, "null"],
        [new Float32Array(7), "7 numbers"],
        [[1, 2, 3, 4, 5, 6, 7, 8], "Array"],
      ] as const) {
        Object.assign(clipcap, { encoder: { embedImages: async () => given } });
        const wrong = refusal("SHAPE_MISMATCH", new RegExp(`embeddings \\[2, 4\\], a row an image, as a Float32Array, got .*${got}`));
        await expect(clipcap.captionImages([image, image])).rejects.toThrow(wrong);
      }
    }));

  it("more beams than memory could hold, and embeddings that were disposed on the way", () =>
    withoutLeak(async () => {
      using clipcap = make();
      const embeddings = tf.ones([2, 4]) as tf.Tensor2D;
      const many = refusal("INVALID_ARGUMENT", /beams must be a whole number at least 1 and at most 1024, got 1000000000/);
      await expect(clipcap.caption(embeddings, tokenizer, { beams: 1e9 })).rejects.toThrow(many);
      await expect(clipcap.captionNBest(embeddings, tokenizer, { beams: 1e9 })).rejects.toThrow(many);
      const stream = clipcap.captionStream(embeddings, tokenizer, { batchSize: 1, maxTokens: 2 });
      await stream.next();
      embeddings.dispose();
      const rest = async () => {
        for await (const { image: row } of stream) expect(row).toBe(0);
      };
      await expect(rest()).rejects.toThrow(refusal("SHAPE_MISMATCH", /embeddings must be .*disposed/));
    }));
});

describe("A captioner's files and sizes refuse", () => {
  it("null, and what is of another type", () => {
    const from = (more: object) => () => ClipCap.fromConfig({ ...config, ...more } as never, 1);
    expect(from({ gpt2: null })).toThrow(refusal("INVALID_ARGUMENT", /A GPT-2 configuration's options must be an object of .* got null/));
    expect(from({ mapper: null })).toThrow(refusal("INVALID_ARGUMENT", /transformer mapper's options must be an object of .* got null/));
    for (const normalizePrefix of [null, 0, "no", {}]) {
      expect(from({ normalizePrefix })).toThrow(refusal("INVALID_ARGUMENT", /normalizePrefix must be true or false/));
    }
    expect(() => ClipCap.fromConfig(undefined as never, 1)).toThrow(refusal("INVALID_ARGUMENT", /prefixSize must be a whole number/));
    for (const checkpoint of [undefined, null, {}, [], 5]) {
      const message = /A checkpoint must be a Map of names/;
      expect(() => ClipCap.fromCheckpoint(config, checkpoint as never)).toThrow(refusal("INVALID_ARGUMENT", message));
    }
  });

  it("encoders and tokenizers that are none, before they open a file", async () => {
    for (const wrong of [null, {}, 5, "clip"]) {
      const refused = (options: object, message: RegExp) =>
        expect(ClipCap.fromPretrained("nowhere/at-all", { offline: true, ...options })).rejects.toThrow(
          refusal("INVALID_ARGUMENT", message),
        );
      await refused({ encoder: wrong }, /encoder must be a model with embedImages/);
      await refused({ tokenizer: wrong }, /tokenizer must have encode/);
    }
  });
});
