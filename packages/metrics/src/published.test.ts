import { describe, expect, it } from "vitest";
import { bleu } from "./bleu";
import { ciderD } from "./cider-d";
import { evaluate } from "./evaluate/evaluate";
import { meteor } from "./meteor/meteor";
import { scoreOf } from "./meteor/statistics";
import { rougeL } from "./rouge-l";

// The example of aac-metrics' documentation; its values are published there to four digits (tests/test_doc_examples.py), the others are what
// pycocoevalcap and METEOR 1.5 without paraphrases give for it.
const candidates = ["a man is speaking", "rain falls"];
const references = [
  ["a man speaks", "someone speaks", "a man is speaking while a bird is chirping in the background"],
  ["rain is falling hard on a surface"],
];
const BLEU = [0.42784759905121095, 0.4058918713139846, 0.43896546187160046, 0.45649954547375826];
const CIDER_D = 0.9613547163493906;
const METEOR = 0.15034359479695883;
const exact = { rtol: 0, atol: 1e-12 };

describe("the example of aac-metrics", () => {
  it("has its BLEU, ROUGE-L and CIDEr-D", () => {
    const { averages, perImage } = bleu(candidates, references);
    expect(Object.values(averages.corpus)).toBeAllclose(BLEU, exact);
    expect(perImage.map(({ bleu1 }) => bleu1)).toBeAllclose([0.9999999997500002, 0.041042499270907015], exact);
    const rouge = rougeL(candidates, references);
    expect([rouge.rougeL, ...rouge.perImage]).toBeAllclose([0.48706932685053234, 0.7721518987341772, 0.20198675496688742], exact);
    const cider = ciderD(candidates, references);
    expect([cider.ciderD, ...cider.perImage]).toBeAllclose([CIDER_D, 1.3640549170323026, 0.5586545156664786], exact);
  });

  it("has its METEOR, of each image and of the corpus", async () => {
    const { averages, perImage } = await meteor(candidates, references);
    expect([averages.corpus, ...perImage]).toBeAllclose([METEOR, 0.2672277829495527, 0.08791208791208792], exact);
    const asWritten = references[0]!.map((caption, k) => (k === 2 ? caption : `${caption}.`));
    expect((await meteor([candidates[0]!], [asWritten])).perImage).toBeAllclose([0.23883483101116276], exact);
  });

  it("has them as it is published, with capitals and full stops, in the profile of coco-caption", async () => {
    const written = (caption: string) => `${caption[0]!.toUpperCase()}${caption.slice(1)}.`;
    const { scores } = await evaluate(
      candidates.map(written),
      references.map((captions) => captions.map(written)),
      { profile: "coco", metrics: ["bleu", "ciderD", "meteor"] },
    );
    const { bleu1, bleu2, bleu3, bleu4 } = scores;
    expect([bleu1!, bleu2!, bleu3!, bleu4!, scores.ciderD!, scores.meteor!]).toBeAllclose([...BLEU, CIDER_D, METEOR], exact);
  });
});

// METEOR's own example/tune/example.eval: statistics, and their score in the task it is tuned by.
it.each([
  ["13 13 5 3 8 8 3 3 0 0 0 0 0 0 0 0 0 0 0 0 3 11 11", 0.7307692307692307],
  ["29 31 12 13 14 14 9 9 0 0 0 0 0 0 0 0 3 3 0 0 10 26 26", 0.6596153846153846],
])("METEOR's formula gives its published scores in another task than captions are scored by: %s", (line, score) => {
  const tune = [0.5, 1, 0.5, 0.5, 1, 0.5, 0.5, 0.5];
  expect(scoreOf(Float64Array.from(line.split(" "), Number), tune)).toBeCloseTo(score, 14);
});
