import { expect, it } from "vitest";
import { missingLines, shownOutput } from "./lib/shown-output.mjs";

it("finds what is shown in what was printed, where words are the same and numbers near the same", () => {
  const printed = ["begin", "  step 1: loss 5.921", "  after:  42.1 %", "end"];
  expect(missingLines(["  step 1: loss 5.919", "  after: 42.0 %"], printed)).toEqual([]);
  expect(missingLines(["  step 1: loss 5.519"], printed)).toEqual(["  step 1: loss 5.519"]);
  expect(missingLines(["  after: 46.0 %"], printed)).toEqual(["  after: 46.0 %"]);
  expect(missingLines(["  step 1: cost 5.919"], printed)).toEqual(["  step 1: cost 5.919"]);
});

it("wants the lines in their order, each once", () => {
  expect(missingLines(["b 1", "a 1"], ["a 1", "b 1"])).toEqual(["a 1"]);
  expect(missingLines(["a 1", "a 1"], ["a 1"])).toEqual(["a 1"]);
});

it("finds the block of a page by one of its lines", () => {
  const page = "```sh\nx\n```\n\n```text\nfirst\n```\n\n```text\nsecond\n  third\n```\n";
  expect(shownOutput(page, "second")).toEqual(["second", "  third"]);
  expect(() => shownOutput(page, "fourth")).toThrow('No block of the page has the line "fourth".');
});
