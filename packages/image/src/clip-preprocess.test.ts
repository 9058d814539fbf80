import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { noise, sha256 } from "../test/noise";
import { clipPreprocess } from "./clip-preprocess";
import goldens from "./fixtures/clip-preprocess.json";
import type { Rgb } from "./normalize";

describe("clipPreprocess", () => {
  it.each(goldens)("equals CLIPImageProcessor: $from to $size", ({ from, size, mean, std, values, sha256: hash }) => {
    const statistics = mean && std ? { mean: mean as unknown as Rgb, std: std as unknown as Rgb } : {};
    const result = clipPreprocess(noise(from[0]!, from[1]!), { size, ...statistics });
    if (values) expect([...result]).toEqual(values);
    else expect(sha256(result)).toBe(hash);
  });

  it("refuses a wrong size and an unknown option", () => {
    const image = noise(4, 4);
    for (const size of [0, 2.5, 65_536, Number.NaN, "224" as never, undefined as never]) {
      expect(() => clipPreprocess(image, { size })).toThrow(refusal("INVALID_ARGUMENT"));
    }
    expect(() => clipPreprocess(image, { size: 4, crop: true } as never)).toThrow(refusal("UNKNOWN_OPTION"));
  });
});
