import { describe, expect, it } from "vitest";
import { meteorJava } from "./meteor-java";
import { spiceJava } from "./spice-java";

// The programs themselves, where a machine has them: golden/README.md says how.
const { RSDIX_METEOR_JAR, RSDIX_SPICE_JAR } = process.env;

/** In milliseconds: each reads its data anew, 62 MB of paraphrases or Stanford CoreNLP's models. */
const SLOW = 600_000;

const candidates = ["many planes are parked near a terminal .", "houses", "a café near the 湖\n", "a red house", ""];
const references = [
  ["several aircraft are parked near the terminal .", "many planes are parked near a terminal ."],
  ["house"],
  ["a café near the 湖", "a road"],
  ["two boats"],
  ["a road near a river ."],
];

describe("METEOR's own program", () => {
  if (!RSDIX_METEOR_JAR) it.skip("skipped: RSDIX_METEOR_JAR doesn't name meteor-1.5.jar", () => undefined);
  else {
    it("scores a sentence that is a reference 1, others by its rules, and text of any script", { timeout: SLOW }, async () => {
      const { perImage, averages, paraphrases } = await meteorJava(candidates, references);
      expect(paraphrases).toBe(true);
      expect(perImage[0]).toBe(1);
      expect(perImage[1]).toBe(0); // one word that only its stem matches: a stage of the search counts it as nothing
      expect(perImage.slice(2)).toEqual([1, 0, 0]);
      expect(averages.image).toBeCloseTo(2 / 5, 12);
      expect(averages.corpus).toBeGreaterThan(averages.image);
    });

    it("finds fewer matches without its table", { timeout: SLOW }, async () => {
      const pairs = [["planes are next to a terminal"], [["planes are near a terminal"]]] as const;
      const [without, with_] = [await meteorJava(...pairs, { paraphrases: false }), await meteorJava(...pairs)];
      expect(without.paraphrases).toBe(false);
      expect(without.meteor).toBeLessThan(with_.meteor);
    });

    it("says so when it has too little memory", { timeout: SLOW }, async () => {
      const failing = meteorJava(candidates, references, { memoryMB: 64 });
      await expect(failing).rejects.toMatchObject({ code: "OUT_OF_MEMORY", message: expect.stringMatching(/with 64 MB/) });
    });
  }
});

describe("SPICE's own program", () => {
  if (!RSDIX_SPICE_JAR) it.skip("skipped: RSDIX_SPICE_JAR doesn't name spice-1.0.jar", () => undefined);
  else {
    it("gives scores between 0 and 1, and the tuples that they were made of", { timeout: SLOW }, async () => {
      const { spice, perImage, details } = await spiceJava(candidates, references, { threads: 1 });
      expect(perImage).toHaveLength(5);
      expect(spice).toBeCloseTo(perImage.reduce((sum, score) => sum + score, 0) / 5, 12);
      expect(details[3]!.candidateTuples).toContainEqual(["house", "red"]);
      expect(details[3]!.classes).toMatchObject({ object: 0, colour: NaN });
      expect(details[4]).toMatchObject({ f: 0, candidateTuples: [] });
      expect(details[0]!.classes.object).toBeGreaterThan(0);
    });
  }
});
