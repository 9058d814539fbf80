import { expect, test } from "vitest";
import { bleu, ciderD, rougeL, vocab } from "./index";
import * as ngrams from "./ngrams";

test("the entry for n-grams has the main entry's functions", () => {
  expect({ ...ngrams }).toEqual({ bleu, ciderD, rougeL, vocab });
});
