import { createRandom } from "@rsdix/internal";
import { beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { became, CAPTION, everySeed, SEEDS } from "../../test/every-seed";
import { loadWordNet } from "../wordnet/load-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import { deleteWords, repeatWords, shuffleWords } from "./disorder";
import { replaceSynonyms } from "./replace-synonyms";
import { swapColour } from "./swap-colour";
import { swapNumber } from "./swap-number";
import { swapRelation } from "./swap-relation";
import { tagByWordNet } from "./tag-words";

let wordnet: WordNet;
beforeAll(async () => {
  wordnet = await loadWordNet();
});

describe("tagByWordNet", () => {
  it.each([
    ["Many planes are parked near a large terminal", "- n - v - - a n"],
    ["a green lake is surrounded by dense green trees", "- a n - v - a a n"],
    ["two baseball fields beside a residential area", "- n n - - a n"],
    ["the xyzzy is green", "- - - a"],
    ["there are cars densely parked in the parking lot", "- - n r v - - n -"],
  ])("tags %j as %j", (caption, tags) => {
    expect(
      tagByWordNet(wordnet)(caption.split(" "))
        .map((tag) => tag ?? "-")
        .join(" "),
    ).toBe(tags);
  });
});

describe("replaceSynonyms", () => {
  const planes = (options = {}) => everySeed((seed) => replaceSynonyms(CAPTION, createRandom(seed), { wordnet, ...options }));

  it("says which words changed, and changes nothing else", () => {
    const { caption, changes } = replaceSynonyms(CAPTION, createRandom(1), { wordnet });
    expect({ caption, changes }).toMatchInlineSnapshot(`
      {
        "caption": "Many plane are park near a heavy terminus , next to the gullible lake .",
        "changes": [
          {
            "from": "planes",
            "index": 1,
            "to": "plane",
          },
          {
            "from": "parked",
            "index": 3,
            "to": "park",
          },
          {
            "from": "large",
            "index": 6,
            "to": "heavy",
          },
          {
            "from": "terminal",
            "index": 7,
            "to": "terminus",
          },
          {
            "from": "green",
            "index": 11,
            "to": "gullible",
          },
        ],
      }
    `);
  });

  it("replaces by lemmas of the word's part of speech, in lower case and with blanks, capitals kept", () => {
    const all = planes({ augMin: 10 });
    const lemmas = new Set(
      wordnet
        .baseForms("planes", "n")
        .flatMap((form) => [...wordnet.synsets(form, "n")].flatMap((synset) => wordnet.lemmas(synset, "n")))
        .map((lemma) => lemma.replaceAll(/[_-]/g, " ").toLowerCase()),
    );
    expect(lemmas).toContain("airplane");
    const put = became(all, 1);
    expect(put.size).toBeGreaterThan(2);
    for (const word of put) expect(lemmas).toContain(word);
    const capital = everySeed((seed) => replaceSynonyms("Planes .", createRandom(seed), { wordnet }));
    for (const { caption } of capital) expect(caption).toMatch(/^[A-Z][a-z' ]+ \.$/);
  });

  it("takes the commonest senses only, where told to", () => {
    const put = became(planes({ augMin: 10, senses: 1 }), 1);
    expect([...put].sort()).toEqual(["aeroplane", "airplane", "plane"]);
  });

  it("keeps what is protected, what holds the sentence together, and what WordNet doesn't have", () => {
    const all = planes({ augMin: 10, protectedWords: ["large terminal", "GREEN"] });
    const indices = new Set(all.flatMap(({ changes }) => changes.map(({ index }) => index)));
    expect([...indices].sort((a, b) => a - b)).toEqual([1, 3]); // planes, parked; a lake is called nothing else
    const unknown = replaceSynonyms("the xyzzy plugh .", createRandom(1), { wordnet });
    expect(unknown).toEqual({ caption: "the xyzzy plugh .", changes: [] });
  });

  it("replaces ceil(p × tokens) words, p between 0.3 and 0.5, clamped to augMin and augMax", () => {
    // 20 nouns with synonyms and a full stop: 21 tokens, so 7 to 11 words, of which 10 are the most.
    const caption = `${Array.from({ length: 20 }, () => "plane").join(" ")} .`;
    const counts = (options: object) =>
      new Set(SEEDS.map((seed) => replaceSynonyms(caption, createRandom(seed), { wordnet, ...options }).changes.length));
    expect([...counts({})].sort((a, b) => a - b)).toEqual([7, 8, 9, 10]);
    expect(counts({ augMax: 1 })).toEqual(new Set([1]));
    expect(counts({ augMin: 15, augMax: 15 })).toEqual(new Set([15]));
    expect(counts({ fraction: [1, 1], augMax: 100 })).toEqual(new Set([20]));
    expect(counts({ fraction: [0.2, 0.2] })).toEqual(new Set([5]));
  });

  it("takes each lemma as often as sets have it", () => {
    const counted = {
      ...wordnet,
      baseForms: () => ["x"],
      synsets: () => Int32Array.of(1, 2, 3),
      lemmas: (set: number) => (set < 3 ? ["x", "a"] : ["b"]),
    };
    const put = Array.from(
      { length: 600 },
      (_, seed) => replaceSynonyms("x", createRandom(seed), { wordnet: counted, tag: () => ["n"] }).caption,
    );
    const share = put.filter((caption) => caption === "a").length / put.length;
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(0.73); // two thirds
    expect(new Set(put)).toEqual(new Set(["a", "b"]));
  });

  it("refuses what it cannot work with", () => {
    const refused = (options: object, code: string, message: string) =>
      expect(() => replaceSynonyms(CAPTION, createRandom(1), { wordnet, ...options })).toThrow(refusal(code, message));
    refused({ wordnet: {} }, "INVALID_ARGUMENT", "^wordnet must be what loadWordNet resolves to, got an object of nothing");
    refused({ fraction: [0.5, 0.3] }, "INVALID_ARGUMENT", "^fraction must be \\[smallest, largest\\], got \\[0.5, 0.3\\]");
    refused({ fraction: [0.5, 1.3] }, "INVALID_ARGUMENT", "^fraction\\[1\\] must be a finite number at least 0 and at most 1, got 1.3");
    refused({ augMin: 3, augMax: 2 }, "INVALID_ARGUMENT", "^augMax must be a whole number at least 3, got 2");
    refused({ tag: () => ["n"] }, "INVALID_ARGUMENT", "^tag must give a part of speech or null for each of 13 words, got 1");
    refused({ senses: 0 }, "INVALID_ARGUMENT", "^senses must be a whole number at least 1, got 0");
    refused({ stopwords: [] }, "UNKNOWN_OPTION", 'no option "stopwords"');
  });
});

describe("swaps of one phrase", () => {
  it("colour: one of the colours becomes another", () => {
    const all = everySeed((seed) => swapColour("Red roofs and a grey road .", createRandom(seed)));
    for (const { changes } of all) expect(changes).toHaveLength(1);
    expect(became(all, 0).size).toBeGreaterThan(3);
    for (const to of became(all, 0)) expect(to).toMatch(/^(Orange|Yellow|Green|Blue|Purple|Brown|Black|White|Gray)$/);
    expect(became(all, 4).size).toBeGreaterThan(3);
    expect(became(all, 4)).not.toContain("gray");
    expect(swapColour("a road .", createRandom(1))).toEqual({ caption: "a road .", changes: [] });
  });

  it("number: words, digits, quantities", () => {
    const caption = (text: string, seed = 1) => swapNumber(text, createRandom(seed)).caption;
    for (const seed of SEEDS) {
      expect(caption("Two planes .", seed)).toMatch(/^(Three|Four|Five|Six|Seven|Eight|Nine|Ten) planes \.$/);
      const digits = Number(/^(\d+) boats$/.exec(caption("12 boats", seed))?.[1]);
      expect(digits).toBeGreaterThan(1);
      expect(digits).toBeLessThan(100);
      expect(digits).not.toBe(12);
    }
    expect(caption("A lot of houses")).toBe("Few houses");
    expect(swapNumber("there are a few trees .", createRandom(1)).changes).toEqual([{ index: 2, from: "a few", to: "many" }]);
    expect(caption("some trees")).toBe("no trees");
    expect(swapNumber("a tree", createRandom(1)).changes).toEqual([]);
  });

  it("relation: the longest phrase, and its opposite", () => {
    const caption = (text: string) => swapRelation(text, createRandom(1)).caption;
    expect(swapRelation("a pond next to a road .", createRandom(1))).toEqual({
      caption: "a pond far from a road .",
      changes: [{ index: 2, from: "next to", to: "far from" }],
    });
    expect(caption("a bridge over the river")).toBe("a bridge under the river");
    expect(caption("a car in front of a house")).toBe("a car behind a house");
    expect(caption("a lake in the middle of a park")).toBe("a lake outside of a park");
    expect(caption("Near roads.")).toBe("Far from roads.");
    const one = everySeed((seed) => swapRelation("a road with cars near a lake", createRandom(seed)));
    expect(new Set(one.map((swapped) => swapped.caption))).toEqual(
      new Set(["a road without cars near a lake", "a road with cars far from a lake"]),
    );
    expect(caption("a lake")).toBe("a lake");
  });
});

describe("disorder", () => {
  it("shuffleWords keeps the words and the punctuation's place, and says which places changed", () => {
    for (const seed of SEEDS) {
      const { caption, changes } = shuffleWords(CAPTION, createRandom(seed));
      expect(caption).not.toBe(CAPTION);
      expect(caption.split(" ").sort()).toEqual(CAPTION.split(" ").sort());
      expect([caption.split(" ")[8], caption.slice(-2)]).toEqual([",", " ."]);
      const words = CAPTION.split(" ").filter((word) => /\w/.test(word));
      const now = caption.split(" ").filter((word) => /\w/.test(word));
      expect(changes).toEqual(words.flatMap((from, index) => (from === now[index] ? [] : [{ index, from, to: now[index] }])));
    }
    expect(shuffleWords("a river", createRandom(1)).caption).toBe("river a");
    expect(shuffleWords("river River-", createRandom(1)).caption).toBe("River river-");
    expect(shuffleWords("a a .", createRandom(1))).toEqual({ caption: "a a .", changes: [] });
  });

  it("deleteWords leaves out three tenths of what names something", () => {
    const { caption, changes } = deleteWords("a lake.", createRandom(1));
    expect({ caption, changes }).toEqual({ caption: "a.", changes: [{ index: 1, from: "lake", to: "" }] });
    const all = everySeed((seed) => deleteWords(CAPTION, createRandom(seed)));
    for (const { caption: left, changes: gone } of all) {
      expect(gone).toHaveLength(2); // of planes, parked, large, terminal, green, lake
      for (const { from } of gone) expect(["planes", "parked", "large", "terminal", "green", "lake"]).toContain(from);
      expect(left).not.toMatch(/ {2}|^ /);
      expect(left.split(" ").length).toBe(CAPTION.split(" ").length - 2);
    }
    expect(deleteWords("Lakes near", createRandom(1)).caption).toBe("near");
    expect(deleteWords("lake river", createRandom(1), 1).changes).toHaveLength(1); // never the whole caption
    expect(deleteWords("near it", createRandom(1)).changes).toEqual([]);
    expect(deleteWords("", createRandom(1))).toEqual({ caption: "", changes: [] });
    expect(() => deleteWords("a", createRandom(1), 0)).toThrow("share must be a finite number at least");
  });

  it("repeatWords says three tenths of the words twice", () => {
    for (const seed of SEEDS) {
      const { caption, changes } = repeatWords(CAPTION, createRandom(seed));
      expect(changes).toHaveLength(4); // of 13 words
      for (const { from, to } of changes) expect(to).toBe(`${from} ${from}`);
      expect(caption.split(" ").length).toBe(CAPTION.split(" ").length + 4);
    }
    expect(repeatWords("lake.", createRandom(1)).caption).toBe("lake lake.");
    expect(repeatWords("...", createRandom(1)).changes).toEqual([]);
    expect(() => repeatWords("a", createRandom(1), 1.5)).toThrow("share must be a finite number");
  });
});

it("draws the same with the same seed, and another with another", () => {
  const run = (seed: number) => [
    replaceSynonyms(CAPTION, createRandom(seed), { wordnet }).caption,
    swapColour(CAPTION, createRandom(seed)).caption,
    shuffleWords(CAPTION, createRandom(seed)).caption,
    deleteWords(CAPTION, createRandom(seed)).caption,
    repeatWords(CAPTION, createRandom(seed)).caption,
  ];
  expect(run(7)).toEqual(run(7));
  run(7).forEach((caption, i) => {
    expect(new Set(SEEDS.map((seed) => run(seed)[i])).size).toBeGreaterThan(3);
    expect(caption).not.toBe(CAPTION);
  });
});
