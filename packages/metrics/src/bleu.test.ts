import { describe, expect, it } from "vitest";
import { type BleuScores, bleu } from "./bleu";
import golden from "./fixtures/bleu-rouge.json";

const list = (scores: BleuScores) => [scores.bleu1, scores.bleu2, scores.bleu3, scores.bleu4];
const exact = { rtol: 0, atol: 1e-12 };

describe("bleu", () => {
  it.each(golden.map((set, i) => [i, set] as const))("is that of aac-metrics and pycocoevalcap on set %i", (_, set) => {
    const result = bleu(set.candidates, set.references);
    expect(list(result.averages.corpus)).toBeAllclose(set.aac.corpusBleu, exact);
    expect(list(result.averages.corpus)).toBeAllclose(set.coco.corpusBleu, exact);
    expect(result.perImage.flatMap(list)).toBeAllclose(set.aac.perImageBleu.flat(), exact);
    expect(result.perImage.flatMap(list)).toBeAllclose(set.coco.perImageBleu.flat(), exact);
    expect(list(result)).toBeAllclose(set.rsdix.bleu, exact);
  });

  it("shows the average that is asked for, the images' mean by default", () => {
    const set = golden.find(({ candidates }) => candidates.length > 2)!;
    const result = bleu(set.candidates, set.references);
    expect(list(result)).toEqual(list(result.averages.image));
    expect(list(bleu(set.candidates, set.references, { average: "corpus" }))).toEqual(list(result.averages.corpus));
    expect(result.averages.image).not.toEqual(result.averages.corpus);
  });

  it("is nearly one for a reference itself and zero for an empty candidate", () => {
    const reference = "many planes are parked near a terminal .";
    for (const score of list(bleu([reference], [["a lake", reference]]))) {
      expect(score).toBeLessThan(1);
      expect(score).toBeGreaterThan(1 - 1e-8);
    }
    expect(list(bleu([""], [[reference]]))).toEqual([0, 0, 0, 0]);
  });

  it("does not depend on the order of references, and permutes with the images", () => {
    const sets = golden.filter(({ candidates }) => candidates.length > 1);
    for (const { candidates, references } of sets) {
      const forward = bleu(candidates, references);
      const backward = bleu(
        [...candidates].reverse(),
        [...references].reverse().map((captions) => [...captions].reverse()),
      );
      expect(backward.perImage.reverse()).toEqual(forward.perImage);
      expect(list(backward.averages.corpus)).toEqual(list(forward.averages.corpus));
      expect(list(backward)).toBeAllclose(list(forward), exact);
    }
  });

  it("refuses what it cannot score", () => {
    const code = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return (error as { code?: string }).code;
      }
      return "nothing thrown";
    };
    expect(code(() => bleu(["a", "b"], [["a"]]))).toBe("SHAPE_MISMATCH");
    expect(code(() => bleu([], []))).toBe("EMPTY_DATA");
    expect(code(() => bleu(["a"], [[]]))).toBe("EMPTY_DATA");
    expect(code(() => bleu([null as unknown as string], [["a"]]))).toBe("INVALID_ARGUMENT");
    expect(code(() => bleu(["a"], [[3 as unknown as string]]))).toBe("INVALID_ARGUMENT");
    expect(code(() => bleu(["a"], ["a" as unknown as string[]]))).toBe("INVALID_ARGUMENT");
    expect(code(() => bleu("a" as unknown as string[], [["a"]]))).toBe("INVALID_ARGUMENT");
    expect(code(() => bleu(new Array<string>(1), [["a"]]))).toBe("INVALID_ARGUMENT");
    expect(code(() => bleu(["a"], [["a"]], { average: "mean" as "image" }))).toBe("INVALID_ARGUMENT");
    expect(code(() => bleu(["a"], [["a"]], { maxOrder: 4 } as object))).toBe("UNKNOWN_OPTION");
    expect(() => bleu(["a", "b"], [["a"], ["b", undefined as unknown as string]])).toThrow(
      "references[1][1] must be a string, got undefined",
    );
  });
});
