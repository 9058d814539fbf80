import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { drain } from "../../../test/drain";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { GOLDEN } from "../test/against-golden";
import { goldenCheckpoint } from "../test/golden";
import { withoutLeak } from "../test/leaks";
import { type CaptionTokenizer, cut, type PartialCaption } from "./caption";
import { ClipCap } from "./clipcap";
import golden from "./fixtures/clipcap.json";
import { Gpt2Tokenizer } from "./tokenizers/gpt2-tokenizer";

const load = () => ClipCap.fromCheckpoint(golden.config, goldenCheckpoint(golden.weights));
const images = () => tf.tensor2d(golden.many.values, golden.many.shape as [number, number]);

/** A tokenizer whose tokens are words: token 8 is the full stop, 4 a new line. */
const words: CaptionTokenizer = {
  encode: (text) => (text === "." ? [8] : text === "\n" ? [4] : text.split(" ").map(Number)),
  decode: (ids) => Array.from(ids, (id) => (id === 8 ? "." : id === 4 ? "\n" : `w${id}`)).join(""),
};

/** Runs `body` with the golden captioner and images, and fails when anything is left behind. */
const withImages = (body: (clipcap: ClipCap, embeddings: tf.Tensor2D) => Promise<void>) =>
  withoutLeak(async () => {
    using clipcap = load();
    const embeddings = images();
    try {
      await body(clipcap, embeddings);
    } finally {
      embeddings.dispose();
    }
  });

onEachBackend("ClipCap.captionStream", () => {
  const ways = { greedy: {}, beams: { beams: 3 }, nucleus: { nucleus: { seed: 4, p: 0.95, topK: 6 } } };

  it.each(Object.entries(ways))("says what is known after each token, and ends with what caption gives: %s", (way, options) =>
    withImages(async (clipcap, embeddings) => {
      const common = { stop: ["."], maxTokens: 9, batchSize: 5, ...options };
      const expected = await clipcap.caption(embeddings, words, common);
      const all = await drain(clipcap.captionStream(embeddings, words, common));
      for (const [image, caption] of expected.entries()) {
        const said = all.filter((partial) => partial.image === image);
        expect(said.at(-1)).toEqual({ image, text: caption, done: true });
        expect(said.slice(0, -1).every(({ done }) => !done)).toBe(true);
        for (const [i, { text, done }] of said.entries()) {
          if (i > 0 && !done) expect(text).not.toBe(said[i - 1]!.text);
          if (i > 0 && way !== "beams") expect(text.startsWith(said[i - 1]!.text)).toBe(true);
        }
      }
      expect(all.length).toBeGreaterThan(1.5 * expected.length);
      // Images of a batch grow side by side, and the batches follow each other.
      const order = all.map(({ image }) => Math.floor(image / 5));
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(all.findIndex(({ image }) => image === 1)).toBeLessThan(all.findLastIndex(({ image }) => image === 0));
    }),
  );

  it("frees everything when the loop is left, at any token", () =>
    withImages(async (clipcap, embeddings) => {
      const before = tf.memory().numTensors;
      for (const after of [1, 2, 7, 20]) {
        let seen = 0;
        for await (const _ of clipcap.captionStream(embeddings, words, { maxTokens: 9, batchSize: 4 })) if (++seen === after) break;
        expect(seen).toBe(after);
        expect(tf.memory().numTensors).toBe(before);
      }
      const stream = clipcap.captionStream(embeddings, words, { beams: 2 });
      await stream.next();
      expect(tf.memory().numTensors).toBeGreaterThan(before);
      await stream.return();
      expect(tf.memory().numTensors).toBe(before);
      clipcap.captionStream(embeddings, words); // never begun
    }));

  it("stops between two tokens when it is told to, and frees everything", () =>
    withImages(async (clipcap, embeddings) => {
      const abort = new AbortController();
      const seen: PartialCaption[] = [];
      const run = async () => {
        for await (const partial of clipcap.captionStream(embeddings, words, { maxTokens: 9, signal: abort.signal })) {
          seen.push(partial);
          abort.abort();
        }
      };
      await expect(run()).rejects.toThrow(refusal("ABORTED"));
      expect(seen.length).toBeLessThanOrEqual(12);
      await expect(clipcap.caption(embeddings, words, { signal: abort.signal })).rejects.toThrow(refusal("ABORTED"));
    }));

  it("never gives half a character, and all of the last one", () =>
    withoutLeak(async () => {
      const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] }); // a token a byte
      const gpt2 = { vocabSize: 257, contextLength: 32, width: 24, layers: 1, heads: 2 };
      using clipcap = ClipCap.fromConfig({ prefixSize: 4, prefixLength: 2, gpt2 }, 1);
      const text = "öl 🛰️ 雪.";
      const embeddings = tf.tensor2d([[1, 0, 0, 0]]);
      const optimizer = tf.train.adam(0.02);
      const variables = clipcap.parameters.trainable().map(({ variable }) => variable);
      const batch = tokenizer.encodeBatch([text]);
      for (let step = 0; step < 60; step++) optimizer.minimize(() => clipcap.loss(embeddings, batch), false, variables);
      optimizer.dispose();
      const said = (await drain(clipcap.captionStream(embeddings, tokenizer))).map((partial) => partial.text);
      expect(said.at(-1)).toBe(text);
      for (const partial of said) expect(text.startsWith(partial)).toBe(true);
      expect(said).toContain("öl 🛰"); // three of its bytes said nothing
      // What was cut off in the middle of a character is shown as such at the end, as decoding it all at once does.
      const short = await drain(clipcap.captionStream(embeddings, tokenizer, { maxTokens: 6 }));
      expect(short.at(-1)).toEqual({ image: 0, text: "öl \uFFFD", done: true });
      expect(short.slice(0, -1).every((partial) => !partial.text.includes("\uFFFD"))).toBe(true);
      embeddings.dispose();
    }));

  it("refuses wrong options at its first step", () =>
    withImages(async (clipcap, embeddings) => {
      const refused = (options: object, expected: string) =>
        expect(clipcap.captionStream(embeddings, words, options).next()).rejects.toThrow(refusal(expected));
      await refused({ onProgress: () => {} }, "UNKNOWN_OPTION");
      await refused({ beams: 2, nucleus: { seed: 1 } }, "INVALID_ARGUMENT");
      await refused({ batchSize: 0 }, "INVALID_ARGUMENT");
    }));
});

onEachBackend("ClipCap.captionNBest", () => {
  it("gives each image's best captions and their scores, in batches of any size", () =>
    withImages(async (clipcap, embeddings) => {
      for (const nBest of [1, 3, undefined]) {
        const done: number[] = [];
        const onProgress = (n: number) => done.push(n);
        const options = { beams: 5, stop: ["."], maxTokens: 9, batchSize: 7, onProgress, ...(nBest && { nBest }) };
        const found = await clipcap.captionNBest(embeddings, words, options);
        expect(done).toEqual([7, 12]);
        const expected = golden.beams["5"].map((texts) => texts.slice(0, nBest ?? 5));
        expect(found.map((texts) => texts.map(({ text }) => text))).toEqual(
          expected.map((texts) => texts.map(({ tokens }) => cut(words.decode(tokens)))),
        );
        expect(found.flat().map(({ score }) => score)).toBeAllclose(
          expected.flat().map(({ score }) => score),
          GOLDEN,
        );
      }
    }));

  it("ranks by the length that it is told to, and keeps to the rule against repetition", () =>
    withImages(async (clipcap, embeddings) => {
      const common = { beams: 4, stop: ["."], maxTokens: 9 };
      const lengths = async (lengthPenalty: number) => {
        const texts = await clipcap.captionNBest(embeddings, words, { ...common, nBest: 1, lengthPenalty });
        return texts.reduce((sum, [best]) => sum + best!.text.length, 0);
      };
      expect(await lengths(0)).toBeLessThan(await lengths(3));
      for (const texts of await clipcap.captionNBest(embeddings, words, { ...common, stop: [], noRepeatNgram: 1 })) {
        for (const { text } of texts) expect(new Set(text.match(/w\d+/g)).size).toBe(text.match(/w\d+/g)?.length ?? 0);
      }
    }));

  it("says what is wrong with its options", () =>
    withImages(async (clipcap, embeddings) => {
      const refused = (options: object, expected: string) =>
        expect(clipcap.captionNBest(embeddings, words, { beams: 3, ...options })).rejects.toThrow(refusal(expected));
      await refused({ nBest: 4 }, "INVALID_ARGUMENT");
      await refused({ nBest: 0 }, "INVALID_ARGUMENT");
      await refused({ beams: undefined }, "INVALID_ARGUMENT");
      await refused({ nucleus: { seed: 1 } }, "UNKNOWN_OPTION");
      await expect(clipcap.caption(embeddings, words, { lengthPenalty: 2 })).rejects.toThrow(/at least 2/);
      await expect(clipcap.caption(embeddings, words, { repetitionPenalty: 0 })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
      await expect(clipcap.caption(embeddings, words, { nucleus: { seed: 1, topK: 0 } })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
    }));
});
