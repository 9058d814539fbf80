import { describe, expect, it } from "vitest";
import { sentencesOf } from "./sentences";

const split = (caption: string) => sentencesOf(caption).map((words) => words.join(" "));

// As CoreNLP's lexer splits them, but for quotes, which the parser does without.
describe("sentencesOf", () => {
  it.each([
    ["it's a baseball-field (with white lines) -- near trees.", ["it 's a baseball-field -LRB- with white lines -RRB- -- near trees ."]],
    [
      "a 3-storey building; the owner's car, 1,234 trees and 5.5 acres",
      ["a 3-storey building ; the owner 's car , 1,234 trees and 5.5 acres"],
    ],
    ["the river cannot be crossed , can't it ?", ["the river can not be crossed , ca n't it ?"]],
    ["two storey houses.many trees are planted around", ["two storey houses.many trees are planted around"]],
    ["This isn’t a lake", ["This is n't a lake"]],
    ["This isn't a lake ... it's a pond!!", ["This is n't a lake ... it 's a pond !!"]],
    ["a lake . two trees", ["a lake .", "two trees"]],
    ["an area of 2.5km", ["an area of 2.5 km"]],
    ["half at 50% capacity, 2/3 full", ["half at 50 % capacity , 2/3 full"]],
    ['a "lake"', ["a lake"]],
    ["a constructor near toString ( and valueOf )", ["a constructor near toString -LRB- and valueOf -RRB-"]],
    ["", []],
    [" \n ", []],
  ])("splits %s", (caption, expected) => {
    expect(split(caption)).toEqual(expected);
  });

  it("cuts what is longer than any sentence", () => {
    const sentences = sentencesOf("tree ".repeat(250));
    expect(sentences.map((words) => words.length)).toEqual([100, 100, 50]);
  });
});
