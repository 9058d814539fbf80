import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createRandom, type Random } from "@rsdix/internal";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readFixture } from "../../test/read-fixture";
import { bleuCounts } from "./bleu-counts";
import { type CaptionNgrams, captionNgrams } from "./caption-ngrams";
import { ciderDScorer } from "./cider-d-score";
import { countCompiled } from "./count-compiled";
import { numberNgrams } from "./number-ngrams";
import { rougeLScorer } from "./rouge-l-score";

interface Captions {
  candidates: string[];
  references: string[][];
}

function inARow({ candidates, references }: Captions) {
  const first = [0];
  for (const captions of references) first.push(first.at(-1)! + 1 + captions.length);
  return { texts: candidates.flatMap((candidate, i) => [candidate, ...references[i]!]), first: Int32Array.from(first) };
}

/** What compiled code and JavaScript make of the same captions; fails where compiled code refused them. */
function both(captions: Captions) {
  const { texts, first } = inARow(captions);
  const set = { images: captions.candidates.length, first };
  const compiled = countCompiled(texts, first, 0);
  if (!compiled) throw new Error("not by compiled code");
  return { compiled: { ...set, ...compiled } as CaptionNgrams, plain: { ...set, ...numberNgrams(texts, first) } as CaptionNgrams };
}

function expectEqual({ compiled, plain }: ReturnType<typeof both>) {
  const { scores, images } = compiled;
  expect(compiled.size).toBe(plain.size);
  // By bytes: lists of some 100,000 numbers take a second otherwise.
  const bytes = ({ buffer, byteOffset, byteLength }: Int32Array) => Buffer.from(buffer, byteOffset, byteLength);
  for (const list of ["starts", "ids", "counts", "matches", "frequencies"] as const) {
    if (!bytes(compiled[list]).equals(bytes(plain[list]))) expect(compiled[list]).toEqual(plain[list]);
  }
  const ofAll = <T>(score: (image: number) => T) => Array.from({ length: images }, (_, image) => score(image));
  expect(ofAll(scores!.bleu()).map((sums) => [...(sums as Int32Array)])).toEqual(ofAll(bleuCounts(plain)));
  expect(ofAll(scores!.ciderD())).toEqual(ofAll(ciderDScorer(plain)));
  expect(ofAll(scores!.rougeL())).toEqual(ofAll(rougeLScorer(plain)));
}

const WORDS = "a the many green trees are near road river . lake in of straße 東京 😀 e\u0301 é".split(" ");
const BLANKS = [" ", " ", " ", "  ", "\t", "\u001c", "\u0085", "\u00a0", "\u1680", "\u2003", "\u2028", "\u3000", "\ufeff"];
const oneOf = <T>(random: Random, list: readonly T[]): T => list[random.int(list.length)]!;
const sentence = (random: Random, most: number) =>
  Array.from({ length: random.int(most) }, () => oneOf(random, WORDS) + oneOf(random, BLANKS)).join("");
const any = (random: Random, most: number) =>
  Array.from({ length: random.int(most) }, () => String.fromCharCode(random.int(2) ? random.int(65536) : random.int(128))).join("");
const made = (images: number, text: () => string, random: Random): Captions => ({
  candidates: Array.from({ length: images }, text),
  references: Array.from({ length: images }, () => Array.from({ length: 1 + random.int(5) }, text)),
});

describe("countCompiled is JavaScript's to the bit", () => {
  it("on pycocoevalcap's captions", async () => {
    const sets = (await readFixture<Captions[]>("ngrams")).filter(({ candidates }) => candidates.length > 100);
    expect(sets.length).toBeGreaterThan(0);
    for (const set of sets) expectEqual(both(set));
  });

  it("on sentences with every blank, and letters of several units", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = createRandom(seed);
      expectEqual(both(made(150, () => sentence(random, 16), random)));
    }
  });

  it("on any strings, halves of pairs and zeros among them", () => {
    const random = createRandom(41);
    expectEqual(both(made(2000, () => any(random, 40), random)));
  });

  it("on captions of thousands of words, of more words than a block of the subsequence has, and of none", () => {
    const random = createRandom(43);
    const { candidates, references } = made(60, () => sentence(random, 200), random);
    candidates[3] = Array.from({ length: 5000 }, () => oneOf(random, WORDS)).join(" ");
    references[3] = ["", candidates[3].slice(0, 9000), candidates[3]];
    candidates[4] = "";
    references[5] = ["", " \u3000 "];
    candidates[6] = "x".repeat(10_000);
    references[6] = ["x".repeat(9999), candidates[6]];
    expectEqual(both({ candidates, references }));
  });

  it("on captions of words that all differ, more than its lists of them", () => {
    let word = 0;
    const caption = () => Array.from({ length: 10 }, () => `w${word++}`).join(" ");
    expectEqual(both(made(1500, caption, createRandom(44))));
  });
});

describe("countCompiled", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });
  const captions = made(200, () => "many green trees are near a road .", createRandom(45));
  const { texts, first } = inARow(captions);

  it("keeps what it read when others are read, and scores in any order", () => {
    const random = createRandom(46);
    const early = both(made(200, () => sentence(random, 12), random));
    const later = Array.from({ length: 30 }, () => both(made(200, () => sentence(random, 12), random)));
    expect(early.compiled.scores!.rougeL()(7)).toBe(rougeLScorer(early.plain)(7));
    for (const set of later.toReversed()) expectEqual(set);
    expectEqual(early);
  });

  it("leaves small sets to JavaScript", () => {
    expect(countCompiled(["a tree", "a tree"], Int32Array.of(0, 2))).toBe(undefined);
    expect(countCompiled([], Int32Array.of(0))).toBe(undefined);
    const long = [texts[0]!, "a ".repeat(2 ** 16)];
    expect(countCompiled(long, Int32Array.of(0, 2))?.scores).toBeDefined();
  });

  it("leaves sets to JavaScript whose memory would have no addresses", () => {
    expect(countCompiled(["a", "a".repeat(2 ** 26 + 2 ** 25)], Int32Array.of(0, 2))).toBe(undefined);
  });

  it.each([
    ["there is no WebAssembly", { WebAssembly: undefined }],
    [
      "a process may compile none",
      {
        WebAssembly: {
          Module: class {
            constructor() {
              throw new Error("not allowed");
            }
          },
        },
      },
    ],
  ])("is not used where %s", async (_, globals) => {
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value);
    const anew = await import("./count-compiled");
    expect(anew.countCompiled(texts, first, 0)).toBe(undefined);
    const { bleu } = await import("../bleu");
    expect(bleu(captions.candidates, captions.references).bleu4).toBeCloseTo(1, 8);
  });
});

it("captionNgrams holds what it read until the program waits, and of those of a loop the last one alone", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const texts = () => Array.from({ length: 20_000 }, (_, i) => `word${i} of many words`);
  const references = [["c"], ...texts().map((text) => [text])];
  const mebibytes = () => {
    collect();
    return process.memoryUsage().arrayBuffers / 2 ** 20;
  };
  const before = mebibytes();
  for (let round = 0; round < 5; round++) captionNgrams([`${round}`, ...texts()], references);
  expect(mebibytes() - before).toBeLessThan(16); // a set has ten
  await null;
  expect(mebibytes() - before).toBeLessThan(2);
});
