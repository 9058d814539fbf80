import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { createRandom } from "../create-random";
import { FUNCTION_WORDS } from "./function-words";
import { loadWordNet } from "./load-wordnet";
import { type ReplaceSynonymsOptions, replaceSynonyms } from "./replace-synonyms";

/** Every word has one synonym, so that it shows which were replaced. */
const marking = { synonyms: (word: string) => [`${word}X`] };
const caption = "Some planes are parked near a Long terminal, and many cars drive on the road next to it.";
const replaced = (text: string) => text.match(/X/g)?.length ?? 0;

describe("replaceSynonyms", () => {
  it("replaces 30 to 50 % of the words", () => {
    const words = 18;
    const counts = Array.from({ length: 300 }, (_, seed) =>
      replaced(replaceSynonyms(caption, createRandom(seed), { dictionary: marking })),
    );
    expect(Math.min(...counts)).toBe(Math.floor(0.3 * words));
    expect(Math.max(...counts)).toBe(8); // 8.99 words, and less than the candidates
    for (const count of [5, 6, 7, 8]) expect(counts.filter((other) => other === count).length, `${count}`).toBeGreaterThan(30);
  });

  it("replaces at least augMin and at most augMax, as far as there are candidates", () => {
    const run = (text: string, options: Partial<ReplaceSynonymsOptions>) =>
      replaced(replaceSynonyms(text, createRandom(1), { dictionary: marking, ...options }));
    expect(run("river bridge", {})).toBe(1);
    expect(run("river bridge", { augMin: 0 })).toBe(0);
    expect(run("river bridge", { augMin: 5 })).toBe(2);
    const long = Array.from({ length: 60 }, (_, i) => `q${"abcdefghij"[i % 10]}`).join(" ");
    expect(run(long, {})).toBe(10);
    expect(run(long, { augMax: 12, fraction: [1, 1] })).toBe(12);
    expect(run(long, { augMax: 100, fraction: [1, 1] })).toBe(60);
    expect(run(long, { augMax: 0, augMin: 0 })).toBe(0);
  });

  it("keeps case, punctuation, spaces and everything between words", () => {
    const text = "  Wide River,\ta well-kept road -- (Bridge's) 12 cars!\n";
    const all = { dictionary: marking, fraction: [1, 1] as const, augMax: 100 };
    expect(replaceSynonyms(text, createRandom(1), all)).toBe("  WideX RiverX,\ta well-keptX roadX -- (Bridge'sX) 12 carsX!\n");
    const none = { dictionary: { synonyms: () => [] } };
    for (const other of [text, "", " ", "...", "12 34", "the of a", "🛰️ é"])
      expect(replaceSynonyms(other, createRandom(1), none)).toBe(other);
    const big = { dictionary: { synonyms: () => ["élan vital"] } };
    expect(replaceSynonyms("Éclat", createRandom(1), big)).toBe("Élan vital");
  });

  it("keeps protected words: near and next, or those that are given, in singular and plural, over hyphens and underscores", () => {
    const run = (text: string, protectedWords?: string[]) =>
      replaceSynonyms(text, createRandom(1), {
        dictionary: marking,
        fraction: [1, 1],
        augMax: 100,
        tag: (words) => words.map(() => "noun" as const), // function words too
        ...(protectedWords && { protectedWords }),
      });
    expect(run("cars Near lake next lake")).toBe("carsX Near lakeX next lakeX");
    const classes = ["baseball field", "Storage_Tanks", "dense-residential", "beach", "railway station"];
    expect(run("two Baseball Fields near fields", classes)).toBe("twoX Baseball Fields nearX fieldsX");
    expect(run("storage tank, storage", classes)).toBe("storage tank, storageX");
    expect(run("dense residential and dense-residential", classes)).toBe("dense residential andX dense-residential");
    expect(run("beaches of railway stations", classes)).toBe("beaches ofX railway stations");
    expect(run("railway and station", classes)).toBe("railwayX andX stationX");
  });

  it("leaves alone what holds a sentence together, unless a tagger says otherwise", () => {
    const run = (tag?: ReplaceSynonymsOptions["tag"]) =>
      replaceSynonyms("there is a river in the two cities", createRandom(1), {
        dictionary: marking,
        fraction: [1, 1],
        ...(tag && { tag }),
      });
    expect(run()).toBe("there is a riverX in the two citiesX");
    expect(run((words) => words.map((word) => (word === "two" ? "noun" : null)))).toBe("there is a river in the twoX cities");
    for (const word of ["a", "the", "in", "are", "with", "next", "near", "two"]) expect(FUNCTION_WORDS.has(word)).toBe(true);
    for (const word of ["many", "green", "river", "large", "several"]) expect(FUNCTION_WORDS.has(word)).toBe(false);
  });

  it("asks for the tagged part of speech", () => {
    const asked: unknown[] = [];
    const dictionary = {
      synonyms: (word: string, part?: string) => {
        asked.push([word, part]);
        return [];
      },
    };
    replaceSynonyms("green park", createRandom(1), { dictionary, tag: () => ["adjective", "noun"] });
    expect(asked).toEqual(
      expect.arrayContaining([
        ["green", "adjective"],
        ["park", "noun"],
      ]),
    );
  });

  it("gives the same for the same seed, and leaves a caption alone by probability", () => {
    const run = (seed: number) => replaceSynonyms(caption, createRandom(seed), { dictionary: marking });
    expect(run(4)).toBe(run(4));
    expect(new Set([1, 2, 3, 4, 5, 6].map(run)).size).toBeGreaterThan(3);
    const changed = Array.from({ length: 400 }, (_, seed) =>
      replaceSynonyms(caption, createRandom(seed), { dictionary: marking, probability: 0.25 }),
    ).filter((text) => text !== caption).length;
    expect(changed).toBeGreaterThan(60);
    expect(changed).toBeLessThan(140);
  });

  it("never puts in the word itself", () => {
    const dictionary = { synonyms: (word: string) => [word, word.toUpperCase()] };
    expect(replaceSynonyms("river bridge", createRandom(1), { dictionary })).toBe("river bridge");
  });

  it("with WordNet", async () => {
    const dictionary = await loadWordNet();
    const options = { dictionary, protectedWords: ["airport", "near", "next"], fraction: [1, 1] as const };
    for (let seed = 0; seed < 20; seed++) {
      const result = replaceSynonyms("Airports near the sea.", createRandom(seed), options);
      expect(result).toBe("Airports near the ocean.");
    }
    const planes = new Set(Array.from({ length: 50 }, (_, seed) => replaceSynonyms("Planes.", createRandom(seed), options)));
    expect([...planes]).toContain("Airplane.");
    expect([...planes]).not.toContain("Planes.");
  });
});

describe("replaceSynonyms refuses", () => {
  it.each<[string, unknown, string, RegExp]>([
    ["no options", undefined, "INVALID_ARGUMENT", /dictionary must have synonyms\(word\).*got undefined/],
    ["a list as dictionary", { dictionary: ["x"] }, "INVALID_ARGUMENT", /dictionary must have synonyms\(word\)/],
    ["an unknown option", { dictionary: marking, aug_max: 3 }, "UNKNOWN_OPTION", /replaceSynonyms has no option "aug_max"/],
    ["one fraction", { dictionary: marking, fraction: 0.3 }, "INVALID_ARGUMENT", /fraction must be \[smallest, largest\], got 0\.3/],
    ["a turned fraction", { dictionary: marking, fraction: [0.5, 0.3] }, "INVALID_ARGUMENT", /fraction must be .*got \[0\.5, 0\.3\]/],
    ["a fraction above 1", { dictionary: marking, fraction: [0.5, 2] }, "INVALID_ARGUMENT", /fraction\[1\] must be .*at most 1, got 2/],
    ["a NaN fraction", { dictionary: marking, fraction: [Number.NaN, 1] }, "INVALID_ARGUMENT", /fraction\[0\]/],
    ["augMin", { dictionary: marking, augMin: -1 }, "INVALID_ARGUMENT", /augMin must be a whole number at least 0, got -1/],
    ["augMax below augMin", { dictionary: marking, augMin: 4, augMax: 3 }, "INVALID_ARGUMENT", /augMax must be .*at least 4.*got 3/],
    ["a probability", { dictionary: marking, probability: 2 }, "INVALID_ARGUMENT", /probability must be .*at most 1, got 2/],
    [
      "protected text",
      { dictionary: marking, protectedWords: "near" },
      "INVALID_ARGUMENT",
      /protectedWords must be a list of texts, got near/,
    ],
    [
      "a number protected",
      { dictionary: marking, protectedWords: ["a", 1] },
      "INVALID_ARGUMENT",
      /protectedWords\[1\] must be a text .*got 1/,
    ],
    [
      "a blank protected",
      { dictionary: marking, protectedWords: [" - "] },
      "INVALID_ARGUMENT",
      /protectedWords\[0\] must be a text with a word/,
    ],
    ["no tagger", { dictionary: marking, tag: "noun" }, "INVALID_ARGUMENT", /tag must be a function, got noun/],
    [
      "too few tags",
      { dictionary: marking, tag: () => [] },
      "INVALID_ARGUMENT",
      /tag must give a part of speech for each of 2 words, got 0/,
    ],
    ["no tags", { dictionary: marking, tag: () => null }, "INVALID_ARGUMENT", /for each of 2 words, got null/],
    ["odd tags", { dictionary: marking, tag: () => ["noun", "NN"] }, "INVALID_ARGUMENT", /noun, verb, adjective, adverb or null, got NN/],
    [
      "a promise",
      { dictionary: { synonyms: async () => [] } },
      "INVALID_ARGUMENT",
      /dictionary\.synonyms\("\w+"\) must be a list of words/,
    ],
    ["numbers", { dictionary: { synonyms: () => [1] } }, "INVALID_ARGUMENT", /must be a list of words, none of them blank, got \[1\]/],
    ["blanks", { dictionary: { synonyms: () => ["b", " "] } }, "INVALID_ARGUMENT", /none of them blank/],
  ])("%s", (_, options, code, message) => {
    expect(() => replaceSynonyms("river bridge", createRandom(1), options as never)).toThrow(refusal(code, message));
  });

  it("a caption that is no text", () => {
    expect(() => replaceSynonyms(["x"] as never, createRandom(1), { dictionary: marking })).toThrow(
      refusal("INVALID_ARGUMENT", /caption must be a text/),
    );
  });
});
