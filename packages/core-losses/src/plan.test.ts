import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { planOf } from "./plan";

const MIB = 2 ** 20;

/** Bytes of what a plan lets a loss keep of M x N matrices. */
const keptBytes = (m: number, n: number) => planOf("auto", m, n).kept * 4 * m * n;

describe("a plan", () => {
  it("without a tile is one strip, one tile and room for everything", () => {
    expect(planOf(undefined, 5, 9)).toEqual({ rows: 5, tile: { rows: 5, columns: 9 }, kept: Number.POSITIVE_INFINITY });
    expect(planOf(undefined, 50_000, 50_000).kept).toBe(Number.POSITIVE_INFINITY);
  });

  it("of a number has strips of so many rows, blocks of 2,048 columns, and keeps nothing", () => {
    expect(planOf(4, 10, 7)).toEqual({ rows: 4, tile: { rows: 4, columns: 7 }, kept: 0 });
    expect(planOf(100, 10, 2048)).toEqual({ rows: 10, tile: { rows: 10, columns: 2048 }, kept: 0 });
    expect(planOf(1, 10, 2049)).toEqual({ rows: 1, tile: { rows: 1, columns: 2048 }, kept: 0 });
  });

  it.each([
    // One, two and four matrices of 64 MiB together: at the edge, and one row beyond it.
    [4096, 4096, 1],
    [4097, 4096, 0],
    [2048, 4096, 2],
    [2049, 4096, 1],
    [2048, 2048, 4],
    [2049, 2048, 3],
    // Squares: two matrices up to 2,896 pairs, one up to 4,096.
    [2896, 2896, 2],
    [2897, 2897, 1],
    [4097, 4097, 0],
    [32_768, 32_768, 0],
  ])('of "auto" for %i x %i keeps %i matrices, as many as 64 MiB hold', (m, n, kept) => {
    expect(planOf("auto", m, n).kept).toBe(kept);
    expect(planOf("auto", n, m).kept).toBe(kept);
    expect(keptBytes(m, n)).toBeLessThanOrEqual(64 * MIB);
    expect(keptBytes(m, n) + 4 * m * n).toBeGreaterThan(64 * MIB);
  });

  it.each([
    // Strips of 4 MiB, of no fewer than 64 rows and no more than there are; tiles of 256 x 2,048 at most.
    [1024, 1024, 1024, 256, 1024],
    [1025, 1024, 1024, 256, 1024],
    [2048, 2048, 512, 256, 2048],
    [4096, 4096, 256, 256, 2048],
    [8192, 8192, 128, 256, 2048],
    [16_384, 16_384, 64, 256, 2048],
    [32_768, 32_768, 64, 256, 2048],
    [40, 1_000_000, 40, 40, 2048],
    [200, 5, 200, 200, 5],
  ])('of "auto" for %i x %i has strips of %i rows and tiles of %i x %i', (m, n, rows, tileRows, tileColumns) => {
    const plan = planOf("auto", m, n);
    expect([plan.rows, plan.tile]).toEqual([rows, { rows: tileRows, columns: tileColumns }]);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "8", "Auto", null, true, [4]])("refuses a tile of %j", (tile) => {
    expect(() => planOf(tile as never, 4, 4)).toThrow(/tile must be a whole number at least 1 or "auto", got/);
    expect(() => planOf(tile as never, 4, 4)).toThrow(refusal("INVALID_ARGUMENT"));
  });
});
