import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { Vocabulary } from "./vocabulary";

describe("Vocabulary", () => {
  it("sorts the ids it holds and maps both ways", () => {
    const vocabulary = Vocabulary.compact(10, [7, 2, 7, 9]);
    expect([vocabulary.size, vocabulary.length, vocabulary.ids]).toEqual([10, 3, Int32Array.of(2, 7, 9)]);
    expect(vocabulary.rowsOf([9, 2, 7])).toEqual(Int32Array.of(2, 0, 1));
    expect(vocabulary.idsOf([2, 0, 1])).toEqual(Int32Array.of(9, 2, 7));
    expect([2, 3, -1, 10, 1.5].map((id) => vocabulary.has(id))).toEqual([true, false, false, false, false]);
  });

  it("is the identity when full", () => {
    const vocabulary = Vocabulary.full(4);
    expect([vocabulary.length, vocabulary.ids]).toEqual([4, undefined]);
    expect(vocabulary.rowsOf(Int32Array.of(3, 0))).toEqual(Int32Array.of(3, 0));
    expect(vocabulary.idsOf([1])).toEqual(Int32Array.of(1));
    expect([0, 3, 4, -1, 0.5].map((id) => vocabulary.has(id))).toEqual([true, true, false, false, false]);
  });

  it("names the token that it doesn't hold", () => {
    expect(() => Vocabulary.compact(10, [2, 7]).rowsOf([2, 5])).toThrow(/Token 5 \(position 1\) isn't among the 2 of 10/);
    expect(() => Vocabulary.compact(10, [2]).rowsOf([10])).toThrow(/in \[0, 10\), got 10/);
    expect(() => Vocabulary.full(10).rowsOf([0, -1])).toThrow(/got -1 at position 1/);
    expect(() => Vocabulary.full(10).idsOf([10])).toThrow(refusal("INVALID_ARGUMENT"));
  });

  it("refuses ids that can't be", () => {
    for (const ids of [[], [-1], [10], [1.5], [Number.NaN], ["3" as unknown as number]]) {
      expect(() => Vocabulary.compact(10, ids), String(ids)).toThrow(refusal("INVALID_ARGUMENT"));
    }
    expect(() => Vocabulary.full(0)).toThrow(refusal("INVALID_ARGUMENT"));
  });
});
