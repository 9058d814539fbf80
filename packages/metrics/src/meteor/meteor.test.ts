import { createRandom } from "@rsdix/internal";
import { beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { readFixture } from "../../test/read-fixture";
import { loadWordNet } from "../wordnet/load-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import { CaptionReader } from "./caption-reader";
import { createMeteor, type MeteorResult, meteorOfStatistics } from "./create-meteor";
import { meteor } from "./meteor";
import { normalize } from "./normalize";
import { loadParaphrases } from "./paraphrases/paraphrases";
import { porter2 } from "./porter2";
import { WordTable } from "./word-table";

interface Golden {
  readonly pairs: readonly (readonly [candidate: string, references: readonly string[]])[];
  readonly scores: Readonly<Record<"none" | "table" | "own", { readonly perImage: readonly number[]; readonly corpus: number }>>;
  readonly table: string;
  readonly statistics: readonly (readonly [statistics: readonly number[], score: number])[];
  readonly split: readonly (readonly [text: string, tokens: string])[];
  readonly stems: readonly (readonly [word: string, stem: string])[];
}

const golden = await readFixture<Golden>("meteor");
const candidates = golden.pairs.map(([candidate]) => candidate);
const references = golden.pairs.map((pair) => pair[1]);
const own = globalThis.process?.env?.RSDIX_METEOR_PARAPHRASES;
const exact = { rtol: 0, atol: 1e-12 };

let wordnet: WordNet;
beforeAll(async () => {
  wordnet = await loadWordNet();
});

function expectGolden(result: MeteorResult, kind: keyof Golden["scores"]): void {
  expect(golden.pairs.length).toBeGreaterThan(2000);
  expect(result.perImage).toBeAllclose(golden.scores[kind].perImage, exact);
  expect([result.averages.corpus]).toBeAllclose([golden.scores[kind].corpus], exact);
  expect([result.averages.image]).toBeAllclose(
    [golden.scores[kind].perImage.reduce((sum, score) => sum + score, 0) / candidates.length],
    exact,
  );
}

describe("meteor is the jar of METEOR 1.5", () => {
  it("without paraphrases", async () => {
    const result = await meteor(candidates, references);
    expectGolden(result, "none");
    expect(result.paraphrases).toBe(false);
    expect(result.meteor).toBe(result.averages.image);
  });

  it("with a paraphrase table", async () => {
    const paraphrases = await loadParaphrases(new TextEncoder().encode(golden.table));
    const result = await meteor(candidates, references, { paraphrases, wordnet, average: "corpus" });
    expectGolden(result, "table");
    expect(result.paraphrases).toBe(true);
    expect(result.meteor).toBe(result.averages.corpus);
    expect(golden.scores.table.corpus).not.toBeCloseTo(golden.scores.none.corpus, 3);
  });

  it.skipIf(!own)("with METEOR's own table, whose path is in RSDIX_METEOR_PARAPHRASES", async () => {
    expectGolden(await meteor(candidates, references, { paraphrases: await loadParaphrases(own!) }), "own");
  });

  it("in how it splits captions", () => {
    expect(golden.split.length).toBeGreaterThan(2500);
    for (const [text, tokens] of golden.split) expect(normalize(text).join(" "), JSON.stringify(text)).toBe(tokens);
  });

  it("in taking a character of nobody's for a mark like any other", () => {
    for (const mark of ["\ue000", "\uf8ff", "\uffff"])
      expect(normalize(`a${mark}b...${mark}\n..`)).toEqual(["a", mark, "b", "...", mark, ".."]);
  });

  it("in its stems", () => {
    expect(golden.stems.length).toBeGreaterThan(2500);
    expect(golden.stems.filter(([word, stem]) => porter2(word) !== stem)).toEqual([]);
  });

  it("in the score of statistics, and of parts of a corpus", () => {
    for (const [statistics, score] of golden.statistics) expect(meteorOfStatistics(statistics)).toBeCloseTo(score, 14);
    const scorer = createMeteor({ wordnet });
    const [first, second] = [candidates.slice(0, 700), candidates.slice(700)];
    const parts = [scorer.scoreAll(first, references.slice(0, 700)), scorer.scoreAll(second, references.slice(700))] as const;
    const sum = parts[0].statistics.map((value, i) => value + parts[1].statistics[i]!);
    expect(meteorOfStatistics(sum)).toBe(scorer.scoreAll(candidates, references).averages.corpus);
  });
});

it("captions are split alike when their words were seen before", () => {
  const words = new WordTable(wordnet);
  const reader = new CaptionReader(words);
  const texts = [
    ...golden.split.map(([text]) => text),
    ...candidates,
    ...references.flat(),
    "No . 5",
    "No. 5 No.  a St. a-b-c a.b. x-y. ,x , y,",
  ];
  for (let time = 0; time < 2; time++) {
    for (const text of texts)
      expect([...reader.read(text)].map((word) => words.word(word)).join(" "), JSON.stringify(text)).toBe(normalize(text).join(" "));
  }
});

describe("meteor", () => {
  it("is one for a reference itself, and zero without words or anything in common", async () => {
    const { perImage } = await meteor(
      ["many planes are parked .", "a", "", "a", "lake"],
      [["x", "many planes are parked ."], ["a"], ["a"], [""], ["river"]],
    );
    expect(perImage).toEqual([1, 1, 0, 0, 0]);
  });

  it("does not depend on the order of references or images, nor on what was scored before", () => {
    const scorer = createMeteor({ wordnet });
    const forward = scorer.scoreAll(candidates, references).perImage;
    const backward = createMeteor({ wordnet }).scoreAll([...candidates].reverse(), references.map((own) => [...own].reverse()).reverse());
    expect(backward.perImage.reverse()).toEqual(forward);
    expect(candidates.slice(0, 50).map((candidate, i) => scorer.score(candidate, references[i]!))).toEqual(forward.slice(0, 50));
  });

  it("scores any texts from 0 to 1", async () => {
    const random = createRandom(8);
    const letter = () => {
      const kind = random.next();
      if (kind < 0.6) return "ab  .,'-"[random.int(8)]!;
      return kind < 0.9 ? String.fromCharCode(random.int(0x10000)) : String.fromCodePoint(0x10000 + random.int(0x100000));
    };
    const text = () => Array.from({ length: random.int(40) }, letter).join("");
    const paraphrases = await loadParaphrases(new TextEncoder().encode("1\na\nb\n1\nb .\na a\n"));
    const scorer = createMeteor({ wordnet, paraphrases });
    for (let i = 0; i < 10_000; i++) {
      const score = scorer.score(text(), [text(), text()]);
      expect(score >= 0 && score <= 1).toBe(true);
    }
  });

  it("is not stopped by long texts", () => {
    const long = "a house near the lake and ".repeat(200);
    expect(createMeteor({ wordnet }).score(long, [long])).toBe(1);
    expect(createMeteor({ wordnet }).score(`${long}x`, [`y ${long}`])).toBeGreaterThan(0.5);
  });

  it("refuses what it cannot score", async () => {
    await expect(meteor(["a"], [["a"], ["b"]])).rejects.toThrow(
      refusal("SHAPE_MISMATCH", /^There must be one candidate an image, got 1 candidates/),
    );
    await expect(meteor(["a"], [[]])).rejects.toThrow(refusal("EMPTY_DATA", /^references\[0\] is empty/));
    await expect(meteor([1 as never], [["a"]])).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^candidates\[0\] must be a string, got number/),
    );
    await expect(meteor(["a"], [["a"]], { averages: 1 } as never)).rejects.toThrow(
      refusal("UNKNOWN_OPTION", /^meteor has no option "averages"/),
    );
    await expect(meteor(["a"], [["a"]], { average: "mean" as never })).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^average must be "image" or "corpus", got mean/),
    );
    await expect(meteor(["a"], [["a"]], { paraphrases: {} as never })).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^paraphrases must be what loadParaphrases resolves to/),
    );
    await expect(meteor(["a"], [["a"]], { wordnet: {} as never })).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^wordnet must be what loadWordNet resolves to/),
    );
    expect(() => createMeteor({ wordnet }).score("a", [])).toThrow(refusal("EMPTY_DATA", /^references is empty/));
    expect(() => meteorOfStatistics([1])).toThrow(refusal("INVALID_ARGUMENT", /^statistics must be 23 numbers of at least 0/));
    expect(() => meteorOfStatistics(new Array(23).fill(-1))).toThrow(refusal("INVALID_ARGUMENT", /^statistics must be 23 numbers/));
  });
});
