import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { parse } from "./parse";

describe("parse", () => {
  it("finds things, attributes and relations", async () => {
    expect(await parse("two green trees near a pond .")).toEqual({
      objects: ["tree", "pond"],
      attributes: [
        ["tree", "two"],
        ["tree", "green"],
      ],
      relations: [["tree", "near", "pond"]],
    });
  });

  it("finds no relation in a passive, as SPICE", async () => {
    const { objects, relations } = await parse("many planes are parked near a terminal .");
    expect([...objects].sort()).toEqual(["plane", "terminal"]);
    expect(relations).toEqual([]);
  });

  it("turns a passive with by round, and relates what a participle hangs on", async () => {
    expect((await parse("a playground is surrounded by trees .")).relations).toEqual([["tree", "surround", "playground"]]);
    expect((await parse("boats docked in a harbor .")).relations).toEqual([["boat", "dock in", "harbor"]]);
  });

  // The first five and "ground" are of the Java parser's output that FACTUAL publishes (tests/test_data/SPICE_parsing_outputs.txt), which lists objects
  // where there is nothing else; the last three are what SPICE's patterns are for.
  it.each([
    ["green trees near a street", "tree,green", "tree,near,street"],
    ["two giraffes in a pen", "giraffe,two", "giraffe,in,pen"],
    ["baseball player swinging a baseball bat", "player,baseball;bat,baseball", ""],
    ["three large rocks beside the beach at the ocean", "rock,three;rock,large", "rock,beside,beach;beach,at,ocean"],
    ["buildings on the side of the road", "", "building,on,side;side,of,road"],
    ["ground is covered in snow .", "", ""],
    ["a plane is on the runway", "", "plane,on,runway"],
    ["a woman is smiling", "woman,smile", ""],
    ["the man is a rider", "man,rider", ""],
    // Not "a person walking on a sidewalk", whose first word CoreNLP takes for no noun there: (walking, on, sidewalk).
  ])("reads %s as the original does", async (caption, attributes, relations) => {
    const read = await parse(caption);
    const written = (tuples: readonly (readonly string[])[]) => tuples.map((tuple) => tuple.join(",")).join(";");
    expect([written(read.attributes), written(read.relations)]).toEqual([attributes, relations]);
  });

  it("finds only things in what CoreNLP doesn't take for a verb", async () => {
    expect(await parse("man riding an elephant")).toEqual({ objects: ["man", "elephant"], attributes: [], relations: [] });
  });

  it("takes prepositions of several words for one", async () => {
    expect((await parse("a church next to a road .")).relations).toEqual([["church", "next to", "road"]]);
    expect((await parse("a square in front of a church .")).relations).toEqual([["square", "in front of", "church"]]);
  });

  it("tells each tuple once, of all sentences", async () => {
    const { objects } = await parse("a lake . a lake and a road .");
    expect(objects).toEqual(["lake", "road"]);
  });

  it("finds nothing in nothing", async () => {
    const nothing = { objects: [], attributes: [], relations: [] };
    expect(await parse("")).toEqual(nothing);
    expect(await parse(" .")).toEqual(nothing);
  });

  it("refuses what is no caption", async () => {
    await expect(parse(null as unknown as string)).rejects.toThrow(
      refusal("INVALID_ARGUMENT", exactly("caption must be a string, got null.")),
    );
    await expect(parse("a", { model: 1 } as never)).rejects.toThrow(refusal("UNKNOWN_OPTION"));
  });
});
