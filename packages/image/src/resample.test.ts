import { describe, expect, it } from "vitest";
import { noise, sha256 } from "../test/noise";
import { KERNELS } from "./filters";
import { resample } from "./resample";
import { resampleFast } from "./resample-fast";
import { weightsFor } from "./resample-weights";

const FILTERS = Object.keys(KERNELS) as (keyof typeof KERNELS)[];

describe("resampleFast", () => {
  it.each(FILTERS)("gives the bytes of plain JavaScript: %s", (filter) => {
    const sizes = [1, 2, 3, 5, 7, 16, 17, 31, 50, 64, 97, 224];
    for (const [i, from] of sizes.entries()) {
      for (const [j, to] of sizes.entries()) {
        const [width, height] = [sizes.at(j - i)!, sizes[(i * 5 + j) % sizes.length]!];
        const image = noise(from, width);
        const across = to === from ? undefined : weightsFor(from, to, filter);
        const down = height === width ? undefined : weightsFor(width, height, filter);
        if (!across && !down) continue;
        const [fast, plain] = [resampleFast, resample].map((way) => way(image, to, height, across, down)!);
        expect([fast!.width, fast!.height], `${from} x ${width}`).toEqual([to, height]);
        expect(sha256(fast!.data), `${from} x ${width} to ${to} x ${height}`).toBe(sha256(plain!.data));
      }
    }
  });

  it("rounds and clamps as plain JavaScript at hard edges", () => {
    const data = Uint8Array.from({ length: 40 * 40 * 3 }, (_, i) => ((i * 7919) % 3 ? 255 : 0));
    for (const filter of FILTERS) {
      for (const to of [13, 39, 41, 160]) {
        const weights = weightsFor(40, to, filter);
        const image = { width: 40, height: 40, data };
        expect(resampleFast(image, to, to, weights, weights)).toEqual(resample(image, to, to, weights, weights));
      }
    }
  });

  it("leaves what would take too much memory to plain JavaScript", () => {
    const image = { width: 5000, height: 5000, data: new Uint8Array(75_000_000) };
    expect(resampleFast(image, 10, 5000, weightsFor(5000, 10, "bicubic"), undefined)).toBeUndefined();
  });
});
