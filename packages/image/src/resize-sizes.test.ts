import { describe, expect, it } from "vitest";
import { gradient, noise, sha256 } from "../test/noise";
import type { ResizeFilter } from "./filters";
import goldens from "./fixtures/resize-sizes.json";
import { resize } from "./resize";

const { cases, whole } = goldens;
const filters = Object.keys(cases[0]!.sha256) as (keyof (typeof cases)[0]["sha256"])[];

describe("resize equals Pillow to the bit on 50 sizes, of noise and of a gradient", () => {
  it("of which there are 50, each with six filters", () => {
    expect(cases).toHaveLength(50);
    expect(filters).toEqual(["nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"]);
  });

  it.each(cases)("$from to $to", ({ from, to, sha256: hashes }) => {
    const sources = [noise(from[0]!, from[1]!), gradient(from[0]!, from[1]!)];
    for (const filter of filters) {
      const results = sources.map((image) => resize(image, to[0]!, to[1]!, { filter }).data);
      const joined = new Uint8Array(results[0]!.length * 2);
      joined.set(results[0]!);
      joined.set(results[1]!, results[0]!.length);
      expect(sha256(joined), filter).toBe(hashes[filter]);
    }
  });

  it.each(whole)("value for value: $from to $to", ({ from, to, filter, data }) => {
    expect([...resize(gradient(from[0]!, from[1]!), to[0]!, to[1]!, { filter: filter as ResizeFilter }).data]).toEqual(data);
  });
});
