import { describe, expect, test } from "vitest";
import * as main from "./index";
import * as ngrams from "./ngrams";

describe("@rsdix/metrics/ngrams", () => {
  test.each(["bleu", "ciderD", "rougeL", "vocab"] as const)("%s is the main entry's", (name) => {
    expect(ngrams[name]).toBe(main[name]);
  });
});
