import { describe, expect, it } from "vitest";
import { numberNgrams } from "./ngrams/number-ngrams";

/** The words of a text, as it is read: each of the others' words is one of its. */
const wordsOf = (text: string, words: readonly string[]) => {
  const { starts, ids } = numberNgrams([text, ...words], Int32Array.of(0, 1 + words.length));
  expect(words.map((_, i) => starts[4 * i + 5]! - starts[4 * i + 4]!)).toEqual(words.map(() => 1));
  return [...ids.subarray(0, starts[1])].map((id) => words[words.findIndex((_, i) => ids[starts[4 * i + 4]!] === id)]);
};

describe("the words of a caption", () => {
  it("splits at what Python's str.split() splits at", () => {
    const spaces = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000";
    for (const space of spaces) expect(wordsOf(`a${space}b`, ["a", "b"])).toEqual(["a", "b"]);
  });

  it("keeps what only looks like white space to JavaScript, and case and punctuation", () => {
    const words = ["\ufeffA", "lake.\u200b", "b"];
    expect(wordsOf("\ufeffA lake.\u200b b", words)).toEqual(words);
  });

  it("finds no words in nothing", () => {
    expect(wordsOf("", ["a"])).toEqual([]);
    expect(wordsOf(" \u3000\n", ["a"])).toEqual([]);
  });
});
