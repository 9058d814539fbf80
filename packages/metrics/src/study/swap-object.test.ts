import { createRandom } from "@rsdix/internal";
import { beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { became, CAPTION, everySeed } from "../../test/every-seed";
import { loadWordNet } from "../wordnet/load-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import { objectsOf, swapObject } from "./swap-object";
import { tagByWordNet } from "./tag-words";

let wordnet: WordNet;
beforeAll(async () => {
  wordnet = await loadWordNet();
});

describe("swapObject", () => {
  const objects = ["airplane", "airplanes", "beach", "beaches", "lake", "ponds", "river"];
  const swap = (caption: string, seed = 1) => swapObject(caption, createRandom(seed), { wordnet, objects });

  it("puts another object in one place, plural for plural, no synonym, none that is there", () => {
    const all = everySeed((seed) => swap(CAPTION, seed));
    for (const { changes } of all) expect(changes).toHaveLength(1);
    expect(became(all, 1)).toEqual(new Set(["beaches", "ponds"])); // planes: no airplanes
    expect(became(all, 12)).toEqual(new Set(["airplane", "beach", "river"]));
    expect(new Set(all.flatMap(({ changes }) => changes.map(({ from }) => from)))).toEqual(new Set(["planes", "terminal", "lake"]));
  });

  it("takes plurals without an s for plurals, and no other noun", () => {
    const put = (caption: string) => {
      const noun = ["people", "person", "women", "omen", "children", "lake", "ponds", "geese"];
      return became(
        everySeed((seed) => swapObject(caption, createRandom(seed), { wordnet, objects: noun })),
        1,
      );
    };
    expect(put("many people .")).toEqual(new Set(["women", "children", "ponds", "geese"]));
    expect(put("many men .")).toEqual(new Set(["people", "women", "children", "ponds", "geese"]));
    expect(put("a road .")).toEqual(new Set(["person", "omen", "lake"]));
  });

  it("keeps a capital, and leaves a caption without objects alone", () => {
    expect(swap("Lakes .").caption).toMatch(/^(Airplanes|Beaches|Ponds) \.$/);
    expect(swap("it is green")).toEqual({ caption: "it is green", changes: [] });
    expect(swapObject("a lake", createRandom(1), { wordnet, objects: ["lakes"] }).changes).toEqual([]);
  });

  it("finds the objects of a data set", () => {
    expect(objectsOf([CAPTION, "a Lake is wide"], tagByWordNet(wordnet))).toEqual(["lake", "planes", "terminal"]);
  });

  it("refuses to work without its dictionary or list", () => {
    const refused = (options: object, code: string, message: string) =>
      expect(() => swapObject("a lake", createRandom(1), options as never)).toThrow(refusal(code, message));
    refused({ objects }, "INVALID_ARGUMENT", "^wordnet must be what loadWordNet");
    refused({ wordnet }, "INVALID_ARGUMENT", "^objects must be a list of nouns, got undefined");
    refused({ wordnet, objects, nouns: [] }, "UNKNOWN_OPTION", 'no option "nouns"');
  });
});
