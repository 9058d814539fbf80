import { describe, expect, it } from "vitest";
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
      expect.objectContaining({ code: "INVALID_ARGUMENT", message: "caption must be a string, got null." }),
    );
    await expect(parse("a", { model: 1 } as never)).rejects.toThrow(expect.objectContaining({ code: "UNKNOWN_OPTION" }));
  });
});
