import { describe, expect, it } from "vitest";
import { SpaceCode } from "./space-code";

const MIXED = {
  lr: { type: "continuous", min: 1e-6, max: 1e-2, scale: "log" },
  layers: { type: "integer", min: 1, max: 8 },
  schedule: { type: "categorical", choices: ["cosine", "linear", null] },
} as const;

describe("SpaceCode", () => {
  it("snaps columns to the valid values that are nearest, and draws each whole number as often", () => {
    const code = new SpaceCode(MIXED);
    expect(code.groups).toEqual([0, 1, 2, 2, 2]);
    expect(code.decode([0.5, 0.5 / 8, 0.2, 0.1, 0.3])).toEqual({ lr: expect.closeTo(1e-4, 9), layers: 1, schedule: null });
    const snap = (columns: readonly number[]) => code.columnsOf(code.decode(columns));
    expect(snap([0.3, 0.51, 0, 0.9, 0.95])).toBeAllclose([0.3, 4.5 / 8, 0, 0, 1]);
    expect(snap(snap([0.3, 0.51, 0, 0.9, 0.95]))).toBeAllclose(snap([0.3, 0.51, 0, 0.9, 0.95]), { atol: 1e-15 });
    const drawn = Array.from({ length: 800 }, (_, i) => code.at([0, (i + 0.5) / 800, 0]).layers);
    for (let n = 1; n <= 8; n++) expect(drawn.filter((value) => value === n)).toHaveLength(100);
    const log = new SpaceCode({ n: { type: "integer", min: 1, max: 512, scale: "log" } });
    expect([...log.all()].map(({ n }) => n)).toEqual(Array.from({ length: 512 }, (_, i) => i + 1));
    expect(log.at([0.5]).n).toBe(16);
  });
});
