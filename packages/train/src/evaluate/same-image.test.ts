import { expect, it } from "vitest";
import { notedNames } from "./same-image";

it.each<[string, string[], string[], string[][]]>([
  ["the same name", ["red/1.png", "blue/1.png"], ["blue/1.png"], [[], ["blue/1.png"]]],
  ["folders that the images lack", ["1.png"], ["/data/set/1.png", "2.png"], [["/data/set/1.png"]]],
  ["folders that the annotation lacks", ["red/1.png", "blue/1.png"], ["1.png"], [["1.png"], ["1.png"]]],
  ["the longest of several", ["set/red/1.png"], ["1.png", "red/1.png"], [["red/1.png"]]],
  ["other folders, where nothing else is called so", ["Airport/1.png", "Beach/2.png"], ["images/1.png"], [["images/1.png"], []]],
  ["other folders, where something else is", ["Airport/1.png", "Beach/1.png"], ["images/1.png"], [[], []]],
  ["two that it may be", ["1.png"], ["a/1.png", "b/1.png"], [["a/1.png", "b/1.png"]]],
])("finds an image's name in an annotation file: %s", (_what, images, noted, expected) => {
  expect([...notedNames(images, noted).values()]).toEqual(expected);
});
