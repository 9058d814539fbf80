import { beforeAll, describe, expect, it } from "vitest";
import { grammarCaptions } from "../../test/caption-grammar";
import { rougeL } from "../rouge-l";
import { loadWordNet } from "../wordnet/load-wordnet";
import type { WordNet } from "../wordnet/wordnet";
import type { PerturbedCaption } from "./captions";
import { type MetricStudyOptions, metricStudy, type StudyProgress } from "./metric-study";
import { STUDY_METRICS, type StudyMetric } from "./study-metrics";
import { type Perturbation, STUDY_PERTURBATIONS } from "./study-perturbations";
import type { MetricStudy } from "./study-result";
import { pairedTest, welchTest } from "./t-tests";

let wordnet: WordNet;
beforeAll(async () => {
  wordnet = await loadWordNet();
});
const CAPTIONS = grammarCaptions(30, 1);
const quick = { resamples: 200 };

/** What a metric would be that knows which captions mean the same: it falls a little for other words, and much for another meaning. */
const ideal: StudyMetric = {
  name: "ideal",
  maximum: 2,
  score: (candidates, references) =>
    candidates.map((candidate, i) => {
      if (candidate === references[i]![0]) return 2;
      return candidate.includes("!") ? 0.5 : 1.9;
    }),
};
/** One that never notices. */
const blind: StudyMetric = { name: "blind", score: (candidates) => candidates.map(() => 0.7) };

const change = (caption: string, to: string): PerturbedCaption => ({
  caption: to,
  changes: [{ index: 0, from: caption.split(" ")[0]!, to }],
});
const reworded: Perturbation = { name: "reworded", keepsMeaning: true, perturb: (caption) => change(caption, `so ${caption}`) };
const wrong: Perturbation = {
  name: "wrong",
  keepsMeaning: false,
  perturb: (caption) => (caption.startsWith("a") ? change(caption, `${caption} !`) : { caption, changes: [] }),
};

const run = (
  options: Partial<MetricStudyOptions> & Pick<MetricStudyOptions, "metrics">,
  captions: readonly (readonly string[])[] = CAPTIONS,
) => metricStudy(captions, { wordnet, ...quick, ...options });
const metricOf = (study: MetricStudy, name: string) => study.metrics.find(({ metric }) => metric === name)!;

describe("metricStudy", () => {
  it("finds which metric minds and which does not, in shares of their maxima", async () => {
    const study = await run({ metrics: [ideal, blind], perturbations: [reworded, wrong], compareTo: "ideal" });
    const value = (x: number) => ({ value: expect.closeTo(x, 12), low: expect.closeTo(x, 12), high: expect.closeTo(x, 12) });
    expect(metricOf(study, "ideal")).toMatchObject({ unchanged: 2, robustness: value(0.95), sensitivity: value(0.75) });
    expect(metricOf(study, "blind")).toMatchObject({ robustness: value(1), sensitivity: value(0) });
    expect(metricOf(study, "ideal").perturbations.wrong).toMatchObject({ mean: 0.5, sd: 0, drop: value(0.75) });
    const all = CAPTIONS.flat();
    expect(study.perturbations.map(({ captions }) => captions)).toEqual([
      all.length,
      all.filter((caption) => caption.startsWith("a")).length,
    ]);
    expect(study.perturbations[0]).toMatchObject({ example: { before: all[0], after: `so ${all[0]}` }, wordsChanged: expect.any(Number) });
    expect([study.images, study.captions]).toEqual([30, all.length]);
  });

  it("tests each metric against the one it is compared with, the sign looked at", async () => {
    const noisy = (name: string, kept: number, changed: number): StudyMetric => ({
      name,
      score: (candidates, references) =>
        candidates.map((candidate, i) => {
          if (candidate === references[i]![0]) return 1;
          const isChanged = candidate.includes("!");
          const noise = (((i + (isChanged ? 50 : 0)) * 7919) % 101) / 101 - 0.5;
          return (isChanged ? changed : kept) + noise * (0.1 + name.length / 100);
        }),
    });
    const study = await run({
      metrics: [noisy("worse", 0.5, 0.9), noisy("best", 0.9, 0.4), noisy("same", 0.9, 0.4)],
      ...{ perturbations: [reworded, wrong], compareTo: "best", unit: "caption" },
    });
    const holds = Object.fromEntries(study.comparisons.map(({ metric, claim, holds: it }) => [`${metric} is ${claim}`, it]));
    expect(holds).toEqual({
      "worse is less robust than best": true,
      "worse is less sensitive than best": true,
      "same is less robust than best": false,
      "same is less sensitive than best": false,
    });
    const separates = Object.fromEntries(study.separations.map(({ metric, claim, holds: it }) => [`${metric} ${claim}`, it]));
    expect(separates).toEqual({
      "worse drops more than under reworded": false,
      "best drops more than under reworded": true,
      "same drops more than under reworded": true,
    });
    const test = study.comparisons[0]!;
    const drops = (name: string) =>
      [...study.details.unchanged[name]!].map((before, i) => before - study.details.scores[name]!.reworded![i]!);
    expect(test.paired).toEqual(pairedTest(drops("worse"), drops("best"), "greater"));
    expect(test.welch).toEqual(welchTest(drops("worse"), drops("best"), "greater"));
    expect(test.n).toBe(study.captions);
    expect(test.holm.paired!).toBeGreaterThan(test.paired.p!);
    expect(test.effect.dz!).toBeGreaterThan(1);
  });

  it("takes an image for one observation, unless told that captions are independent", async () => {
    const options = { metrics: ["bleu1", "rougeL"], perturbations: ["shuffle"] } as const;
    const [ofImages, ofCaptions] = [await run(options), await run({ ...options, unit: "caption" })];
    expect([ofImages.comparisons[0]!.n, ofCaptions.comparisons[0]!.n]).toEqual([30, CAPTIONS.flat().length]);
    const image = ofImages.details.image;
    const { unchanged, scores } = ofImages.details;
    const means = (name: string) =>
      CAPTIONS.map((captions, i) => {
        const drops = [...unchanged[name]!].flatMap((before, k) => (image[k] === i ? [before - scores[name]!.shuffle![k]!] : []));
        return drops.reduce((sum, drop) => sum + drop, 0) / captions.length;
      });
    const expected = pairedTest(means("bleu1"), means("rougeL"), "less");
    expect(ofImages.comparisons[0]!.paired.t!).toBeCloseTo(expected.t!, 8);
  });

  it("does not take what guards against dividing by zero for a difference", async () => {
    const study = await run({ metrics: ["bleu1", "rougeL"], perturbations: ["object"], unit: "caption" });
    expect(study.comparisons[0]).toMatchObject({ difference: 0, paired: { t: null, p: null }, wilcoxon: { p: null }, holds: false });
  });

  it("says nothing of drops that are the same for every caption but for rounding and BLEU's guards", async () => {
    const falls = (name: string, by: number): StudyMetric => ({
      ...{ name, maximum: 3 },
      // A spread as BLEU's guards make it, and scores that are some steps of float64 apart.
      score: (candidates, references) =>
        candidates.map((candidate, i) => (i % 7) / 10 + 2 - (candidate === references[i]![0] ? 0 : by + (i % 3) * 1e-10)),
    });
    for (const unit of ["image", "caption"] as const) {
      const { comparisons, separations } = await run({
        metrics: [falls("a", 0.1), falls("b", 0.3), falls("c", 0.3)],
        ...{ perturbations: [reworded, wrong], unit },
      });
      for (const test of [...comparisons, ...separations]) {
        expect(test).toMatchObject({
          paired: { t: null, p: null },
          welch: { t: null, p: null },
          effect: { d: null, dz: null },
          holds: false,
        });
      }
      expect(comparisons[0]!.difference).toBeCloseTo(-0.2 / 3, 9);
      expect(comparisons[0]!.wilcoxon.p).not.toBeNull();
    }
  });

  it("holds a perturbation against the synonyms that change as many words", async () => {
    const study = await run({ metrics: ["bleu"], perturbations: ["synonyms", "synonym", "object", "repetition"] });
    const claims = study.separations.filter(({ metric }) => metric === "bleu2").map(({ perturbation, claim }) => [perturbation, claim]);
    expect(claims).toEqual([
      ["object", "drops more than under synonym"],
      ["repetition", "drops more than under synonyms"],
    ]);
    for (const { changes } of study.details.perturbed.synonym!) expect(changes.length).toBeLessThanOrEqual(1);
  });

  it("runs every metric and perturbation of this package, and repeats with its seed", async () => {
    const everything = { metrics: STUDY_METRICS.filter((name) => !/^bleu\d/.test(name)) };
    const seen: StudyProgress[] = [];
    const study = await run({ ...everything, onProgress: (progress) => seen.push(progress) });
    expect(study.perturbations.map(({ name }) => name)).toEqual([...STUDY_PERTURBATIONS]);
    for (const { captions } of study.perturbations) expect(captions).toBeGreaterThan(10);
    for (const { robustness, sensitivity } of study.metrics) {
      expect(robustness.low!).toBeLessThan(robustness.value!);
      expect(sensitivity.high!).toBeGreaterThan(sensitivity.value!);
    }
    expect(metricOf(study, "bleu1").perturbations.shuffle!.drop.value).toBeCloseTo(0, 8); // the order is nothing to single words
    expect(metricOf(study, "bleu4").perturbations.shuffle!.drop.value!).toBeGreaterThan(0.8);
    const passes = everything.metrics.length * (STUDY_PERTURBATIONS.length + 1);
    expect(seen.map(({ done }) => done)).toEqual(Array.from({ length: passes + 1 }, (_, i) => i));
    expect(seen[0]).toEqual({ done: 0, total: passes, metric: "bleu1 bleu2 bleu3 bleu4", perturbation: "unchanged" });
    expect(await run(everything)).toEqual(study);
    const other = await run({ ...everything, seed: 43 });
    expect(other.details.perturbed).not.toEqual(study.details.perturbed);
  });

  it("scores against the original caption or against the image's others, all captions each time", async () => {
    const calls: (readonly (readonly string[])[])[] = [];
    const spy: StudyMetric = {
      name: "spy",
      score: async (candidates, references) => {
        calls.push(references);
        return rougeL(candidates, references).perImage;
      },
    };
    await run({ metrics: [spy], perturbations: ["colour"] }, [["a red car", "one car"], ["a lake"]]);
    expect(calls).toEqual(Array.from({ length: 2 }, () => [["a red car"], ["one car"], ["a lake"]]));
    calls.length = 0;
    const study = await run({ metrics: [spy], perturbations: ["colour"], against: "others" }, [["a red car", "one car"], ["a lake"]]);
    expect(calls).toEqual(Array.from({ length: 2 }, () => [["one car"], ["a red car"]]));
    expect([study.images, study.captions]).toEqual([1, 2]);
  });

  it("takes what this package's metrics give as it is", async () => {
    const whole = { name: "whole", score: rougeL };
    const study = await run({ metrics: [whole, "rougeL"], perturbations: ["colour"] });
    expect(study.details.scores.whole).toEqual(study.details.scores.rougeL);
  });

  it("divides by the largest score, which is 10 for CIDEr-D", async () => {
    const study = await run({ metrics: ["ciderD"], perturbations: ["shuffle"] });
    const { maximum, unchanged, perturbations } = metricOf(study, "ciderD");
    expect([maximum, unchanged]).toEqual([10, expect.closeTo(10, 0)]);
    expect(perturbations.shuffle!.drop.value!).toBeCloseTo((unchanged - perturbations.shuffle!.mean!) / 10, 10);
  });

  it("has nothing to say where nothing was changed", async () => {
    const study = await run({ metrics: ["rougeL", "bleu4"], perturbations: ["colour", "synonyms"] }, [
      ["it is near ."],
      ["they are here ."],
    ]);
    const none = { value: null, low: null, high: null };
    expect(metricOf(study, "rougeL")).toMatchObject({ unchanged: 1, robustness: none, sensitivity: none });
    expect(metricOf(study, "rougeL").perturbations.colour).toEqual({ mean: null, sd: null, drop: none });
    expect(study.perturbations[0]).toMatchObject({ captions: 0, wordsChanged: null, example: null });
    expect(study.comparisons[0]).toMatchObject({ n: 0, difference: null, holm: { paired: null }, holds: false });
    expect(study.separations).toEqual([]);
  });

  it("passes the options of synonyms on, and a tagger", async () => {
    const options = { metrics: ["rougeL"], perturbations: ["synonyms"] } as const;
    const one = await run({ ...options, synonyms: { augMax: 1 } });
    for (const { changes } of one.details.perturbed.synonyms!) expect(changes.length).toBeLessThanOrEqual(1);
    const none = await run({ ...options, tag: (words) => words.map(() => null) });
    expect(none.perturbations[0]!.captions).toBe(0);
  });

  it("stops when told to", async () => {
    const controller = new AbortController();
    const passes: number[] = [];
    const stopped = run({
      ...{ metrics: ["rougeL"], perturbations: ["colour", "number"], signal: controller.signal },
      onProgress: ({ done }) => {
        passes.push(done);
        if (done === 1) controller.abort(new Error("enough"));
      },
    });
    await expect(stopped).rejects.toMatchObject({
      code: "ABORTED",
      message: "metricStudy was stopped after 1 of 3.",
      cause: { message: "enough" },
    });
    expect(passes).toEqual([0, 1]);
  });

  it.each([
    [{ metrics: [] }, "EMPTY_DATA", "^metrics is empty"],
    [{}, "INVALID_ARGUMENT", "^metrics must be a list of names or { name, score }, got undefined"],
    [{ metrics: ["blue"] }, "INVALID_ARGUMENT", '^metrics\\[0\\]: there is no metric "blue". Known are bleu, .*rougeL'],
    [{ metrics: ["toString"] }, "INVALID_ARGUMENT", 'no metric "toString"'],
    [{ metrics: ["bleu", "bleu4"] }, "INVALID_ARGUMENT", "^metrics names bleu4 twice"],
    [{ metrics: [{ name: "x" }] }, "INVALID_ARGUMENT", "^metrics\\[0\\] must be a name or { name, score }"],
    [{ metrics: [{ ...blind, maximum: 0 }] }, "INVALID_ARGUMENT", "^metrics\\[0\\].maximum must be"],
    [{ metrics: [{ name: "x", score: () => [1] }] }, "SHAPE_MISMATCH", "^x must give a score for each of \\d+ captions, got 1"],
    [{ metrics: [{ name: "x", score: () => undefined }] }, "SHAPE_MISMATCH", "got undefined"],
    [{ metrics: [{ name: "x", score: () => null }] }, "SHAPE_MISMATCH", "got null"],
    [{ metrics: [{ name: "x", score: () => ({ perImage: [1, 2] }) }] }, "SHAPE_MISMATCH", "got 2"],
    [{ metrics: [{ ...blind, score: (all: string[]) => all.map(() => Number.NaN) }] }, "NOT_A_NUMBER", '^blind gave NaN for the caption "'],
    [{ metrics: ["bleu"], perturbations: [] }, "EMPTY_DATA", "^perturbations is empty"],
    [{ metrics: ["bleu"], perturbations: ["color"] }, "INVALID_ARGUMENT", 'no perturbation "color". Known are synonyms, '],
    [{ metrics: ["bleu"], perturbations: ["colour", "colour"] }, "INVALID_ARGUMENT", "^perturbations names colour twice"],
    [{ metrics: ["bleu"], perturbations: [{ name: "x" }] }, "INVALID_ARGUMENT", "must be a name or { name, keepsMeaning, perturb }"],
    [{ metrics: ["bleu"], perturbations: [{ ...wrong, perturb: () => "x" }] }, "INVALID_ARGUMENT", "^perturbations: wrong must give"],
    [{ metrics: ["bleu"], compareTo: "bleu" }, "INVALID_ARGUMENT", "^compareTo must be one of the metrics \\(bleu1, .*\\), got bleu"],
    [{ metrics: ["bleu"], against: "image" }, "INVALID_ARGUMENT", '^against must be "original" or "others", got image'],
    [{ metrics: ["bleu"], unit: "word" }, "INVALID_ARGUMENT", '^unit must be "image" or "caption"'],
    [{ metrics: ["bleu"], interval: "t" }, "INVALID_ARGUMENT", '^interval must be "bca" or "percentile"'],
    [{ metrics: ["bleu"], level: 1 }, "INVALID_ARGUMENT", "^level must be"],
    [{ metrics: ["bleu"], alpha: 0 }, "INVALID_ARGUMENT", "^alpha must be"],
    [{ metrics: ["bleu"], resamples: 5 }, "INVALID_ARGUMENT", "^resamples must be a whole number at least 100"],
    [{ metrics: ["bleu"], seed: -1 }, "INVALID_ARGUMENT", "^seed must be"],
    [{ metrics: ["bleu"], synonyms: { augMax: 1, wordnet: 1 } }, "UNKNOWN_OPTION", '^metricStudy.s synonyms has no option "wordnet"'],
    [
      { metrics: ["bleu"], reference: true, perturbations: ["colour"] },
      "INVALID_ARGUMENT",
      '^reference is about captions changed by "synonyms"',
    ],
    [{ metrics: ["bleu"], reference: true, against: "others" }, "INVALID_ARGUMENT", "^reference is about"],
    [{ metrics: ["bleu"], onProgress: 5 }, "INVALID_ARGUMENT", "^onProgress must be a function"],
    [{ metrics: ["bleu"], signal: {} }, "INVALID_ARGUMENT", "^signal must be an AbortSignal"],
    [{ metrics: ["bleu"], samples: 5 }, "UNKNOWN_OPTION", '^metricStudy has no option "samples"'],
  ])("refuses %j", async (options, code, message) => {
    await expect(run(options as never)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it.each([
    [[], "EMPTY_DATA", "^captions is empty"],
    [[["a lake"], []], "EMPTY_DATA", "^captions\\[1\\] is empty"],
    [["a lake"], "INVALID_ARGUMENT", "^captions\\[0\\] must be an array of strings, got string"],
  ])("refuses captions %j", async (captions, code, message) => {
    await expect(run({ metrics: ["bleu"] }, captions as never)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await expect(run({ metrics: ["bleu"], against: "others" }, [["a lake"]])).rejects.toMatchObject({
      code: "EMPTY_DATA",
      message: expect.stringMatching("^No image has two captions"),
    });
  });
});
