import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { parserWords } from "../../scripts/spice/parser-words";
import { readParserModel } from "./parser-model";
import { WORD_LISTS } from "./parser-words";
import { loadSpiceParser } from "./spice-parser";

const packed = new Uint8Array(gunzipSync(readFileSync(new URL("../spice-parser.bin", import.meta.url))));

/** What stands before the classifiers: lists of words, and templates of three. */
const head = (lists: number, templates = [4, 1, 0, 0, 0]) => [
  ...packed.slice(0, 4),
  ...[2 * lists - 1, ...new TextEncoder().encode(Array(lists).fill("a").join("\n"))],
  ...[...templates, ...templates, ...templates],
];

describe("loadSpiceParser", () => {
  it("has the lists of words that its sources have", () => {
    const { words } = readParserModel(packed);
    const written = WORD_LISTS.map((name) => [...words[name]].map((entry) => entry.filter(Boolean).join(":")));
    expect(written).toEqual(
      parserWords().map((line) => [...new Map(line.split(" ").map((entry) => [entry.split(":")[0], entry])).values()]),
    );
    expect(words.nouns.get("men")).toBe("man");
    expect(words.twoWords.has("next_to")).toBe(true);
  });

  it("is loaded once", async () => {
    expect(await loadSpiceParser()).toBe(await loadSpiceParser());
  });

  it("reads the model from bytes, packed or not", async () => {
    const parser = await loadSpiceParser({ from: packed });
    const own = await loadSpiceParser();
    const caption = "a large lake is surrounded by lush trees .";
    expect(parser.tuples(caption)).toEqual(own.tuples(caption));
    expect(parser.tuples(caption).length).toBeGreaterThan(3);
  });

  it("does not let a caller change what the next one gets", async () => {
    const parser = await loadSpiceParser();
    parser.tuples("a lake .").pop();
    expect(parser.tuples("a lake .")).toEqual([["lake"]]);
  });

  it.each([
    ["nothing", new Uint8Array()],
    ["another file", new TextEncoder().encode("PK\u0003\u0004 and so on")],
    ["half of it", packed.slice(0, packed.length >> 1)],
    ["too much", Uint8Array.of(...packed.slice(0, 64), ...packed.slice(32, 4096))],
    ["a number without end", Uint8Array.of(...packed.slice(0, 4), 255, 255, 255, 255, 255, 255, 255)],
    ["a list of words too few", Uint8Array.of(...head(7), 3, 65, 10, 66, 1, 1, 1)],
    ["half a template", Uint8Array.of(...head(8, [6, 1, 0, 0, 0, 1, 0]), 3, 65, 10, 66, 1, 1, 1)],
    ["more templates than there is room for", Uint8Array.of(...head(8, [144, 4, ...new Array(528).fill(0)]), 3, 65, 10, 66, 1, 1, 1)],
    ["more weights than bytes", Uint8Array.of(...head(8), 3, 65, 10, 66, 255, 255, 255, 127, 1, 1)],
    ["one byte more", Uint8Array.from([...packed, 0])],
  ])("refuses %s", async (_, bytes) => {
    await expect(loadSpiceParser({ from: bytes })).rejects.toThrow(refusal("FILE_CORRUPT", /^The caption parser's model (has|breaks)/));
  });

  it("says what is not there or not understood", async () => {
    await expect(loadSpiceParser({ from: "/no/such/file" })).rejects.toThrow(refusal("FILE_NOT_FOUND"));
    await expect(loadSpiceParser({ from: 5 as never })).rejects.toThrow(refusal("INVALID_ARGUMENT"));
    await expect(loadSpiceParser({ form: "x" } as never)).rejects.toThrow(refusal("UNKNOWN_OPTION"));
  });
});
