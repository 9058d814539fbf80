import { describe, expect, it } from "vitest";
import golden from "../fixtures/safetensors.json";
import { floatToHalfBits, halfToFloatBits } from "./number-bits";

const bytesOf = (base64: string) => Uint8Array.from(Buffer.from(base64, "base64")).buffer;

describe("half precision", () => {
  it("rounds as numpy does: to the nearest, ties to even, from subnormal to infinity", () => {
    const [singles, halves] = [new Int32Array(bytesOf(golden.half.singles)), new Uint16Array(bytesOf(golden.half.halves))];
    expect(singles.length).toBeGreaterThan(2000);
    expect(Array.from(singles, floatToHalfBits)).toEqual(Array.from(halves));
  });

  it("comes back from single precision as it was, every number of it", () => {
    for (let half = 0; half < 65536; half++) {
      const noNumber = (half & 0x7fff) > 0x7c00;
      expect(floatToHalfBits(halfToFloatBits(half))).toBe(noNumber ? (half & 0x8000) | 0x7e00 : half);
    }
  });
});
