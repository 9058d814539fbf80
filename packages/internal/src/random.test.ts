import { describe, expect, it } from "vitest";
import { createRandom, threefry2x32 } from "./random";

describe("createRandom", () => {
  it("is Threefry-2x32-20: the known answers of Random123", () => {
    expect(threefry2x32(0, 0, 0, 0)).toEqual([0x6b200159, 0x99ba4efe]);
    expect(threefry2x32(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)).toEqual([0x1cb996fc, 0xbb002be7]);
    expect(threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)).toEqual([0xc4923a9c, 0x483df7a0]);
  });

  it("repeats with a seed and differs between seeds and forks", () => {
    const draw = (make: () => ReturnType<typeof createRandom>) => Array.from({ length: 5 }, make().next);
    expect(draw(() => createRandom(1))).toEqual(draw(() => createRandom(1)));
    const streams = [createRandom(1), createRandom(2), createRandom(2 ** 40), createRandom(1).fork(1), createRandom(1).fork("1")];
    expect(new Set(streams.map((stream) => stream.next())).size).toBe(streams.length);
  });

  it("forks without advancing the parent", () => {
    const a = createRandom(3);
    const b = createRandom(3);
    a.fork("x").next();
    expect(a.next()).toBe(b.next());
  });

  it("draws normals with mean 0 and variance 1, and whole numbers evenly", () => {
    const random = createRandom(7);
    const normals = Array.from({ length: 20_000 }, () => random.normal());
    const mean = normals.reduce((sum, x) => sum + x, 0) / normals.length;
    const variance = normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / normals.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.04);
    const counts = new Array(7).fill(0);
    for (let i = 0; i < 14_000; i++) counts[random.int(7)]++;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });

  it("shuffles to a permutation", () => {
    const order = createRandom(5).shuffle(Array.from({ length: 100 }, (_, i) => i));
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(order).not.toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});
