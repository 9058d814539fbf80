import { describe, expect, it } from "vitest";
import { beamSearch } from "./beam-search";
import { greedy, nucleus, type StepModel } from "./generation";
import { logSoftmax, topIndices } from "./scores";

const code = (value: string) => expect.objectContaining({ code: value });
const STOP = 0;

/** A language model whose logits are any fixed function of the row's text: no tensors, so that a search can be checked by hand. */
class TableModel implements StepModel {
  /** How many rows each step computed. */
  readonly work: number[] = [];
  constructor(
    private texts: number[][],
    private readonly width: number,
    private readonly logitsOf: (text: readonly number[]) => number[],
  ) {}
  get rows() {
    return this.texts.length;
  }
  async logits() {
    this.work.push(this.rows);
    return Float32Array.from(this.texts.flatMap(this.logitsOf));
  }
  advance(from: Int32Array, tokens: Int32Array) {
    expect([from.length, Math.max(...tokens) < this.width]).toEqual([tokens.length, true]);
    this.texts = Array.from(from, (row, i) => [...this.texts[row]!, tokens[i]!]);
  }
}

/** Logits without pattern: a hash of the text. */
const hashed = (width: number) => (text: readonly number[]) =>
  Array.from({ length: width }, (_, token) => {
    const hash = [...text, token].reduce((h, x) => Math.imul(h ^ (x + 1), 0x9e3779b1) ^ (h >>> 13), 0x2545f491);
    return ((hash >>> 8) % 1000) / 250;
  });

/** Every text that ends with the stop token or is as long as allowed, with its mean log-probability: best first. */
function exhaustive(start: number[], logitsOf: (text: readonly number[]) => number[], maxTokens: number) {
  const grow = (tokens: number[], sum: number): { tokens: number[]; score: number }[] => {
    if (tokens.length === maxTokens || tokens.at(-1) === STOP) return [{ tokens, score: sum / tokens.length }];
    const logProbabilities = logSoftmax(Float32Array.from(logitsOf([...start, ...tokens])));
    return [...logProbabilities].flatMap((value, token) => grow([...tokens, token], sum + value));
  };
  return grow([], 0).sort((a, b) => b.score - a.score);
}

describe("beamSearch", () => {
  it("finds the best texts of all when it may keep them all", async () => {
    const logitsOf = hashed(4);
    const model = new TableModel([[1], [2, 3], [7]], 4, logitsOf);
    const found = await beamSearch(model, { beams: 500, stop: [STOP], maxTokens: 4 });
    for (const [i, start] of [[1], [2, 3], [7]].entries()) {
      const all = exhaustive(start, logitsOf, 4);
      expect(found[i]!.map(({ tokens }) => tokens)).toEqual(all.map(({ tokens }) => tokens));
      expect(found[i]!.map(({ score }) => score)).toBeAllclose(all.map(({ score }) => score));
    }
  });

  it("is greedy with one beam, and never worse on average with more", async () => {
    const start = Array.from({ length: 40 }, (_, i) => [i]);
    const options = { stop: [STOP], maxTokens: 6 };
    const single = await greedy(new TableModel(start, 6, hashed(6)), options);
    const scores: number[] = [];
    for (const beams of [1, 2, 8]) {
      const texts = await beamSearch(new TableModel(start, 6, hashed(6)), { beams, ...options });
      if (beams === 1) expect(texts.map(([best]) => best)).toEqual(single);
      expect(texts.every((list) => list.every(({ score }, i) => i === 0 || score <= list[i - 1]!.score))).toBe(true);
      scores.push(texts.reduce((sum, [best]) => sum + best!.score, 0));
    }
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
  });

  it("keeps a finished text's place only while none is better, and computes live rows only", async () => {
    // Stopping at once costs 0.9; going on twice and then stopping is better on average.
    const logitsOf = (text: readonly number[]) => (text.length === 0 ? [Math.log(0.4), Math.log(0.6)] : [Math.log(0.9), Math.log(0.1)]);
    const model = new TableModel([[]], 2, logitsOf);
    const [texts] = await beamSearch(model, { beams: 2, stop: [STOP], maxTokens: 5 });
    expect(texts!.map(({ tokens }) => tokens)).toEqual([[1, 0], [0]]);
    expect(texts!.map(({ score }) => score)).toBeAllclose([(Math.log(0.6) + Math.log(0.9)) / 2, Math.log(0.4)]);
    expect(model.work).toEqual([1, 1]);
  });

  it("refuses numbers that can't be", async () => {
    const model = new TableModel([[]], 2, hashed(2));
    await expect(beamSearch(model, { beams: 0, stop: [], maxTokens: 1 })).rejects.toThrow(code("INVALID_ARGUMENT"));
    await expect(beamSearch(model, { beams: 1, stop: [], maxTokens: 0.5 })).rejects.toThrow(code("INVALID_ARGUMENT"));
    await expect(greedy(model, { stop: [], maxTokens: 0 })).rejects.toThrow(code("INVALID_ARGUMENT"));
  });
});

describe("greedy", () => {
  it("stops each row on its own and drops finished rows from the model", async () => {
    const logitsOf = ([length, ...text]: readonly number[]) => (text.length < length! ? [0, 5, 1] : [9, 0, 0]);
    const model = new TableModel([[2], [0], [3]], 3, logitsOf);
    const texts = await greedy(model, { stop: [STOP], maxTokens: 3 });
    expect(texts.map(({ tokens }) => tokens)).toEqual([[1, 1, 0], [0], [1, 1, 1]]);
    expect(texts[1]!.score).toBeCloseTo(logSoftmax([9, 0, 0])[0]!, 12);
    expect(model.work).toEqual([3, 2, 2]);
  });
});

describe("nucleus", () => {
  const draw = async (seed: number, p: number, temperature = 1, firstRow = 0, rows = 4000) => {
    const logits = [0.5, 0.3, 0.15, 0.05].map(Math.log);
    const model = new TableModel(Array(rows).fill([]), 4, () => logits);
    const texts = await nucleus(model, { p, temperature, seed, firstRow, stop: [], maxTokens: 1 });
    return texts.map(({ tokens }) => tokens[0]!);
  };
  const shares = (tokens: number[]) => [0, 1, 2, 3].map((token) => tokens.filter((t) => t === token).length / tokens.length);

  it("draws among the likeliest tokens that reach p, in their proportions", async () => {
    const among = async (p: number, temperature: number, expected: number[]) => {
      const seen = shares(await draw(1, p, temperature));
      for (const [token, share] of expected.entries()) expect(Math.abs(seen[token]! - share)).toBeLessThan(0.03);
      for (const [token, share] of expected.entries()) if (share === 0) expect(seen[token]).toBe(0);
    };
    await among(1, 1, [0.5, 0.3, 0.15, 0.05]);
    await among(0.8, 1, [0.625, 0.375, 0, 0]);
    await among(0.81, 1, [0.526, 0.316, 0.158, 0]);
    await among(0.4, 1, [1, 0, 0, 0]);
    await among(1, 0.5, [0.685, 0.247, 0.062, 0.007]);
  });

  it("depends on the seed and the row's number only", async () => {
    const all = await draw(7, 0.9, 1, 0, 30);
    expect(await draw(7, 0.9, 1, 20, 10)).toEqual(all.slice(20));
    expect(await draw(8, 0.9, 1, 0, 30)).not.toEqual(all);
  });

  it("refuses p, temperature and seed out of range", async () => {
    for (const [seed, p, temperature] of [
      [1, 0, 1],
      [1, 1.1, 1],
      [1, 0.5, 0],
      [-1, 0.5, 1],
      [1, Number.NaN, 1],
    ] as const) {
      await expect(draw(seed, p, temperature, 0, 1)).rejects.toThrow(code("INVALID_ARGUMENT"));
    }
  });
});

describe("topIndices", () => {
  it("agrees with sorting, by both of its ways, first of equals first", () => {
    const values = Array.from({ length: 200 }, (_, i) => (i * 37) % 23);
    const sorted = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
    for (const count of [1, 2, 5, 24, 25, 26, 200, 300]) expect(topIndices(values, count)).toEqual(sorted.slice(0, count));
  });
});
