import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { pixelMemory } from "./pixel-memory";

describe("pixelMemory", () => {
  it("hands out what was given back, of the length that is asked for, and keeps so much of it", () => {
    const memory = pixelMemory(1);
    const [first, second] = [memory.take(3).fill(7), memory.take(3).fill(8)];
    memory.giveBack(first);
    memory.giveBack(first);
    memory.giveBack(second);
    expect([first.length, second.length]).toEqual([0, 0]);
    expect([...memory.take(2)]).toEqual([0, 0]);
    expect([...memory.take(3)]).toEqual([7, 7, 7]);
    expect([...memory.take(3)]).toEqual([0, 0, 0]);
  });

  it("says that a batch is too large for any memory", () => {
    const message = `The pixels of a batch are ${200_000 * 3 * 224 * 224} numbers, for which there is no memory: take a smaller batchSize.`;
    expect(() => pixelMemory(1).take(200_000 * 3 * 224 * 224)).toThrow(refusal("OUT_OF_MEMORY", exactly(message)));
  });
});
