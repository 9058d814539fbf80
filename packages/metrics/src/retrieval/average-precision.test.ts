import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import golden from "../fixtures/retrieval.json";
import { averagePrecision } from "./average-precision";
import { meanAveragePrecision } from "./mean-average-precision";

const refuses = (run: () => unknown, code: string, message: string) =>
  expect((async () => run())()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
const wrong = (value: unknown) => value as never;

describe("averagePrecision", () => {
  it.each(golden.rankings.map((ranking, i) => [i, ranking] as const))(
    "equals an unlucky sort, and scikit-learn without ties (%i)",
    (_i, ranking) => {
      const { scores, relevant, worst, sklearn } = ranking;
      expect(averagePrecision(scores, relevant)).toBeCloseTo(worst, 12);
      expect(
        averagePrecision(
          Float32Array.from(scores),
          relevant.map((flag) => flag === 1),
        ),
      ).toBeCloseTo(worst, 12);
      if (new Set(scores).size === scores.length) expect(averagePrecision(scores, relevant)).toBeCloseTo(sklearn, 12);
      else expect(averagePrecision(scores, relevant)).toBeLessThanOrEqual(sklearn);
    },
  );

  it("is 1 for a perfect ranking and the least that is possible for equal scores", () => {
    expect(averagePrecision([3, 2, 1], [1, 1, 0])).toBe(1);
    expect(averagePrecision([1, 1, 1, 1], [1, 0, 1, 0])).toBeCloseTo((1 / 3 + 2 / 4) / 2, 12);
    expect(averagePrecision([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY], [1, 0, 1])).toBeCloseTo((1 + 2 / 3) / 2, 12);
  });

  it("takes a tolerance", () => {
    expect(averagePrecision([1, 0.999], [1, 0], { tieTolerance: 0.01 })).toBe(0.5);
    expect(averagePrecision([1, 0.999], [1, 0])).toBe(1);
  });

  it("does not depend on the order of the items, and never falls when a relevant item rises", () => {
    const random = createRandom(3);
    for (let round = 0; round < 200; round++) {
      const n = 2 + random.int(12);
      const scores = Array.from({ length: n }, () => random.int(6));
      const relevant = scores.map(() => random.int(2));
      relevant[0] = 1;
      const order = random.shuffle(scores.map((_, i) => i));
      const value = averagePrecision(scores, relevant);
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThanOrEqual(1);
      const turned = averagePrecision(
        order.map((i) => scores[i]!),
        order.map((i) => relevant[i]!),
      );
      expect(turned).toBeCloseTo(value, 12);
      const better = scores.map((score, i) => (i === 0 ? score + 1 : score));
      expect(averagePrecision(better, relevant)).toBeGreaterThanOrEqual(value - 1e-12);
    }
  });

  it("refuses what is no ranking", async () => {
    await refuses(() => averagePrecision([], []), "EMPTY_DATA", "scores is empty");
    await refuses(() => averagePrecision([1], [0]), "EMPTY_DATA", "No item is relevant");
    await refuses(
      () => averagePrecision([1, 2], [1]),
      "SHAPE_MISMATCH",
      "relevant must say of each of 2 items whether it is relevant, got 1.",
    );
    await refuses(() => averagePrecision([1], wrong(null)), "SHAPE_MISMATCH", "got null.");
    await refuses(() => averagePrecision(wrong("1"), [1]), "INVALID_ARGUMENT", "scores must be an array or typed array of numbers, got 1.");
    await refuses(() => averagePrecision([Number.NaN], [1]), "NOT_A_NUMBER", "scores must be numbers, got NaN for item 0.");
    await refuses(() => averagePrecision(wrong(["1"]), [1]), "NOT_A_NUMBER", "scores must be numbers, got 1 for item 0.");
    await refuses(() => averagePrecision([1], [2]), "INVALID_ARGUMENT", "relevant must be true or false, 1 or 0, got 2 for item 0.");
    await refuses(
      () => averagePrecision([1], [1], { tieTolerance: -1 }),
      "INVALID_ARGUMENT",
      "tieTolerance must be a finite number at least 0",
    );
    await refuses(() => averagePrecision([1], [1], wrong({ ties: 1 })), "UNKNOWN_OPTION", 'averagePrecision has no option "ties".');
  });
});

describe("meanAveragePrecision", () => {
  const lists = (set: (typeof golden.sets)[number]) =>
    Array.from({ length: set.images.length / set.dim }, (_, i) => set.owner.flatMap((owner, t) => (owner === i ? [t] : [])));

  it.each(golden.sets.map((set, i) => [i, set] as const))(
    "equals sorting every row with ties against, whatever the tiles (%i)",
    async (_i, set) => {
      const { dim, images, texts, labels } = set;
      for (const more of [{}, { tile: 1 }, { tile: 7 }, { tile: 16, productError: 0.1 }]) {
        const among = { dim, queryLabels: labels, itemLabels: labels.map(String).map(Number), excludeSelf: true, ...more };
        const byLabel = await meanAveragePrecision(new Float32Array(images), images, among);
        expect(byLabel.perQuery.map((value) => value === null)).toEqual(set.byLabel.map((value) => value === null));
        expect(byLabel.perQuery.map((value) => value ?? -1)).toBeAllclose(
          set.byLabel.map((value) => value ?? -1),
          { rtol: 0, atol: 1e-12 },
        );
        expect(byLabel.meanAveragePrecision).toBeCloseTo(set.byLabelMean, 12);
        const byList = await meanAveragePrecision(images, texts, { dim, relevant: lists(set), ...more });
        expect(byList.perQuery as number[]).toBeAllclose(set.byList as number[], { rtol: 0, atol: 1e-12 });
        expect(byList.meanAveragePrecision).toBeCloseTo(set.byListMean, 12);
      }
    },
  );

  it("takes labels that are texts, typed arrays, and rows that are listed twice", async () => {
    const rows = [1, 0, 0, 1, 0.9, 0.1];
    const byLabel = await meanAveragePrecision([1, 0], rows, { dim: 2, queryLabels: ["a"], itemLabels: ["b", "a", "a"] });
    expect(byLabel.perQuery[0]).toBeCloseTo((1 / 2 + 2 / 3) / 2, 12);
    const byList = await meanAveragePrecision([1, 0], rows, { dim: 2, relevant: [Int32Array.of(1, 2, 2)] });
    expect(byList).toEqual(byLabel);
    const numbers = await meanAveragePrecision([1, 0], rows, { dim: 2, queryLabels: Uint8Array.of(1), itemLabels: Uint8Array.of(0, 1, 1) });
    expect(numbers).toEqual(byLabel);
  });

  it("shows progress and stops", async () => {
    const rows = Float32Array.from({ length: 20 }, (_, i) => i);
    const labels = rows.map((_, i) => i % 2);
    const seen: number[] = [];
    const controller = new AbortController();
    const run = meanAveragePrecision(rows, rows, {
      dim: 1,
      queryLabels: labels,
      itemLabels: labels,
      signal: controller.signal,
      onProgress: ({ done, total }) => {
        seen.push(done / total);
        if (done === 3) controller.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: "ABORTED", message: "meanAveragePrecision was stopped after 3 of 20." });
    expect(seen).toEqual([0, 0.05, 0.1, 0.15]);
  });

  it("refuses what it cannot score", async () => {
    const eye = [1, 0, 0, 1];
    const run = (more: object) => meanAveragePrecision(eye, eye, wrong({ dim: 2, ...more }));
    const labels = { queryLabels: [0, 1], itemLabels: [0, 1] };
    await refuses(() => run({}), "INVALID_ARGUMENT", "Give queryLabels and itemLabels, or relevant: one of the two.");
    await refuses(() => run({ ...labels, relevant: [[0], [1]] }), "INVALID_ARGUMENT", "one of the two.");
    await refuses(() => run({ queryLabels: [0, 1] }), "SHAPE_MISMATCH", "itemLabels must be a label for each of 2, got undefined.");
    await refuses(() => run({ ...labels, queryLabels: [0] }), "SHAPE_MISMATCH", "queryLabels must be a label for each of 2, got 1.");
    await refuses(
      () => run({ ...labels, itemLabels: [0, Number.NaN] }),
      "INVALID_ARGUMENT",
      "itemLabels[1] must be a number or a text, got NaN.",
    );
    await refuses(
      () => run({ ...labels, itemLabels: [0, null] }),
      "INVALID_ARGUMENT",
      "itemLabels[1] must be a number or a text, got null.",
    );
    await refuses(() => run({ relevant: [[0]] }), "SHAPE_MISMATCH", "relevant must be a list of rows for each of 2 queries, got 1.");
    await refuses(() => run({ relevant: [[0], 1] }), "INVALID_ARGUMENT", "relevant[1] must be a list of rows, got 1.");
    await refuses(() => run({ relevant: [[0], [2]] }), "INVALID_ARGUMENT", "relevant[1][0] must be a row from 0 to 1, got 2.");
    await refuses(() => run({ relevant: [[], []] }), "EMPTY_DATA", "No query has a relevant item");
    await refuses(() => run({ ...labels, excludeSelf: true }), "EMPTY_DATA", "No query has a relevant item");
    await refuses(() => run({ ...labels, excludeSelf: 1 }), "INVALID_ARGUMENT", "excludeSelf must be true or false, got 1.");
    const fewer = { dim: 2, queryLabels: [0], itemLabels: [0, 1], excludeSelf: true };
    await refuses(() => meanAveragePrecision([1, 0], eye, fewer), "SHAPE_MISMATCH", "got 1 queries and 2 items.");
    await refuses(() => run({ ...labels, dim: 3 }), "SHAPE_MISMATCH", "queryEmbeddings must be rows of 3 values, got 4 values.");
    await refuses(() => run({ ...labels, tieTolerance: Number.NaN }), "INVALID_ARGUMENT", "tieTolerance must be a finite number");
    await refuses(() => run({ ...labels, tile: 0 }), "INVALID_ARGUMENT", "tile must be a whole number at least 1 and at most 4096, got 0.");
    await refuses(() => run({ ...labels, k: 1 }), "UNKNOWN_OPTION", 'meanAveragePrecision has no option "k".');
    await refuses(() => meanAveragePrecision(eye, eye, wrong(undefined)), "INVALID_ARGUMENT", "dim must be a whole number at least 1");
    const notNumbers = (_a: unknown, _b: unknown, { rows, columns }: { rows: number; columns: number }) =>
      new Float32Array(rows * columns).fill(Number.NaN);
    await refuses(() => run({ ...labels, multiply: notNumbers }), "NOT_A_NUMBER", "multiply must give numbers, got NaN.");
  });
});
