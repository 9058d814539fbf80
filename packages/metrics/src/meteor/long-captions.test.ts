import { beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { evaluate } from "../evaluate/evaluate";
import { loadWordNet } from "../wordnet/load-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import { createMeteor } from "./create-meteor";
import { meteor } from "./meteor";

let wordnet: WordNet;
beforeAll(async () => {
  wordnet = await loadWordNet();
});

describe("a caption without end", () => {
  it("of one mark or word is scored up to a limit, and refused beyond it", () => {
    const scorer = createMeteor({ wordnet });
    for (const [mark, last, score] of [
      ["/", "b", 0.8604336365728672],
      ["_ ", "b", 0.8604336365728672],
      ["tree ", "trees", 0.9997333333333334],
    ] as const) {
      const longest = mark.repeat(1500);
      expect(scorer.score(longest, [longest])).toBe(1);
      expect(scorer.score(longest, [mark.repeat(1499) + last])).toBe(score); // found with every match tried
    }
    const tooLong = "/".repeat(1501);
    expect(() => scorer.score(tooLong, ["a"])).toThrow(
      refusal("INVALID_ARGUMENT", /^candidates\[0\] has 1501 tokens, more than the 1500 that are scored\.$/),
    );
    expect(() => scorer.score("a", ["a", tooLong])).toThrow(refusal("INVALID_ARGUMENT", /^references\[0\]\[1\] has 1501 tokens/));
  });

  it("is refused before it is split, and says which it is", async () => {
    for (const text of ["'", "n't", "a. ", "& "]) {
      const endless = text.repeat(50_000);
      await expect(meteor(["a", endless], [["a"], ["b"]])).rejects.toThrow(
        refusal("INVALID_ARGUMENT", /^candidates\[1\] has \d+ characters, more than the 10000 that are scored\.$/),
      );
      await expect(meteor(["a"], [["a", endless]])).rejects.toThrow(refusal("INVALID_ARGUMENT", /^references\[0\]\[1\] has/));
    }
  });

  it("is named by its place among all images, from workers too", async () => {
    const candidates = Array.from({ length: 140 }, (_, i) => (i === 131 ? ". ".repeat(1501) : "a lake ."));
    const references = candidates.map(() => ["a lake ."]);
    for (const workers of [0, 2]) {
      await expect(evaluate(candidates, references, { metrics: ["meteor"], workers })).rejects.toThrow(
        refusal("INVALID_ARGUMENT", /^candidates\[131\] has 1501 tokens/),
      );
    }
  });

  it("holds nobody up for more images than itself", async () => {
    const candidates = Array.from({ length: 20 }, () => "a / ".repeat(750));
    const references = candidates.map(() => ["/ a ".repeat(700), "a lake ."]);
    const stop = new AbortController();
    const stopped = evaluate(candidates, references, { metrics: ["meteor"], signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopped).rejects.toThrow(refusal("ABORTED", /^evaluate \(meteor\) was stopped after 1 of 20/));
  });
});
