import { describe, expect, it } from "vitest";
import { clipScoreOfEmbeddings, refClipScoreOfEmbeddings } from "./clip-embeddings";
import { clipScore } from "./clip-score";
import { fense } from "./fense";
import golden from "./fixtures/embeddings.json";
import { refClipScore } from "./ref-clip-score";
import { sbertSim } from "./sbert-sim";
import { spice as ownSpice } from "./spice/spice";
import { spider } from "./spider";
import { spiderFl } from "./spider-fl";
import { spiderMax } from "./spider-max";
import { spiderOf } from "./spider-of";

const { dim, candidates: several, references } = golden;
const candidates = several.map((ofImage) => ofImage[0]!);
const table =
  <T>(values: Record<string, T>) =>
  (texts: readonly string[]) =>
    texts.map((text) => values[text]!);
const embed = table<number[]>(golden.embedding);
const fluencyErrors = table<number>(golden.errorProbability);
const spice = (texts: readonly string[]) => ({ perImage: table<number>(golden.spice)(texts) });
/** The reference's CIDEr-D of a column of candidates. */
const ciderD = (texts: readonly string[]) => {
  const column = [0, 1, 2].find((c) => several.every((ofImage, i) => ofImage[c] === texts[i]));
  return { perImage: golden.ciderD[column!]! };
};
const close = { rtol: 0, atol: 1e-12 };
const tight = (actual: number[], expected: number[]) => expect(actual).toBeAllclose(expected, close);

describe("metrics by injected models, against aac-metrics", () => {
  it("SBERT-sim gives the same from rows and from one array, whatever the batches", async () => {
    const flat = (texts: readonly string[]) => Promise.resolve(Float64Array.from(embed(texts).flat()));
    for (const options of [{ embed }, { embed: flat, batchSize: 1 }, { embed: flat, batchSize: 7 }]) {
      const result = await sbertSim(candidates, references, options);
      tight(result.perImage, golden.sbertSim.perImage);
      expect(result.sbertSim).toBeCloseTo(golden.sbertSim.corpus, 12);
    }
  });

  it.each(golden.penalised)(
    "FENSE and SPIDEr-FL punish errors of fluency by penalty $penalty from threshold $threshold on",
    async (expected) => {
      const { threshold, penalty } = expected;
      const ofFense = await fense(candidates, references, { embed, fluencyErrors, threshold, penalty });
      tight(ofFense.perImage, expected.fense.perImage);
      expect(ofFense.fense).toBeCloseTo(expected.fense.corpus, 12);
      tight(ofFense.sbertSims, golden.sbertSim.perImage);
      tight(ofFense.errorProbabilities, fluencyErrors(candidates));
      const ofSpider = await spiderFl(candidates, references, { ciderD, spice, fluencyErrors, threshold, penalty });
      tight(ofSpider.perImage, expected.spiderFl.perImage);
      expect(ofSpider.spiderFl).toBeCloseTo(expected.spiderFl.corpus, 12);
      tight(ofSpider.spiders, golden.spider.perImage);
      for (const { errorRate } of [ofFense, ofSpider]) expect(errorRate).toBeCloseTo(expected.errorRate, 12);
    },
  );

  it("FENSE and SPIDEr-FL have the defaults of the reference", async () => {
    expect((await fense(candidates, references, { embed, fluencyErrors })).fense).toBeCloseTo(golden.penalised[0]!.fense.corpus, 12);
    const result = await spiderFl(candidates, references, { ciderD, spice, fluencyErrors });
    expect(result.spiderFl).toBeCloseTo(golden.penalised[0]!.spiderFl.corpus, 12);
  });

  it("SPIDEr is the mean of CIDEr-D and SPICE, whether it computes them or is given them", async () => {
    for (const result of [
      await spider(candidates, references, { ciderD, spice }),
      spiderOf({ ciderD: golden.spider.cider_d, spice: golden.spider.spice }),
    ]) {
      tight(result.perImage, golden.spider.perImage);
      tight(result.ciderD, golden.spider.cider_d);
      tight(result.spice, golden.spider.spice);
      expect(result.spider).toBeCloseTo(golden.spider.corpus, 12);
    }
  });

  it("SPIDEr and SPIDEr-max compute CIDEr-D and SPICE themselves where none is injected", async () => {
    const own = await spider(candidates, references);
    tight(own.ciderD, golden.spider.cider_d);
    tight(own.spice, [...(await ownSpice(candidates, references)).perImage]);
    tight((await spider(candidates, references, { spice })).perImage, golden.spider.perImage);
    tight((await spiderMax(several, references, { spice })).perImage, golden.spiderMax.perImage);
    const { spiderFl: score } = await spiderFl(candidates, references, { spice, fluencyErrors });
    expect(score).toBeCloseTo(golden.penalised[0]!.spiderFl.corpus, 12);
  });

  it("SPIDEr-max takes the best candidate of each image, and says which", async () => {
    const result = await spiderMax(several, references, { ciderD, spice });
    tight(result.perImage, golden.spiderMax.perImage);
    tight(result.ciderD, golden.spiderMax.cider_d);
    tight(result.spice, golden.spiderMax.spice);
    expect(result.spiderMax).toBeCloseTo(golden.spiderMax.corpus, 12);
    expect(new Set(result.best).size).toBeGreaterThan(1);
    tight(
      result.best.map((c, i) => golden.spice[several[i]![c]! as keyof typeof golden.spice]),
      result.spice,
    );
  });
});

describe("CLIPScore and RefCLIPScore against the paper's formulas", () => {
  const { images } = golden.clip;
  const embedImages = (rows: readonly number[][]) => rows;
  it("scores what encoders give, with negative cosines as 0", async () => {
    const options = { embedImages, embedTexts: embed, prefix: "" };
    const plain = await clipScore(candidates, images, options);
    tight(plain.perImage, golden.clip.clipScore.perImage);
    expect(plain.clipScore).toBeCloseTo(golden.clip.clipScore.corpus, 12);
    const withReferences = await refClipScore(candidates, references, images, { ...options, batchSize: 5 });
    tight(withReferences.perImage, golden.clip.refClipScore.perImage);
    tight(withReferences.clipScores, golden.clip.clipScore.perImage);
    expect(withReferences.refClipScore).toBeCloseTo(golden.clip.refClipScore.corpus, 12);
    expect(plain.perImage.filter((score) => score === 0).length).toBeGreaterThan(0); // negative cosines are among them
  });

  it("scores embeddings alike, normalised or not", () => {
    const ofTexts = embed(candidates).flat();
    const owner = references.flatMap((ofImage, i) => ofImage.map(() => i));
    const scaled = images.flat().map((value) => value * 3);
    tight(clipScoreOfEmbeddings(ofTexts, scaled, { dim }).perImage, golden.clip.clipScore.perImage);
    const result = refClipScoreOfEmbeddings(ofTexts, embed(references.flat()).flat(), owner, scaled, { dim });
    tight(result.perImage, golden.clip.refClipScore.perImage);
    tight(result.clipScores, golden.clip.clipScore.perImage);
    expect(result.refClipScore).toBeCloseTo(golden.clip.refClipScore.corpus, 12);
  });

  it("puts the prefix before candidates and references, with one blank", async () => {
    const seen: string[] = [];
    const embedTexts = (texts: readonly string[]) => {
      seen.push(...texts);
      return texts.map(() => [1, 0]);
    };
    const options = { embedImages: (all: readonly string[]) => all.map(() => [1, 0]), embedTexts };
    const { refClipScore: score } = await refClipScore(["a lake"], [["a pond"]], ["1.png"], options);
    expect(seen).toEqual(["A photo depicts a lake", "A photo depicts a pond"]);
    expect(score).toBeCloseTo((2 * 2.5) / 3.5, 12);
    await clipScore(["a lake"], ["1.png"], { ...options, prefix: "Aerial photograph of " });
    await clipScore(["a lake"], ["1.png"], { ...options, prefix: "" });
    expect(seen.slice(2)).toEqual(["Aerial photograph of a lake", "a lake"]);
  });

  it("multiplies by the weight that is given", async () => {
    expect(clipScoreOfEmbeddings([1, 0], [0.6, 0.8], { dim: 2, weight: 10 }).clipScore).toBeCloseTo(6, 12);
  });
});

describe("properties", () => {
  it("a candidate that is its only reference has the best score", async () => {
    const same = candidates.map((candidate) => [candidate]);
    for (const score of (await sbertSim(candidates, same, { embed })).perImage) expect(score).toBeCloseTo(1, 12);
    const calm = () => candidates.map(() => 0);
    expect((await fense(candidates, same, { embed, fluencyErrors: (texts) => texts.map(() => 0.9) })).fense).toBeCloseTo(1, 12);
    expect((await spiderFl(candidates, same, { ciderD, spice, fluencyErrors: calm })).spiderFl).toBeCloseTo(golden.spider.corpus, 12);
  });

  it("the order of references, and references that are written twice over, do not matter to SBERT-sim and RefCLIPScore", async () => {
    const turned = references.map((ofImage) => [...ofImage, ...ofImage].reverse());
    tight((await sbertSim(candidates, turned, { embed })).perImage, golden.sbertSim.perImage);
    const options = { embedImages: (rows: readonly number[][]) => rows, embedTexts: embed, prefix: "" };
    tight((await refClipScore(candidates, turned, golden.clip.images, options)).perImage, golden.clip.refClipScore.perImage);
  });

  it("SPIDEr-max of one candidate is SPIDEr, and another candidate never lowers it", async () => {
    const one = await spiderMax(
      candidates.map((candidate) => [candidate]),
      references,
      { ciderD, spice },
    );
    tight(one.perImage, golden.spider.perImage);
    const two = await spiderMax(
      several.map((ofImage) => ofImage.slice(0, 2)),
      references,
      { ciderD, spice },
    );
    two.perImage.forEach((score, i) => {
      expect(score).toBeGreaterThanOrEqual(one.perImage[i]!);
    });
  });

  it("SPIDEr-max takes images with different numbers of candidates", async () => {
    const metric = (texts: readonly string[]) => ({ perImage: texts.map(({ length }) => length) });
    const refs = [["r"], ["r"], ["r"]];
    const result = await spiderMax([["ab"], ["abc", "a", "abcd"], ["a", "ab"]], refs, { ciderD: metric, spice: metric });
    expect(result).toEqual({ spiderMax: 8 / 3, perImage: [2, 4, 2], best: [0, 2, 1], ciderD: [2, 4, 2], spice: [2, 4, 2] });
  });

  it("a zero embedding scores 0", async () => {
    const zero = (texts: readonly string[]) => new Float32Array(texts.length * 3);
    expect((await sbertSim(["a"], [["b"]], { embed: zero })).sbertSim).toBe(0);
    const options = { embedImages: (all: readonly number[]) => new Float32Array(all.length * 3), embedTexts: zero };
    expect((await refClipScore(["a"], [["b"]], [1], options)).refClipScore).toBe(0);
  });
});
