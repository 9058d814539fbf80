import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import golden from "./fixtures/bleu-rouge.json";
import { rougeL } from "./rouge-l";

const exact = { rtol: 0, atol: 1e-12 };

describe("rougeL", () => {
  it.each(golden.map((set, i) => [i, set] as const))("is that of aac-metrics on set %i", (_, set) => {
    const result = rougeL(set.candidates, set.references);
    expect(result.perImage).toBeAllclose(set.aac.perImageRougeL, exact);
    expect([result.rougeL]).toBeAllclose([set.rsdix.rougeL], exact);
  });

  it("is that of pycocoevalcap wherever that one splits the words the same way", () => {
    const shared = golden.filter((set) => set.coco.perImageRougeL !== undefined);
    expect(shared.length).toBeGreaterThan(20);
    for (const set of shared) {
      const result = rougeL(set.candidates, set.references);
      expect(result.perImage).toBeAllclose(set.coco.perImageRougeL!, exact);
      expect([result.rougeL]).toBeAllclose([set.coco.rougeL!], exact);
    }
  });

  it("is one for a reference itself and zero for nothing in common", () => {
    expect(rougeL(["a b c"], [["x", "a b c"]]).rougeL).toBeCloseTo(1, 14);
    expect(rougeL(["a b c", ""], [["x y"], ["x y"]]).perImage).toEqual([0, 0]);
  });

  it("gets nothing from a reference without words", () => {
    expect(rougeL(["a b"], [["a c", " "]])).toEqual(rougeL(["a b"], [["a c"]]));
    expect(rougeL(["a b", ""], [[""], [""]]).perImage).toEqual([0, 0]);
  });

  it("permutes with the images", () => {
    const { candidates, references } = golden.find((set) => set.candidates.length > 3)!;
    const forward = rougeL(candidates, references).perImage;
    const backward = rougeL([...candidates].reverse(), [...references].reverse()).perImage;
    expect(backward.reverse()).toEqual(forward);
  });

  it("refuses what it cannot score", () => {
    expect(() => rougeL(["a"], [["a"], ["b"]])).toThrow(refusal("SHAPE_MISMATCH"));
    expect(() => rougeL(["a"], [[]])).toThrow(refusal("EMPTY_DATA"));
    expect(() => rougeL([1 as unknown as string], [["a"]])).toThrow(refusal("INVALID_ARGUMENT"));
  });
});
