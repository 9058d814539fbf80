import { createRandom } from "@rsdix/data";
import { describe, expect, it } from "vitest";
import { likeliest } from "../../test/likeliest-caption";
import { skewed, write } from "./grammar";

describe("write", () => {
  it("chooses words, slots and choices inside choices, and joins them with single spaces", () => {
    const last = (count: number) => count - 1;
    expect(write(["a {wide|long} {kind} shore ."], { kind: ["flat", "steep"] }, likeliest)).toBe("a wide flat shore .");
    expect(write(["a {wide|long} {kind} shore ."], { kind: ["flat", "steep"] }, last)).toBe("a long steep shore .");
    expect(write(["a {kind} shore ."], { kind: ["uneven"] }, likeliest)).toBe("an uneven shore .");
    expect(write(["land {|, {kind}} ."], { kind: ["flat"] }, likeliest)).toBe("land .");
    expect(write(["land {|, {kind}} ."], { kind: ["flat"] }, last)).toBe("land , flat .");
  });

  it("refuses a slot without words and a brace without its partner", () => {
    expect(() => write(["a {colour} shore"], {}, likeliest)).toThrow(/slot \{colour\}, which has no words/);
    expect(() => write(["a {wide shore"], {}, likeliest)).toThrow(/brace without its partner/);
  });
});

describe("skewed", () => {
  it("takes every alternative, earlier ones more often", () => {
    const choose = skewed(createRandom(1).next);
    const counts = [0, 0, 0];
    for (let i = 0; i < 6000; i++) counts[choose(3)]!++;
    expect(counts[0]).toBeGreaterThan(counts[1]! * 1.1);
    expect(counts[1]).toBeGreaterThan(counts[2]! * 1.05);
    expect(counts[2]).toBeGreaterThan(1000);
  });
});
