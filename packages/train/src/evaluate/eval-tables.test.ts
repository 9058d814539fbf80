import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import { captionScoreRow } from "./caption-scores";
import { parseCaptions, stringifyCaptions } from "./captions-file";
import { classSpellings } from "./class-spellings";
import { formatFixed } from "./format-fixed";
import { zeroShotPredictionsTsv, zeroShotScoreRow } from "./zero-shot-tables";

interface Golden {
  fixed: [value: number, decimals: number, text: string][];
  zeroShot: {
    spellings: string[];
    files: string[];
    labels: number[];
    probabilities: number[];
    accuracy: Record<number, number>;
    predictions: string;
    scores: string;
  }[];
  captions: { metrics: Record<string, number>; scores: string };
  exported: string;
}

const golden: Golden = JSON.parse(readFileSync(new URL("../fixtures/eval-tables.json", import.meta.url), "utf8"));

describe("tables of evaluations, to the byte as the original's", () => {
  it.each(golden.fixed)("writes %d with %d decimals as %s", (value, decimals, text) => {
    expect(formatFixed(value, decimals)).toBe(text);
  });

  it.each(golden.zeroShot)("writes zero-shot classification, $spellings.length classes", (set) => {
    const { spellings, files, accuracy } = set;
    const classes = spellings.map((name) => `class ${name}`);
    const result = {
      ...{ files, classes, accuracy },
      labels: Int32Array.from(set.labels),
      probabilities: Float32Array.from(set.probabilities),
    };
    expect(zeroShotPredictionsTsv(result, { spellings })).toBe(set.predictions);
    expect(`${zeroShotScoreRow("clip-b32", result)}\n`).toBe(set.scores);
  });

  it("writes scores of captions", () => {
    const {
      meteor,
      sbert_sim: sbertSim,
      rouge_l: rougeL,
      bleu_1: bleu1,
      bleu_2: bleu2,
      bleu_3: bleu3,
      bleu_4: bleu4,
      spice,
    } = golden.captions.metrics as Record<string, number>;
    const scores = { meteor, sbertSim, rougeL, bleu1, bleu2, bleu3, bleu4, spice } as Record<string, number>;
    expect(`${captionScoreRow("clipcap-b32", { scores })}\n`).toBe(golden.captions.scores);
    expect(captionScoreRow("a\tb", { scores: { ciderD: 0.5, vocab: 3, vocabF1: 1 / 3 } })).toBe(
      "a b\tcider_d\t0.500\tvocab\t3.000\tvocab_f1\t0.333\t",
    );
  });

  it("reads captions that the original exported, and writes them in its layout", () => {
    const { model, images } = parseCaptions(golden.exported, "exported.json");
    expect(model).toBe("clipcap-b32");
    expect(images).toEqual(
      ["airport_1", "beach_2"].map((name) => ({
        filename: `./data/RSICD_images/${name}.jpg`,
        caption: `a ${name} é .`,
        references: [`a ${name} .`, `the "${name}" is here .`],
      })),
    );
    expect(JSON.parse(stringifyCaptions({ model: model!, images }))).toEqual(JSON.parse(golden.exported));
  });
});

describe("stringifyCaptions", () => {
  const images = [{ filename: "1.png", caption: "a lake .", references: ["a blue lake .", "water ."] }];

  it("writes both layouts so that they are read as they were", () => {
    for (const captions of [{ model: "b32", images }, { images }, { model: "b32", images: [{ ...images[0]!, references: [] }] }]) {
      expect(parseCaptions(stringifyCaptions(captions), "x")).toEqual(captions);
    }
    expect(parseCaptions(stringifyCaptions({ model: "b32", images }, { layout: "inference" }), "x")).toEqual({
      images: [{ ...images[0]!, references: [] }],
    });
  });

  it("reads references in a list of their own, and a name alone", () => {
    const text = JSON.stringify([{ filename: "1.png", preds: "a lake .", reference_captions: ["a blue lake .", "water ."] }, "b32"]);
    expect(parseCaptions(text, "x")).toEqual({ model: "b32", images });
  });

  it.each([
    [[{ filename: "1.png", preds: ["a", "b"] }], /^x, entry 0 \(1\.png\): preds must be a caption or a list of one/],
    [
      [{ filename: "1.png", preds: ["a"], reference_captions: [["a"], ["b"]] }],
      /reference_captions must be a list of texts, or a list of one/,
    ],
    [[{ preds: ["a"] }, { model_basename: "m" }], /^x, entry 0 must have a filename, got undefined\.$/],
    [[{ filename: "1.png", preds: ["a"] }, { model_basename: 7 }], /^x, entry 1 must have a filename/],
  ])("refuses %j", (value, message) => {
    const read = () => parseCaptions(JSON.stringify(value), "x");
    expect(read).toThrow(refusal("FILE_CORRUPT", message));
  });

  it("refuses a layout and options that there are not", () => {
    const write = (options: object) => () => stringifyCaptions({ images }, options);
    expect(write({ layout: "list" })).toThrow(
      refusal("INVALID_ARGUMENT", exactly('layout must be "evaluation" or "inference", got list.')),
    );
    expect(write({ form: "list" })).toThrow(refusal("UNKNOWN_OPTION"));
  });
});

describe("classSpellings", () => {
  const image = (filename: string, label: string) => ({ filename, label, imgid: 0, split: "test" as const, sentences: [] });

  it("names classes as folders or files do, and those without images as the set is declared", () => {
    const images = [image("group/Bare_Land/1.jpg", "bare land"), image("river_protection_forest_12.tif", "river protection forest")];
    const classes = ["bare land", "river protection forest", "dense residential", "storage tanks"];
    const declared = [{ name: "dense residential", folder: "DenseResidential" }];
    expect(classSpellings({ images, classes, declaration: { classes: declared } as never })).toEqual([
      "bare_land",
      "river_protection_forest",
      "denseresidential",
      "storagetanks",
    ]);
  });

  it("must give a spelling for each class", () => {
    const result = {
      files: ["1"],
      classes: ["a", "b"],
      labels: Int32Array.of(0),
      probabilities: Float32Array.of(1, 0),
      accuracy: { 1: 1 },
    };
    expect(() => zeroShotPredictionsTsv(result, { spellings: ["a"] })).toThrow(
      refusal("SHAPE_MISMATCH", exactly("zeroShotPredictionsTsv: there must be 2 spellings, one a class, got 1.")),
    );
  });
});
