import { expect, it } from "vitest";
import { syntheticData } from "../../test/synthetic-data";
import { clipScoresSection, verdict } from "./clip-scores";

const read = (markup: string) => markup.replace(/<[^>]*>/g, "").replace(/\s+/g, " ");

function verdictOn(clip: number, infoNce: number, colour = 0.7): string {
  const { summary } = syntheticData();
  summary.testPatches = 400;
  summary.clip.top1 = clip;
  summary.infoNceOnly.top1 = infoNce;
  summary.baselines.colourNearestNeighbour = colour;
  return read(verdict(summary).markup);
}

it("says who won, whoever it is, and that it is one seed", () => {
  expect(verdictOn(0.8, 0.78)).toContain("distillation won: 80.0 % top-1 against 78.0 %, a difference of 8 patches of 400");
  expect(verdictOn(0.78, 0.8)).toContain("InfoNCE alone won: 80.0 % top-1 against 78.0 %");
  expect(verdictOn(0.8, 0.8)).toContain("tie at 80.0 % top-1");
  expect(verdictOn(0.8, 0.78)).toContain("One seed is noise");
});

it("admits a defeat by the colours", () => {
  expect(verdictOn(0.8, 0.78)).toContain("Both beat the colour baseline.");
  expect(verdictOn(0.8, 0.68)).toContain("Only one of them beats the colour baseline of 70.0 %.");
  expect(verdictOn(0.6, 0.68)).toContain("Neither beats the colour baseline of 70.0 %.");
});

it("computes chance for every column", () => {
  const data = syntheticData(); // 3 classes, 30 patches, 5 captions each
  const row = /Chance.*?<\/tr>/s.exec(clipScoresSection(data).markup)![0];
  const cells = [...row.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => read(cell!));
  // One of its 5 captions first among 150: 1/30; among the first 5: 1 - (145·144·143·142·141)/(150·149·148·147·146).
  expect(cells).toEqual(["33.3 %", "33.3 %", "100.0 %", "100.0 %", "3.3 %", "15.8 %", "29.5 %", "3.3 %", "16.7 %", "33.3 %"]);
});
