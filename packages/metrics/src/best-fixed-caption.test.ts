import { createRandom, type Random } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { bestFixedCaption } from "./best-fixed-caption";
import { bleu } from "./bleu";
import { mostFrequentCaption } from "./most-frequent-caption";

const WORDS = "a the many green trees are near road river . lake in of".split(" ");
const sentence = (random: Random) => Array.from({ length: random.int(12) }, () => WORDS[random.int(WORDS.length)]).join(" ");

describe("bestFixedCaption", () => {
  it.each(["image", "corpus"] as const)("equals scoring every candidate with bleu (average: %s)", (average) => {
    const random = createRandom(11);
    for (let round = 0; round < 6; round++) {
      const references = Array.from({ length: 12 }, () => Array.from({ length: 1 + random.int(5) }, () => sentence(random)));
      const candidates = [...references.flat(), ...Array.from({ length: 40 }, () => sentence(random))];
      const scores = candidates.map((caption) => {
        const everywhere = references.map(() => caption);
        return bleu(everywhere, references, { average }).bleu4;
      });
      const bleu4 = Math.max(...scores);
      expect(bestFixedCaption(candidates, references, { average })).toEqual({ caption: candidates[scores.indexOf(bleu4)], bleu4 });
    }
  });

  it("takes the first of equally good candidates", () => {
    expect(bestFixedCaption(["x y", "p q", "x y"], [["a b c"]]).caption).toBe("x y");
    expect(bestFixedCaption([""], [["a b c"]])).toEqual({ caption: "", bleu4: 0 });
  });

  it("refuses what it cannot score", () => {
    expect(() => bestFixedCaption([], [["a"]])).toThrow(refusal("EMPTY_DATA"));
    expect(() => bestFixedCaption(["a"], [["a"], []])).toThrow(refusal("EMPTY_DATA"));
    expect(() => bestFixedCaption([{} as string], [["a"]])).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => bestFixedCaption(["a"], [["a"]], { order: 1 } as object)).toThrow(refusal("UNKNOWN_OPTION"));
    expect(() => bestFixedCaption(["a"], [["a"]], { average: "x" as "image" })).toThrow("average must be");
  });
});

describe("mostFrequentCaption", () => {
  it("counts over all images and takes the first seen of a tie", () => {
    expect(mostFrequentCaption([["a lake", "water"], ["pond"], ["pond", "a lake", "Pond"]])).toEqual({ caption: "a lake", count: 2 });
    expect(mostFrequentCaption([["x"], ["y"], ["y"]])).toEqual({ caption: "y", count: 2 });
  });

  it("refuses an empty set", () => {
    expect(() => mostFrequentCaption([])).toThrow(refusal("EMPTY_DATA"));
    expect(() => mostFrequentCaption([["a"], []])).toThrow(refusal("EMPTY_DATA"));
    expect(() => mostFrequentCaption([[7 as unknown as string]])).toThrow(refusal("INVALID_ARGUMENT"));
  });
});
