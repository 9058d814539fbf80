import { expect, it } from "vitest";
import { clipMerges, gpt2File } from "./vocabularies";

it("CLIP's merges are pairs as its own file has them", () => {
  const merges = clipMerges();
  expect(merges).toHaveLength(48_894);
  expect(merges.slice(0, 3)).toEqual(["i n", "t h", "a n"]);
  expect(merges.every((pair) => /^\S+ \S+$/.test(pair))).toBe(true);
});

it("GPT-2's files are its 50,257 tokens and the merges that they are made by", () => {
  expect(Object.keys(JSON.parse(gpt2File("encoder.json")))).toHaveLength(50_257);
  expect(gpt2File("vocab.bpe").split("\n").slice(0, 2)).toEqual(["#version: 0.2", "Ġ t"]);
});
