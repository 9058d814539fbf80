import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { bleu } from "../bleu";
import { ciderD } from "../cider-d";
import { clipScore } from "../clip-score";
import { fense } from "../fense";
import { meteor } from "../meteor/meteor";
import { loadParaphrases } from "../meteor/paraphrases/paraphrases";
import { ptbTokenize } from "../ptb/ptb-tokenize";
import { refClipScore } from "../ref-clip-score";
import { rougeL } from "../rouge-l";
import { sbertSim } from "../sbert-sim";
import { spice } from "../spice/spice";
import { spiderOf } from "../spider-of";
import { vocab } from "../vocab";
import { loadWordNet } from "../wordnet/load-wordnet";
import { evaluate } from "./evaluate";
import type { MetricName } from "./metric-table";
import type { EvaluateProgress } from "./options";

const NOUNS = "plane planes building trees pond road river bridge harbor boats houses lake".split(" ");
const random = createRandom(8);
const caption = () =>
  `${["A", "some", "two large", "many green"][random.int(4)]} ${NOUNS[random.int(12)]} ${["near", "is beside", "and"][random.int(3)]} the ${NOUNS[random.int(12)]}${[".", " .", ", isn't it?"][random.int(3)]}`;
const references = Array.from({ length: 150 }, () => Array.from({ length: 1 + random.int(3) }, caption));
const candidates = references.map((captions) => (random.int(4) === 0 ? captions[0]! : caption()));
const tokens = (captions: readonly string[]) => {
  const lines = ptbTokenize(captions);
  return () => lines.shift()!;
};

const embed = (texts: readonly string[]) => texts.map((text) => [text.length, text.charCodeAt(0), text.split("a").length]);
const fluencyErrors = (texts: readonly string[]) => texts.map((text) => (text.length % 3 === 0 ? 0.95 : 0.1));
const images = candidates.map((_, i) => i);
const embedImages = (batch: readonly number[]) => batch.map((image) => [image + 1, 70, 3]);
const models = { embed, fluencyErrors, images, embedImages, embedTexts: embed };
const ALL: MetricName[] = [
  ...(["bleu", "rougeL", "ciderD", "vocab", "meteor", "spice"] as const),
  ...(["spider", "spiderFl", "sbertSim", "fense", "clipScore", "refClipScore"] as const),
];

describe("evaluate", () => {
  it("gives what the metrics give by themselves, on captions as written (rsdix)", async () => {
    const { scores, perImage, skipped, timings } = await evaluate(candidates, references, { metrics: ALL, ...models });
    expect(skipped).toEqual([]);
    expect(Object.keys(timings)).toEqual(ALL);
    const { averages, perImage: bleus } = bleu(candidates, references);
    expect(scores).toMatchObject(averages.image);
    expect(perImage.bleu3).toEqual(bleus.map(({ bleu3 }) => bleu3));
    expect([scores.rougeL, perImage.rougeL]).toEqual(Object.values(rougeL(candidates, references)));
    const cider = ciderD(candidates, references);
    expect([scores.ciderD, perImage.ciderD]).toEqual(Object.values(cider));
    const words = vocab(candidates, references);
    expect([scores.vocab, scores.vocabF1, perImage.vocab]).toEqual([words.candidates, words.f1, words.perImage]);
    const { averages: meteors, perImage: ofImages } = await meteor(candidates, references);
    expect([scores.meteor, perImage.meteor]).toEqual([meteors.image, ofImages]);
    const spices = await spice(candidates, references);
    expect([scores.spice, perImage.spice]).toEqual([spices.spice, spices.perImage]);
    const spider = spiderOf({ ciderD: cider.perImage, spice: spices.perImage });
    expect([scores.spider, perImage.spider]).toEqual([spider.spider, spider.perImage]);
    expect([scores.sbertSim, perImage.sbertSim]).toEqual(Object.values(await sbertSim(candidates, references, { embed })));
    const fenses = await fense(candidates, references, { embed, fluencyErrors });
    expect([scores.fense, perImage.fense]).toEqual([fenses.fense, fenses.perImage]);
    expect(perImage.spiderFl).toEqual(spider.perImage.map((score, i) => score * (1 - 0.9 * (candidates[i]!.length % 3 === 0 ? 1 : 0))));
    const clip = { embedImages, embedTexts: embed };
    expect(scores.clipScore).toBe((await clipScore(candidates, images, clip)).clipScore);
    expect(perImage.refClipScore).toEqual((await refClipScore(candidates, references, images, clip)).perImage);
  });

  it("tokenises once for all, and averages over the corpus (coco)", async () => {
    const { scores, perImage, timings } = await evaluate(candidates, references, { profile: "coco" });
    const nextReference = tokens(references.flat());
    const read = references.map((captions) => captions.map(() => nextReference()));
    const heard = ptbTokenize(candidates);
    expect(Object.keys(timings)).toEqual(["tokens", "bleu", "meteor", "rougeL", "ciderD", "spice"]);
    expect(scores).toMatchObject(bleu(heard, read).averages.corpus);
    expect(scores.meteor).toBe((await meteor(heard, read, { average: "corpus" })).meteor);
    expect([scores.rougeL, perImage.rougeL]).toEqual(Object.values(rougeL(heard, read)));
    expect(perImage.ciderD).toEqual(ciderD(heard, read).perImage);
    expect(perImage.spice).toEqual((await spice(heard, read)).perImage);
    const byImage = await evaluate(candidates, references, { profile: "coco", average: "image", metrics: ["bleu"] });
    expect(byImage.scores).toEqual(bleu(heard, read).averages.image);
  });

  it("gives the same to the last bit whatever the number of workers", async () => {
    const paraphrases = await loadParaphrases(new TextEncoder().encode("0.1\nbeside\nnear\n0.2\nmany green\nsome\n"));
    const options = { profile: "coco", paraphrases, metrics: ["meteor", "spice", "spider"] } as const;
    const alone = await evaluate(candidates, references, options);
    expect(alone.scores.meteor).not.toBe(
      (await evaluate(candidates, references, { ...options, paraphrases: undefined as never, metrics: ["meteor"] })).scores.meteor,
    );
    for (const workers of [1, 3]) {
      const spread = await evaluate(candidates, references, { ...options, workers });
      expect([spread.scores, spread.perImage]).toEqual([alone.scores, alone.perImage]);
    }
  });

  it("skips what it lacks something for, and says what", async () => {
    const { scores, skipped } = await evaluate(["a lake ."], [["a lake ."]], {
      metrics: ["ciderD", "fense", "rougeL", "clipScore", "sbertSim"],
      fluencyErrors,
    });
    expect(Object.keys(scores)).toEqual(["rougeL"]);
    expect(skipped).toEqual([
      { metric: "ciderD", reason: expect.stringMatching(/^CIDEr-D needs two images or more/) },
      { metric: "fense", reason: "fense needs the option embed." },
      { metric: "clipScore", reason: "clipScore needs the options images and embedImages and embedTexts." },
      { metric: "sbertSim", reason: "sbertSim needs the option embed." },
    ]);
  });

  it("says how far it is, and stops where it is told to", async () => {
    const seen: EvaluateProgress[] = [];
    await evaluate(candidates, references, { profile: "coco", metrics: ["bleu", "spice"], onProgress: (progress) => seen.push(progress) });
    for (const [metric, total] of [
      ["tokens", 150 + references.flat().length],
      ["bleu", 150],
      ["spice", 150],
    ] as const) {
      const own = seen.filter((progress) => progress.metric === metric);
      expect(own.at(-1)).toEqual({ metric, done: total, total });
      expect(own.map(({ done }) => done)).toEqual(own.map(({ done }) => done).sort((a, b) => a - b));
    }
    for (const [metric, workers] of [
      ["bleu", 0],
      ["meteor", 0],
      ["meteor", 2],
    ] as const) {
      const stop = new AbortController();
      const stopped = evaluate(candidates, references, {
        metrics: [metric, "vocab"],
        workers,
        signal: stop.signal,
        onProgress: () => stop.abort(),
      });
      await expect(stopped).rejects.toThrow(refusal("ABORTED", new RegExp(`^evaluate \\(${metric}\\) was stopped after \\d+ of 150`)));
    }
    const before = evaluate(candidates, references, { signal: AbortSignal.abort() });
    await expect(before).rejects.toThrow(refusal("ABORTED", /^evaluate was stopped after 0 of 5/));
  });

  it("lets errors through, from workers too", async () => {
    const broken = () => {
      throw new Error("no model");
    };
    await expect(evaluate(candidates, references, { metrics: ["sbertSim"], embed: broken })).rejects.toThrow("no model");
    for (const workers of [0, 2]) {
      const nowhere = evaluate(candidates, references, { metrics: ["meteor"], wordnet: "nowhere/wordnet.bin", workers });
      await expect(nowhere).rejects.toThrow(refusal("window" in globalThis ? "DOWNLOAD_FAILED" : "FILE_NOT_FOUND", /nowhere.wordnet\.bin/));
    }
  });

  it("refuses what it doesn't know", async () => {
    const refuses = (options: object, message: RegExp, of = "INVALID_ARGUMENT") =>
      expect(evaluate(candidates, references, options)).rejects.toThrow(refusal(of, message));
    await refuses({ metrics: ["bleu", "toString"] }, /^There is no metric toString\. There are: bleu, rougeL, ciderD, /);
    await refuses({ metrics: [] }, /^metrics must be a list of names, got none/);
    await refuses({ metrics: "bleu" }, /^metrics must be a list of names, got bleu/);
    await refuses({ profile: "aac" }, /^profile must be "rsdix" or "coco", got aac/);
    await refuses({ average: "mean" }, /^average must be "image" or "corpus"/);
    await refuses({ workers: -1 }, /^workers must be a whole number at least 0 and at most 64, got -1/);
    await refuses({ workers: 1, wordnet: await loadWordNet() }, /^With workers, wordnet must be an address/);
    await refuses({ onProgress: 1 }, /^onProgress must be a function/);
    await refuses({ signal: 1 }, /^signal must be an AbortSignal/);
    await refuses({ metric: ["bleu"] }, /^evaluate has no option "metric"/, "UNKNOWN_OPTION");
    await expect(evaluate(["a"], [["a"], ["b"]])).rejects.toThrow(refusal("SHAPE_MISMATCH", /one candidate an image/));
    await expect(evaluate(["a".repeat(10_001)], [["a"]], { profile: "coco" })).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^candidates\[0\] has 10001/),
    );
    await expect(evaluate([1 as unknown as string], [["a"]])).rejects.toThrow(
      refusal("INVALID_ARGUMENT", /^candidates\[0\] must be a string/),
    );
  });
});
