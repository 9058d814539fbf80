import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import golden from "../fixtures/retrieval.json";
import type { Multiply } from "./cosine-tiles";
import { multiplyByScalars, multiplyRows } from "./products";
import { type RetrievalRecall, retrievalRecall, retrievalRecallAsync } from "./retrieval-recall";

const wrong = (value: unknown) => value as never;
const ks = [1, 2, 5, 10];

function expectRecall(actual: RetrievalRecall, expected: (typeof golden.sets)[number]["recall"]) {
  for (const direction of ["imageToText", "textToImage"] as const) {
    const values = Object.entries(expected[direction]);
    expect(Object.keys(actual[direction])).toEqual(values.map(([k]) => k));
    for (const [k, value] of values) expect(actual[direction][Number(k)]).toBeCloseTo(value, 12);
  }
  expect(actual.meanRecall).toBeCloseTo(expected.meanRecall, 12);
}

/** Products rounded to `bits` of mantissa, and given later. */
const coarse =
  (bits: number): Multiply =>
  async (a, b, shape) => {
    await Promise.resolve();
    const round = (x: number) => Math.round(x * 2 ** bits) / 2 ** bits;
    return multiplyByScalars(a.map(round), b.map(round), shape);
  };

describe("recall in tiles", () => {
  it.each(golden.sets.map((set, i) => [i, set] as const))(
    "equals sorting every row with ties against, however products are made (%i)",
    async (_i, set) => {
      const { dim, images, texts, owner } = set;
      expectRecall(retrievalRecall(images, texts, owner, { dim, ks }), set.recall);
      const ways = [
        {},
        { tile: 1 },
        { tile: 7 },
        { tile: 4096 },
        { multiply: multiplyRows },
        { tile: 5, multiply: multiplyByScalars },
        { multiply: coarse(24), tile: 3 },
        { multiply: coarse(8), productError: 0.03 },
      ];
      for (const way of ways) {
        expectRecall(await retrievalRecallAsync(new Float64Array(images), texts, Int32Array.from(owner), { dim, ks, ...way }), set.recall);
      }
    },
  );

  it("is the same to the last digit over many tiles, with embeddings that all but look alike", async () => {
    const random = createRandom(9);
    const dim = 33;
    const owner = Array.from({ length: 900 }, (_, t) => t % 300);
    const near = () => 1 + 1e-6 * random.int(4);
    const images = Float32Array.from({ length: 300 * dim }, near);
    const texts = Float32Array.from({ length: 900 * dim }, near);
    for (const tieTolerance of [0, 1e-13, 1e-6]) {
      const options = { dim, ks: [1, 10, 100], tieTolerance };
      const slow = retrievalRecall(images, texts, owner, options);
      expect(await retrievalRecallAsync(images, texts, owner, { ...options, tile: 64 })).toEqual(slow);
      expect(await retrievalRecallAsync(images, texts, owner, { ...options, multiply: coarse(20), productError: 1e-3 })).toEqual(slow);
    }
    expect(retrievalRecall(images, texts, owner, { dim, tieTolerance: 0 }).meanRecall).toBeGreaterThan(0);
    expect(retrievalRecall(images, texts, owner, { dim, tieTolerance: 1e-6 }).meanRecall).toBe(0);
  });

  it("gives multiply each pair of tiles once, rows of unit length", async () => {
    const shapes: string[] = [];
    const multiply: Multiply = (a, b, shape) => {
      shapes.push(`${shape.rows}x${shape.columns}x${shape.dim}`);
      expect(a).toHaveLength(shape.rows * shape.dim);
      expect(b).toHaveLength(shape.columns * shape.dim);
      for (let row = 0; row < a.length; row += 2) expect(Math.hypot(a[row]!, a[row + 1]!)).toBeCloseTo(1, 6);
      return multiplyByScalars(a, b, shape);
    };
    const rows = [3, 4, 1, 0, 0, 2];
    await retrievalRecallAsync(rows, rows, [0, 1, 2], { dim: 2, ks: [1], tile: 2, multiply });
    expect(shapes).toEqual(["2x2x2", "1x2x2", "2x1x2", "1x1x2"]);
  });

  it("shows progress, stops, and lets others run", async () => {
    const rows = Float32Array.from({ length: 100 }, (_, i) => i + 1);
    const owner = rows.map((_, i) => i);
    const seen: number[] = [];
    const controller = new AbortController();
    const slow: Multiply = (a, b, shape) => {
      const end = performance.now() + 30;
      while (performance.now() < end);
      return multiplyByScalars(a, b, shape);
    };
    let others = false;
    (globalThis.setImmediate ?? setTimeout)(() => {
      others = true;
    });
    await retrievalRecallAsync(rows, rows, owner, {
      dim: 1,
      tile: 50,
      multiply: slow,
      onProgress: ({ done, total }) => seen.push(done / total),
    });
    expect(seen).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(others).toBe(true);
    const onProgress = ({ done }: { done: number }) => done === 5000 && controller.abort("enough");
    const run = retrievalRecallAsync(rows, rows, owner, { dim: 1, tile: 50, onProgress, signal: controller.signal });
    await expect(run).rejects.toMatchObject({
      code: "ABORTED",
      message: "retrievalRecallAsync was stopped after 5000 of 10000.",
      cause: "enough",
    });
    const never = retrievalRecallAsync(rows, rows, owner, { dim: 1, signal: AbortSignal.abort() });
    await expect(never).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("refuses what it cannot score", async () => {
    const eye = [1, 0, 0, 1];
    const refuses = (more: object, code: string, message: string) =>
      expect(retrievalRecallAsync(eye, eye, [0, 1], wrong({ dim: 2, ks: [1], ...more }))).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
      });
    for (const tile of [0, 1.5, 4097, "8"])
      await refuses({ tile }, "INVALID_ARGUMENT", "tile must be a whole number at least 1 and at most 4096");
    for (const productError of [-1, 2, Number.NaN])
      await refuses({ productError }, "INVALID_ARGUMENT", "productError must be a finite number");
    await refuses({ multiply: 3 }, "INVALID_ARGUMENT", "multiply must be a function of (a, b, { rows, columns, dim }), got 3.");
    await refuses({ onProgress: 3 }, "INVALID_ARGUMENT", "onProgress must be a function");
    await refuses({ tiles: 3 }, "UNKNOWN_OPTION", 'retrievalRecallAsync has no option "tiles".');
    await refuses({ ks: [3] }, "INVALID_ARGUMENT", "Each of ks (there are 2 images)");
    await refuses({ multiply: () => new Float32Array(3) }, "SHAPE_MISMATCH", "multiply must give 2 x 2 products, got 3 values.");
    await refuses({ multiply: () => null }, "SHAPE_MISMATCH", "multiply must give 2 x 2 products, got null.");
    await refuses({ multiply: async () => "ab" }, "SHAPE_MISMATCH", "multiply must give 2 x 2 products, got ab.");
    await refuses({ multiply: () => new Float32Array(4) }, "INVALID_ARGUMENT", "multiply gave 0 where 1 is right");
    await refuses({ multiply: () => new Float32Array(4).fill(Number.NaN) }, "NOT_A_NUMBER", "multiply must give numbers, got NaN.");
    const broken = new Error("lost the device");
    await expect(retrievalRecallAsync(eye, eye, [0, 1], { dim: 2, ks: [1], multiply: () => Promise.reject(broken) })).rejects.toBe(broken);
    await expect(retrievalRecallAsync(eye, eye, [0, 1], wrong(undefined))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(() => retrievalRecall(eye, eye, [0, 1], wrong({ dim: 2, ks: [1], tile: 8 }))).toThrow(refusal("UNKNOWN_OPTION"));
  });

  it("finds a NaN that only one product of many is", async () => {
    const rows = Float32Array.from({ length: 20 }, (_, i) => Math.cos(i));
    const multiply: Multiply = (a, b, shape) => {
      const products = multiplyByScalars(a, b, shape);
      products[13] = Number.NaN;
      return products;
    };
    const run = retrievalRecallAsync(rows, rows, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], { dim: 2, multiply });
    await expect(run).rejects.toMatchObject({ code: "NOT_A_NUMBER" });
  });

  it("refuses rows that double precision can't measure", () => {
    for (const value of [1e200, -1e200, 1e-200]) {
      expect(() => retrievalRecall([value], [1], [0], { dim: 1, ks: [1] })).toThrow(
        refusal(
          "NOT_A_NUMBER",
          exactly(`imageEmbeddings must be zero or from 1e-140 to 1e+140 in size, got ${Math.abs(value)} as the largest of row 0.`),
        ),
      );
    }
    expect(retrievalRecall([-1e140], [-1e-140], [0], { dim: 1, ks: [1] }).meanRecall).toBe(1);
  });
});
