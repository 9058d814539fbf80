import { describe, expect, it } from "vitest";
import { splitWords } from "./words";

describe("splitWords", () => {
  it("splits at what Python's str.split() splits at", () => {
    const spaces = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000";
    for (const space of spaces) expect(splitWords(`a${space}b`)).toEqual(["a", "b"]);
  });

  it("keeps what only looks like white space to JavaScript, and case and punctuation", () => {
    expect(splitWords("\ufeffA lake.\u200b b")).toEqual(["\ufeffA", "lake.\u200b", "b"]);
  });

  it("finds no words in nothing", () => {
    expect(splitWords("")).toEqual([]);
    expect(splitWords(" \u3000\n")).toEqual([]);
  });
});
