import { describe, expect, it } from "vitest";
import { parseJsonText } from "./json-text";

describe("a JSON file that can't be parsed", () => {
  it.each([
    ["cut off", '{"model": '],
    ["empty", ""],
    ["a web page", "<!doctype html>"],
  ])("is named with the parser's reason and what to do, in whole sentences: %s", (_, text) => {
    expect(() => parseJsonText(text, "tokenizer.json")).toThrowError(
      /^tokenizer\.json isn't valid JSON \(.+[^.]\)\. It may be truncated: fetch or write it again\.$/,
    );
  });
});
