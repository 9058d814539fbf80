import { createRandom, type Random } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { readFixture } from "../../test/read-fixture";
import { bleu } from "../bleu";
import { ciderD } from "../cider-d";
import { rougeL } from "../rouge-l";
import { vocab } from "../vocab";
import { bleuCounts } from "./bleu-counts";
import { captionNgrams } from "./caption-ngrams";
import { longestCommon } from "./longest-common";
import { numberNgrams } from "./number-ngrams";

interface Golden {
  candidates: string[];
  references: string[][];
  corpusBleu: number[];
  bleu: number[][];
  ciderD: number;
  perImageCiderD: number[];
  rougeL: number;
  perImageRougeL: number[];
  vocab: Record<"cands" | "mrefs_full" | "ratio_full" | "precision" | "recall" | "f1" | "jaccard", number>;
}
const golden = await readFixture<Golden[]>("ngrams");
const exact = { rtol: 0, atol: 1e-9 };
const sets = golden.map((set) => [set.candidates.length, set] as const);

describe("captionNgrams", () => {
  it("reads the same captions once, and others, or others' places, anew", () => {
    const candidates = ["a", "b"];
    const references = [["c"], ["d", "e"]];
    const read = captionNgrams(candidates, references);
    expect(captionNgrams([...candidates], structuredClone(references))).toBe(read);
    const moved = captionNgrams(["a", "d"], [["c", "b"], ["e"]]); // the same texts in a row
    expect(moved).not.toBe(read);
    expect([...moved.first]).toEqual([0, 3, 5]);
    expect(captionNgrams(candidates, references)).toEqual(read);
    references[1]![1] = "a c";
    expect(captionNgrams(candidates, references).size).toBe(5); // a, b, c, d and "a c", without e
    expect(captionNgrams(["a"], [["c"]]).images).toBe(1);
  });
});

describe("the n-gram metrics on pycocoevalcap's values", () => {
  it("are compared on more than 2,000 images", () => {
    expect(golden.reduce((sum, { candidates }) => sum + candidates.length, 0)).toBeGreaterThan(2000);
  });

  it.each(sets)("bleu, a set of %i", (_, { candidates, references, corpusBleu, bleu: perImage }) => {
    const { averages, perImage: ours } = bleu(candidates, references);
    expect(Object.values(averages.corpus)).toBeAllclose(corpusBleu, exact);
    expect(ours.flatMap(({ bleu1, bleu2, bleu3, bleu4 }) => [bleu1, bleu2, bleu3, bleu4])).toBeAllclose(perImage.flat(), exact);
  });

  it.each(sets)("rougeL, a set of %i", (_, set) => {
    const ours = rougeL(set.candidates, set.references);
    expect(ours.perImage).toBeAllclose(set.perImageRougeL, exact);
    expect([ours.rougeL]).toBeAllclose([set.rougeL], exact);
  });

  it.each(sets)("ciderD, a set of %i", (_, set) => {
    const ours = ciderD(set.candidates, set.references);
    expect(ours.perImage).toBeAllclose(set.perImageCiderD, exact);
    expect([ours.ciderD]).toBeAllclose([set.ciderD], exact);
  });

  it.each(sets)("vocab, a set of %i, on aac-metrics'", (_, { candidates, references, vocab: expected }) => {
    const { perImage, ...ours } = vocab(candidates, references);
    expect(Object.values(ours)).toBeAllclose(
      [expected.cands, expected.mrefs_full, expected.ratio_full, expected.precision, expected.recall, expected.f1, expected.jaccard],
      exact,
    );
    expect(perImage).toEqual(candidates.map((candidate) => new Set(candidate.split(" ").filter(Boolean)).size));
  });
});

const WORDS = "a the many green trees are near road river . lake in of".split(" ");
const sentence = (random: Random, low = 1) => Array.from({ length: low + random.int(14) }, () => WORDS[random.int(WORDS.length)]).join(" ");
const images = (random: Random, count: number) => {
  const references = Array.from({ length: count }, () => Array.from({ length: 1 + random.int(5) }, () => sentence(random)));
  return { candidates: references.map(() => sentence(random)), references };
};

describe("what holds for every caption", () => {
  it("a candidate that is the only reference has the most that it can have", () => {
    const random = createRandom(3);
    const captions = Array.from({ length: 200 }, () => sentence(random, 4));
    const same = captions.map((caption) => [caption]);
    for (const { bleu4 } of bleu(captions, same).perImage) expect(bleu4).toBeCloseTo(1, 8);
    expect(rougeL(captions, same).perImage).toBeAllclose(
      captions.map(() => 1),
      exact,
    );
    const own = ciderD(captions, same).perImage;
    const other = ciderD([...captions.slice(1), captions[0]!], same).perImage;
    expect(Math.max(...own)).toBeCloseTo(10, 9);
    for (let i = 0; i < own.length; i++) expect(other[i]).toBeLessThanOrEqual(own[i]! + 1e-9);
  });

  it("the order of references doesn't matter", () => {
    const { candidates, references } = images(createRandom(4), 150);
    const turned = references.map((captions) => [...captions].reverse());
    expect(bleu(candidates, turned)).toEqual(bleu(candidates, references));
    expect(rougeL(candidates, turned)).toEqual(rougeL(candidates, references));
    expect(ciderD(candidates, turned).perImage).toBeAllclose(ciderD(candidates, references).perImage, { rtol: 0, atol: 1e-12 });
    expect(vocab(candidates, turned)).toEqual(vocab(candidates, references));
  });

  it("one reference more never lowers what BLEU counts as correct", () => {
    const random = createRandom(5);
    const { candidates, references } = images(random, 300);
    const before = captionNgrams(candidates, references);
    const after = captionNgrams(
      candidates,
      references.map((captions) => [...captions, sentence(random)]),
    );
    const [few, more] = [bleuCounts(before), bleuCounts(after)];
    let raised = 0;
    for (let image = 0; image < candidates.length; image++) {
      const [fewer, rest] = [Array.from(few(image)).slice(0, 4), more(image)];
      fewer.forEach((count, k) => {
        expect(rest[k]).toBeGreaterThanOrEqual(count);
        if (rest[k]! > count) raised++;
      });
    }
    expect(raised).toBeGreaterThan(50);
  });

  it("any strings give finite scores in their range", () => {
    const random = createRandom(6);
    const text = () =>
      Array.from({ length: random.int(30) }, () => {
        const kind = random.int(4);
        return kind === 0 ? " " : String.fromCharCode(kind === 1 ? random.int(128) : random.int(65536));
      }).join("");
    const candidates = Array.from({ length: 10_000 }, text);
    const references = candidates.map((candidate, i) => (i % 3 === 0 ? [text(), candidate] : [text()]));
    for (const scores of bleu(candidates, references).perImage) {
      for (const score of Object.values(scores)) if (!(score >= 0 && score <= 1)) expect(score).toBe("from 0 to 1");
    }
    for (const score of rougeL(candidates, references).perImage) if (!(score >= 0 && score <= 1 + 1e-12)) expect(score).toBe("from 0 to 1");
    for (const score of ciderD(candidates, references).perImage)
      if (!(score >= 0 && score <= 10 + 1e-9)) expect(score).toBe("from 0 to 10");
  });
});

describe("ciderD", () => {
  it("is 0 without words and refuses what it can't score", () => {
    expect(ciderD(["", "a"], [["a b"], [""]]).perImage).toEqual([0, 0]);
    expect(() => ciderD(["a"], [["a"]])).toThrow(refusal("INVALID_ARGUMENT", /^CIDEr-D needs two images or more/));
    expect(() => ciderD(["a", "b"], [["a"]])).toThrow(refusal("SHAPE_MISMATCH"));
    expect(() => ciderD(["a", "b"], [["a"], []])).toThrow(refusal("EMPTY_DATA"));
    expect(() => ciderD(["a", 1 as unknown as string], [["a"], ["b"]])).toThrow(refusal("INVALID_ARGUMENT"));
  });
});

describe("vocab", () => {
  it("gives 0 for shares of nothing and refuses what it can't count", () => {
    expect(vocab([""], [[" "]])).toEqual({
      candidates: 0,
      references: 0,
      ratio: 0,
      precision: 0,
      recall: 0,
      f1: 0,
      jaccard: 0,
      perImage: [0],
    });
    expect(() => vocab([], [])).toThrow(refusal("EMPTY_DATA"));
    expect(() => vocab(["a"], [["a"], ["b"]])).toThrow(refusal("SHAPE_MISMATCH"));
  });
});

describe("numberNgrams", () => {
  it("numbers n-grams as a map of strings would", () => {
    const random = createRandom(7);
    const texts = Array.from({ length: 3000 }, (_, i) => (i % 50 === 0 ? "" : sentence(random, i === 7 ? 3000 : 0)));
    const { starts, ids, size } = numberNgrams(texts, Int32Array.of(0, texts.length));
    const known = new Map<string, number>();
    texts.forEach((text, caption) => {
      const words = text.split(" ").filter(Boolean);
      for (let order = 1; order <= 4; order++) {
        const from = starts[caption * 4 + order - 1]!;
        expect(starts[caption * 4 + order]! - from).toBe(Math.max(0, words.length - order + 1));
        for (let i = 0; i + order <= words.length; i++) {
          const ngram = words.slice(i, i + order).join(" ");
          if (!known.has(ngram)) known.set(ngram, ids[from + i]!);
          if (known.get(ngram) !== ids[from + i]) throw new Error(`${ngram} has two numbers`);
        }
      }
    });
    expect(size).toBe(known.size);
    expect([...known.values()].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, number) => number));
    const none = new Int32Array(0);
    const empty = { starts: new Int32Array(1), ids: none, counts: none, matches: none, frequencies: none, size: 0 };
    expect(numberNgrams([], Int32Array.of(0))).toEqual(empty);
  });

  it("counts in how many captions and images they are, and finds them in the candidate", () => {
    const random = createRandom(9);
    const { candidates, references } = images(random, 200);
    const { first, starts, ids, counts, matches, frequencies } = captionNgrams(candidates, references);
    const ngramsOf = (caption: number) => [...ids.subarray(starts[caption * 4], starts[caption * 4 + 4])];
    const times = (list: readonly number[], id: number) => list.filter((other) => other === id).length;
    const inImages = new Map<number, number>();
    for (let image = 0; image < candidates.length; image++) {
      const [candidate, ...others] = Array.from({ length: first[image + 1]! - first[image]! }, (_, i) => ngramsOf(first[image]! + i));
      [candidate!, ...others].forEach((list, i) => {
        const from = starts[(first[image]! + i) * 4]!;
        const expected = list.map((id, place) => (list.indexOf(id) === place ? times(list, id) : 0));
        expect([...counts.subarray(from, from + list.length)]).toEqual(expected);
        const inCandidate = (id: number) => starts[first[image]! * 4]! + candidate!.indexOf(id) + 1;
        const matched = list.map((id, place) => {
          if (list.indexOf(id) !== place || !candidate!.includes(id)) return 0;
          return i === 0 ? Math.max(...others.map((other) => times(other, id))) : inCandidate(id);
        });
        expect([...matches.subarray(from, from + list.length)]).toEqual(matched);
      });
      for (const id of new Set(others.flat())) inImages.set(id, (inImages.get(id) ?? 0) + 1);
    }
    expect([...frequencies]).toEqual(Array.from(frequencies, (_, id) => inImages.get(id) ?? 0));
  });
});

describe("longestCommon", () => {
  it("finds what comparing all words with all others does, in short captions and long ones", () => {
    const random = createRandom(8);
    for (let round = 0; round < 400; round++) {
      const [a, b] = [sentence(random, random.int(2) * random.int(100)), sentence(random, random.int(2) * random.int(100))];
      const ngrams = captionNgrams([a], [[b]]);
      const [first, second] = [a, b].map((text) => text.split(" ").filter(Boolean));
      let row = new Array<number>(second!.length + 1).fill(0);
      for (const word of first!) {
        const next = [0];
        for (const [j, other] of second!.entries()) next.push(word === other ? row[j]! + 1 : Math.max(row[j + 1]!, next[j]!));
        row = next;
      }
      const from = ngrams.starts[4]!;
      expect(longestCommon(ngrams)(0, first!.length, from, from + second!.length)).toBe(row.at(-1));
    }
  });
});
