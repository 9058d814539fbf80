import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { inHostMemory, onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { hashed, logSoftmax, TableModel } from "../test/table-model";
import { beamSearch } from "./beam-search";
import { greedy, nucleus } from "./generation";
import { repeating } from "./repetition";
import { topIndices } from "./scores";

const STOP = 0;

interface Listed {
  tokens: number[];
  score: number;
}

/** Every text that ends with the stop token, is as long as allowed or can't go on, with its mean log-probability: best first. */
function exhaustive(logitsOf: (text: readonly number[]) => number[], maxTokens: number, noRepeatNgram?: number): Listed[] {
  const grow = (tokens: number[], sum: number): Listed[] => {
    const here = { tokens, score: sum / tokens.length };
    if (tokens.length === maxTokens || tokens.at(-1) === STOP) return [here];
    const banned = noRepeatNgram ? repeating(tokens, noRepeatNgram) : [];
    const logits = logitsOf(tokens).map((x, token) => (banned.includes(token) ? Number.NEGATIVE_INFINITY : x));
    if (logits.every((x) => x === Number.NEGATIVE_INFINITY)) return [here];
    return logSoftmax(logits).flatMap((value, token) => (banned.includes(token) ? [] : grow([...tokens, token], sum + value)));
  };
  return grow([], 0).sort((a, b) => b.score - a.score);
}

onEachBackend("beamSearch", () => {
  it("finds the best texts of all when it may keep them all", () =>
    withoutLeak(async () => {
      const starts = [[1], [2, 3], [7]];
      for (const noRepeatNgram of [undefined, 1, 2]) {
        const logitsOf = hashed(4);
        using model = new TableModel(starts, 4, logitsOf);
        const found = await beamSearch(model, { beams: 200, stop: [STOP], maxTokens: 4, ...(noRepeatNgram && { noRepeatNgram }) });
        for (const [i, start] of starts.entries()) {
          const all = exhaustive((text) => logitsOf([...start, ...text]), 4, noRepeatNgram);
          expect(found[i]!.map(({ tokens }) => tokens)).toEqual(all.map(({ tokens }) => tokens));
          expect(found[i]!.map(({ score }) => score)).toBeAllclose(all.map(({ score }) => score));
        }
      }
    }));

  it("is greedy with one beam, and never worse on average with more", () =>
    withoutLeak(async () => {
      const start = Array.from({ length: 40 }, (_, i) => [i]);
      const options = { stop: [STOP], maxTokens: 6 };
      using first = new TableModel(start, 6, hashed(6));
      const single = await greedy(first, options);
      const scores: number[] = [];
      for (const beams of [1, 2, 8]) {
        using model = new TableModel(start, 6, hashed(6));
        const texts = await beamSearch(model, { beams, ...options });
        if (beams === 1) expect(texts.map(([best]) => best)).toEqual(single);
        expect(texts.every((list) => list.every(({ score }, i) => i === 0 || score <= list[i - 1]!.score))).toBe(true);
        scores.push(texts.reduce((sum, [best]) => sum + best!.score, 0));
      }
      expect(scores).toEqual([...scores].sort((a, b) => a - b));
    }));

  it("keeps a finished text's place only while none is better, and computes live rows only", () =>
    withoutLeak(async () => {
      // Stopping at once costs 0.9; going on twice and then stopping is better on average.
      const logitsOf = (text: readonly number[]) => (text.length === 0 ? [0.4, 0.6] : [0.9, 0.1]).map(Math.log);
      using model = new TableModel([[]], 2, logitsOf);
      const [texts] = await beamSearch(model, { beams: 2, stop: [STOP], maxTokens: 5 });
      expect(texts!.map(({ tokens }) => tokens)).toEqual([[1, 0], [0]]);
      expect(texts!.map(({ score }) => score)).toBeAllclose([(Math.log(0.6) + Math.log(0.9)) / 2, Math.log(0.4)]);
      expect(model.work).toEqual([1, 1]);
      // By the sum, log 0.54 against log 0.4; by the sum times the length, twice log 0.54 against log 0.4.
      for (const [lengthPenalty, best] of [
        [0, [1, 0]],
        [-1, [0]],
      ] as const) {
        using again = new TableModel([[]], 2, logitsOf);
        const [[text] = []] = await beamSearch(again, { beams: 2, stop: [STOP], maxTokens: 5, lengthPenalty });
        expect(text!.tokens).toEqual(best);
      }
    }));

  it("refuses what can't be", () =>
    withoutLeak(async () => {
      using model = new TableModel([[]], 2, hashed(2));
      const refused = async (options: object, expected: string) =>
        expect(beamSearch(model, { beams: 2, stop: [], maxTokens: 1, ...options })).rejects.toThrow(refusal(expected));
      await refused({ beams: 0 }, "INVALID_ARGUMENT");
      await refused({ maxTokens: 0.5 }, "INVALID_ARGUMENT");
      await refused({ lengthPenalty: Number.NaN }, "INVALID_ARGUMENT");
      await refused({ stop: [-1] }, "INVALID_ARGUMENT");
      await refused({ repetitionPenalty: 0.5 }, "INVALID_ARGUMENT");
      await refused({ noRepeatNgram: 0 }, "INVALID_ARGUMENT");
      await refused({ noRepeatNgram: 1.5 }, "INVALID_ARGUMENT");
      await refused({ earlyStopping: true }, "UNKNOWN_OPTION");
    }));
});

onEachBackend("greedy", (backend) => {
  it("stops each row on its own and drops finished rows from the model", () =>
    withoutLeak(async () => {
      const logitsOf = ([length, ...text]: readonly number[]) => (text.length < length! ? [0, 5, 1] : [9, 0, 0]);
      using model = new TableModel([[2], [0], [3]], 3, logitsOf);
      const texts = await greedy(model, { stop: [STOP], maxTokens: 3 });
      expect(texts.map(({ tokens }) => tokens)).toEqual([[1, 1, 0], [0], [1, 1, 1]]);
      expect([texts[1]!.score]).toBeAllclose([logSoftmax([9, 0, 0])[0]!]);
      expect(model.work).toEqual([3, 2, 2]);
    }));

  it("takes the first of equals, and tells small probabilities of large vocabularies exactly", () =>
    withoutLeak(async () => {
      const row = Array.from({ length: 50_000 }, (_, i) => (i % 1000 === 7 ? 6 : -7 + (i % 5)));
      using model = new TableModel([[]], row.length, () => row);
      const [text] = await greedy(model, { stop: [], maxTokens: 1 });
      const equals = Array.from({ length: 50 }, (_, i) => 7 + 1000 * i);
      expect(equals).toContain(text!.tokens[0]);
      expect([text!.score]).toBeAllclose([logSoftmax(row)[7]!], { rtol: 1e-6 });
      const [texts] = await beamSearch(model, { beams: 3, stop: [], maxTokens: 1 });
      const found = texts!.map(({ tokens }) => tokens[0]!);
      if (inHostMemory(backend)) expect([text!.tokens[0], ...found]).toEqual([7, 7, 1007, 2007]);
      expect(equals).toEqual(expect.arrayContaining(found));
      expect(new Set(found).size).toBe(3);
    }));

  it("divides positive scores of what the text has and multiplies negative ones, and bans what would repeat", () =>
    withoutLeak(async () => {
      const expectTexts = async (row: number[], options: object, expected: number[], score?: number) => {
        using model = new TableModel([[]], row.length, () => row);
        const [text] = await greedy(model, { stop: [], maxTokens: 4, ...options });
        expect(text!.tokens).toEqual(expected);
        if (score !== undefined) expect([text!.score]).toBeAllclose([score], { rtol: 1e-5 });
      };
      await expectTexts([3, 2, 1], {}, [0, 0, 0, 0]);
      await expectTexts([3, 2, 1], { repetitionPenalty: 1.6 }, [0, 1, 0, 0]); // 3 / 1.6 < 2, but 2 / 1.6 < 3 / 1.6
      await expectTexts([-1, -1.5, -4], { repetitionPenalty: 2 }, [0, 1, 0, 0]);
      const after = logSoftmax([2, 2, 1]);
      await expectTexts([3, 2, 1], { repetitionPenalty: 1.5, maxTokens: 2 }, [0, 0], (logSoftmax([3, 2, 1])[0]! + after[0]!) / 2);
      await expectTexts([3, 2, 1], { noRepeatNgram: 3 }, [0, 0, 0, 1]);
      await expectTexts([3, 2, 1], { noRepeatNgram: 2 }, [0, 0, 1, 0]);
      // What is left has all of the probability, and a text ends when nothing is left.
      const scores = [logSoftmax([3, 2, 1])[0]!, logSoftmax([2, 1])[0]!, 0];
      await expectTexts([3, 2, 1], { noRepeatNgram: 1 }, [0, 1, 2], (scores[0]! + scores[1]!) / 3);
    }));

  it("says so when the scores aren't numbers, and when it is stopped", () =>
    withoutLeak(async () => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
        using model = new TableModel([[]], 3, () => [1, value, 2]);
        await expect(greedy(model, { stop: [], maxTokens: 1 })).rejects.toThrow(refusal("NOT_A_NUMBER"));
        const draw = nucleus(model, { stop: [], maxTokens: 1, p: 0.9, temperature: 1, seed: 1 });
        await expect(draw).rejects.toThrow(refusal("NOT_A_NUMBER"));
      }
      const abort = new AbortController();
      using model = new TableModel([[]], 3, (text) => {
        if (text.length === 2) setTimeout(() => abort.abort("enough"));
        return [1, 2, 3];
      });
      const stopped = greedy(model, { stop: [], maxTokens: 1e6, signal: abort.signal });
      await expect(stopped).rejects.toThrow(refusal("ABORTED", /./, { cause: "enough" }));
      using other = new TableModel([[]], 3, () => [1, 2, 3]);
      await expect(greedy(other, { stop: [], maxTokens: 0 })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
      await expect(greedy(other, { stop: [], maxTokens: 1, beams: 1 } as never)).rejects.toThrow(refusal("UNKNOWN_OPTION"));
    }));
});

describe("A model of rows", () => {
  it("is decoded by one search at a time", async () => {
    const options = { stop: [], maxTokens: 3 };
    const drawing = { ...options, p: 0.9, temperature: 1, seed: 1 };
    for (const first of [(m: TableModel) => greedy(m, options), (m: TableModel) => beamSearch(m, { ...options, beams: 2 })]) {
      using model = new TableModel([[1], [2]], 4, hashed(4));
      using alone = new TableModel([[1], [2]], 4, hashed(4));
      const searching = first(model);
      const busy = refusal("INVALID_ARGUMENT", /being decoded already/);
      await expect(greedy(model, options)).rejects.toThrow(busy);
      await expect(nucleus(model, drawing)).rejects.toThrow(busy);
      await expect(beamSearch(model, { ...options, beams: 2 })).rejects.toThrow(busy);
      expect(await searching).toEqual(await first(alone));
      await expect(greedy(model, { ...options, maxTokens: 0 })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
      expect(await greedy(model, options)).toHaveLength(model.logits.shape[0]); // free again
    }
  });

  it("has tokens, and at most 1,024 beams", async () => {
    using model = new TableModel([[1], [2]], 0, () => []);
    const options = { stop: [], maxTokens: 3 };
    const none = refusal("SHAPE_MISMATCH", /got \[2, 0\]; there must be at least one token/);
    await expect(beamSearch(model, { ...options, beams: 2 })).rejects.toThrow(none);
    await expect(greedy(model, options)).rejects.toThrow(none);
    using other = new TableModel([[1]], 3, hashed(3));
    for (const beams of [1025, 1e9]) await expect(beamSearch(other, { ...options, beams })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
  });
});

describe("repeating", () => {
  it("names the tokens that would end a run for the second time", () => {
    expect(repeating([], 1)).toEqual([]);
    expect(repeating([4, 5, 4], 1)).toEqual([4, 5, 4]);
    expect(repeating([4, 5, 6, 4, 5, 7, 4], 2)).toEqual([5, 5]);
    expect(repeating([4, 5, 6, 4, 5, 7, 4, 5], 3)).toEqual([6, 7]);
    expect(repeating([4, 4], 3)).toEqual([]);
    expect(repeating([4, 4, 4], 3)).toEqual([4]);
    expect(repeating([4], 3)).toEqual([]);
  });
});

describe("topIndices", () => {
  it("sorts, first of equals first", () => {
    expect(topIndices([1, 3, 2, 3], 3)).toEqual([1, 3, 2]);
    expect(topIndices([1], 5)).toEqual([0]);
  });
});
