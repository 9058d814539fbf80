import { createRandom } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it, vi } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { drawPlainly } from "../test/draw-plainly";
import { withoutLeak } from "../test/leaks";
import { hashed, logSoftmax, TableModel } from "../test/table-model";
import { type Among, draw, drawKept } from "./draw";
import golden from "./fixtures/decoding.json";
import { greedy, nucleus } from "./generation";
import { keepByRank, keepBySearch } from "./keep-likeliest";
import { BANNED } from "./repetition";

onEachBackend("draw", (backend) => {
  type Draw = typeof draw;
  const bySearch: Draw = (logits, uniforms, among) => drawKept(logits, uniforms, among, keepBySearch);
  const ways = { "its own way": draw, "the search": bySearch };
  const count = 40;

  it.each(Object.entries(ways))("%s draws what transformers' warpers leave, in its proportions", (_, draw) =>
    withoutLeak(async () => {
      for (const { options, probabilities } of golden.draw.kept) {
        for (const [i, expected] of probabilities.entries()) {
          const row = golden.draw.logits[i]!;
          const logits = tf.tensor2d(Array(count).fill(row) as number[][]);
          const evenly = Array.from({ length: count }, (_, n) => (n + 0.5) / count);
          const { tokens, logProbabilities } = await draw(logits, evenly, options as Among);
          logits.dispose();
          const shares = new Map<number, number>();
          for (const token of tokens) shares.set(token, (shares.get(token) ?? 0) + 1 / count);
          for (const token of shares.keys()) expect(expected).toHaveProperty(String(token));
          for (const [token, share] of Object.entries(expected)) {
            expect(Math.abs((shares.get(Number(token)) ?? 0) - share)).toBeLessThan(1.01 / count);
          }
          const all = logSoftmax(row);
          expect(logProbabilities).toBeAllclose(
            Array.from(tokens, (token) => all[token]!),
            { rtol: 1e-5, atol: 1e-5 },
          );
        }
      }
    }),
  );

  it("gives the tokens of a plain draw both ways, over large vocabularies", () =>
    withoutLeak(async () => {
      const random = createRandom(5);
      const [rows, width] = backend === "native" ? [3, 50_257] : [2, 5000];
      const logits = tf.tensor2d(
        Float32Array.from({ length: rows * width }, () => 3 * random.normal()),
        [rows, width],
      );
      for (const among of [
        { p: 1, temperature: 1 },
        { p: 0.9, temperature: 1 },
        { p: 0.5, temperature: 0.7 },
        { p: 1, topK: 50, temperature: 1.3 },
        { p: 0.8, topK: 500, temperature: 1 },
        { p: 0.9, topK: 4500, temperature: 1 },
        { p: 1, topK: 10 * width, temperature: 1e-6 },
      ]) {
        const uniforms = Array.from({ length: rows }, () => random.next());
        const expected = await drawPlainly(logits, uniforms, among);
        for (const way of Object.values(ways)) {
          const found = await way(logits, uniforms, among);
          expect(found.tokens).toEqual(expected.tokens);
          expect(found.logProbabilities).toBeAllclose(expected.logProbabilities, { rtol: 1e-5, atol: 1e-5 });
        }
      }
      logits.dispose();
    }));

  it("ranks more tokens only where those it ranked have less than p of the probability", () =>
    withoutLeak(async () => {
      const flat = tf.zeros([2, 3000]) as tf.Tensor2D;
      const peaked = tf.tensor2d([Array.from({ length: 3000 }, (_, i) => (i === 1234 ? 20 : 0)), Array(3000).fill(0)]);
      const decided = (logits: tf.Tensor2D, among: Among) => [...keepByRank(logits, among, 256).decided!.dataSync()];
      tf.tidy(() => {
        expect(decided(peaked, { p: 0.9, temperature: 1 })).toEqual([1, 0]);
        expect(decided(flat, { p: 0.08, temperature: 1 })).toEqual([1, 1]); // 240 of 3,000
      });
      // All of the flat row's tokens are equals.
      const { tokens } = await draw(peaked, [0.5, 0.9], { p: 0.9, temperature: 1 });
      expect([...tokens]).toEqual([1234, 2700]);
      tf.dispose([flat, peaked]);
    }));

  it("reads no more than the tokens drawn and their log-probabilities", () =>
    withoutLeak(async () => {
      const logits = tf.tensor2d(Array.from({ length: 3 * 2000 }, (_, i) => Math.sin(i)), [3, 2000]); // biome-ignore format: one tensor
      const read = vi.spyOn(tf.Tensor.prototype, "data");
      for (const way of Object.values(ways)) {
        for (const among of [{ p: 1, topK: 20 }, { p: 0.9, topK: 50 }, { p: 0.01 }, { p: 1 }]) {
          read.mockClear();
          await way(logits, [0.1, 0.5, 0.9], { temperature: 1, ...among });
          const sizes = read.mock.contexts.map((tensor) => (tensor as tf.Tensor).size);
          expect(sizes).toEqual([2 * 3]);
        }
      }
      read.mockRestore();
      logits.dispose();
    }));

  it.each(Object.entries(ways))("%s keeps equals together, and draws at the ends of the range", (_, draw) =>
    withoutLeak(async () => {
      const drawn = async (row: number[], uniforms: number[], among: Partial<Among>) => {
        const logits = tf.tensor2d(uniforms.map(() => row));
        const { tokens } = await draw(logits, uniforms, { p: 1, temperature: 1, ...among });
        logits.dispose();
        return [...tokens];
      };
      const last = 1 - 2 ** -32;
      expect(await drawn([1, 1, 1, 1], [0, 0.3, 0.6, last], { p: 0.5 })).toEqual([0, 1, 2, 3]);
      expect(await drawn([2, 1, 1, 0], [0, last], { topK: 2 })).toEqual([0, 2]);
      expect(await drawn([-1e30, 2, -1e30], [0, last], {})).toEqual([1, 1]);
      expect(await drawn([0, 2, 0, -300], [0, last], { p: 1e-9 })).toEqual([1, 1]);
      expect(await drawn([5], [0, last], { topK: 3, p: 0.5 })).toEqual([0, 0]);
      const banned = tf.fill([1, 3], -1e30) as tf.Tensor2D;
      for (const p of [1, 0.5]) expect((await draw(banned, [0.5], { p, temperature: 1 })).logProbabilities[0]).toBeLessThan(BANNED);
      banned.dispose();
    }),
  );
});

/** What the first backend drew. */
let firstTexts: (readonly number[])[] | undefined;

onEachBackend("nucleus", () => {
  const logits = [0.5, 0.3, 0.15, 0.05].map(Math.log);
  const drawn = async (seed: number, options: object, firstRow = 0, rows = 4000) => {
    using model = new TableModel(Array(rows).fill([]), 4, () => logits);
    const texts = await nucleus(model, { p: 1, temperature: 1, seed, firstRow, stop: [], maxTokens: 1, ...options });
    return texts.map(({ tokens }) => tokens[0]!);
  };

  it("draws in the proportions of the probabilities: chi-square within four deviations, for the seed", () =>
    withoutLeak(async () => {
      for (const [options, expected] of [
        [{}, [0.5, 0.3, 0.15, 0.05]],
        [{ p: 0.79 }, [5 / 8, 3 / 8]],
        [{ p: 0.81 }, [50 / 95, 30 / 95, 15 / 95]],
        [{ p: 0.4 }, [1]],
        [{ topK: 3 }, [50 / 95, 30 / 95, 15 / 95]],
        [{ topK: 3, p: 0.8 }, [5 / 8, 3 / 8]],
        [{ temperature: 0.5 }, [0.25, 0.09, 0.0225, 0.0025].map((x) => x / 0.365)],
      ] as const) {
        const tokens = await drawn(1, options);
        const counts = expected.map((_, token) => tokens.filter((t) => t === token).length);
        expect(counts.reduce((a, b) => a + b)).toBe(tokens.length);
        const square = expected.reduce((sum, share, i) => sum + (counts[i]! - share * tokens.length) ** 2 / (share * tokens.length), 0);
        const freedom = expected.length - 1;
        expect(square).toBeLessThanOrEqual(freedom + 4 * Math.sqrt(2 * freedom));
      }
    }));

  it("depends on the seed and the row's number only", () =>
    withoutLeak(async () => {
      const all = await drawn(7, { p: 0.9 }, 0, 30);
      expect(await drawn(7, { p: 0.9 }, 20, 10)).toEqual(all.slice(20));
      expect(await drawn(8, { p: 0.9 }, 0, 30)).not.toEqual(all);
    }));

  it("gives the same texts on every backend", () =>
    withoutLeak(async () => {
      const starts = Array.from({ length: 30 }, (_, i) => [i]);
      using model = new TableModel(starts, 300, hashed(300));
      const found = await nucleus(model, { p: 0.9, topK: 200, temperature: 0.8, seed: 6, stop: [0], maxTokens: 8 });
      const texts = found.map(({ tokens }) => tokens);
      firstTexts ??= texts;
      expect(texts).toEqual(firstTexts);
    }));

  it("is greedy at a temperature near 0, with the likeliest token alone, and with a p near 0", () =>
    withoutLeak(async () => {
      const starts = Array.from({ length: 20 }, (_, i) => [i]);
      using model = new TableModel(starts, 7, hashed(7));
      const expected = (await greedy(model, { stop: [0], maxTokens: 6 })).map(({ tokens }) => tokens);
      for (const options of [
        { temperature: 1e-6, p: 1 },
        { temperature: 1, p: 1, topK: 1 },
        { temperature: 1, p: 1e-9 },
      ]) {
        using again = new TableModel(starts, 7, hashed(7));
        const texts = await nucleus(again, { seed: 3, stop: [0], maxTokens: 6, ...options });
        expect(texts.map(({ tokens }) => tokens)).toEqual(expected);
      }
    }));

  it("never draws what the rule against repetition bans, and ends where nothing is left", () =>
    withoutLeak(async () => {
      using model = new TableModel(Array(50).fill([]), 4, () => logits);
      const texts = await nucleus(model, { p: 1, temperature: 1, seed: 1, stop: [], maxTokens: 9, noRepeatNgram: 1 });
      for (const { tokens } of texts) expect([...tokens].sort()).toEqual([0, 1, 2, 3]);
      expect(new Set(texts.map(({ tokens }) => tokens.join())).size).toBeGreaterThan(5);
    }));

  it("refuses what can't be", () =>
    withoutLeak(async () => {
      const refused = (options: object, expected: string) => expect(drawn(1, options, 0, 1)).rejects.toThrow(refusal(expected));
      for (const options of [{ p: 0 }, { p: 1.1 }, { p: Number.NaN }, { temperature: 0 }, { seed: -1 }, { topK: 0 }, { topK: 1.5 }]) {
        await refused(options, "INVALID_ARGUMENT");
      }
      await refused({ firstRow: -1 }, "INVALID_ARGUMENT");
      await refused({ beams: 2 }, "UNKNOWN_OPTION");
    }));
});
