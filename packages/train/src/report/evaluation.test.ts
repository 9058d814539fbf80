import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { parseEvaluation } from "./evaluation";

const classes = (first: string) =>
  [first, ...Array.from({ length: 9 }, (_, i) => `class ${i}`)].flatMap((name, i) => [name, (i === 0 ? 0.91 : 0.01).toFixed(5)]).join("\t");

describe("parseEvaluation", () => {
  it("reads zero-shot classification, an image a row", () => {
    const expected = {
      kind: "predictions",
      title: "t",
      images: [
        { file: "park_1.jpg", label: "park", classes: [{ label: "park", probability: 0.91 }, ...rest()] },
        { file: 'a "b".png', label: "7", classes: [{ label: "1", probability: 0.91 }, ...rest()] },
      ],
    };
    const rows = `park_1.jpg\tpark\t${classes("park")}\n"a ""b"".png"\t7\t${classes("1")}\n`;
    expect(parseEvaluation(rows, "t")).toEqual(expected);
    const names = ["file", "label", ...Array.from({ length: 10 }, (_, i) => `class ${i}\tprobability ${i}`)].join("\t");
    expect(parseEvaluation(`\ufeff${names}\r\n${rows.replaceAll("\n", "\r\n")}\r\n`, "t")).toEqual(expected);
  });

  it("reads names that begin with a quote, as evaluations write them", () => {
    const rows = `"red/1.png\t"red\t${classes('"red')}\n"red"/2.png\t"red\t${classes('say "x"')}\n`;
    expect(parseEvaluation(rows, "t")).toMatchObject({
      kind: "predictions",
      images: [
        { file: '"red/1.png', label: '"red', classes: [{ label: '"red', probability: 0.91 }, ...rest()] },
        { file: '"red"/2.png', label: '"red', classes: [{ label: 'say "x"', probability: 0.91 }, ...rest()] },
      ],
    });
    expect(parseEvaluation('"b32\t0.96\t0.97\t0.98\t0.99\t1.0\n', "t")).toMatchObject({ models: [{ model: '"b32' }] });
    expect(parseEvaluation('"a\tb"\t0.96\t0.97\t0.98\t0.99\t1.0\n', "t")).toMatchObject({ models: [{ model: "a\tb" }] });
  });

  it("reads scores with names above them, a model a row; a cell without a score is left out", () => {
    const tsv = "model\tscore@1\tscore@10\tMETEOR\nb32\t0.960\t1\t-\nb16\t.5\t\t1e-3\nl14\tnan\t1\t0\n";
    expect(parseEvaluation(tsv, "t")).toEqual({
      ...{ kind: "scores", title: "t" },
      models: [
        { model: "b32", scores: { "score@1": 0.96, "score@10": 1 } },
        { model: "b16", scores: { "score@1": 0.5, METEOR: 0.001 } },
        { model: "l14", scores: { "score@1": Number.NaN, "score@10": 1, METEOR: 0 } },
      ],
    });
  });

  it("reads scores of k without names, and metrics in pairs or in rows", () => {
    expect(parseEvaluation("b32\t0.96\t0.97\t0.98\t0.99\t1.0\n", "t")).toEqual({
      ...{ kind: "scores", title: "t" },
      models: [{ model: "b32", scores: { "score@1": 0.96, "score@2": 0.97, "score@3": 0.98, "score@5": 0.99, "score@10": 1 } }],
    });
    const scores = { kind: "scores", title: "t", models: [{ model: "cap", scores: { METEOR: 0.5, SPICE: 0.25 } }] };
    expect(parseEvaluation("cap\tMETEOR\t0.500\tSPICE\t0.250\n", "t")).toEqual(scores);
    expect(parseEvaluation("cap\tmeteor\t0.500\tspice\t0.250\tno_meteor_count\t3.000\t\n", "t")).toEqual(scores);
    expect(parseEvaluation("cap\tMETEOR\t0.500\ncap\tSPICE\t0.250\n", "t")).toEqual(scores);
    expect(parseEvaluation("model\tmetric\tvalue\ncap\tMETEOR\t0.500\ncap\tSPICE\t0.250\n", "t")).toEqual(scores);
  });

  it("reads the four scores that the original had at first, and keeps each row of a model", () => {
    expect(parseEvaluation("b32\t0.9\t0.93\t0.95\t1.0\nb32\t0.4\t0.5\t0.6\t0.7\t0.8\n", "t")).toMatchObject({
      models: [
        { model: "b32", scores: { "score@1": 0.9, "score@3": 0.93, "score@5": 0.95, "score@10": 1 } },
        { model: "b32", scores: { "score@1": 0.4, "score@2": 0.5, "score@3": 0.6, "score@5": 0.7, "score@10": 0.8 } },
      ],
    });
  });

  it("knows the data set of rows that name one, and keeps apart rows that name several", () => {
    expect(parseEvaluation("model\tdataset\tMETEOR\ncap\tUCMD\t0.5\n", "t")).toMatchObject({ dataset: "UCMD", models: [{ model: "cap" }] });
    expect(parseEvaluation("dataset\tmodel\tMETEOR\nUCMD\tcap\t0.5\n", "t")).toMatchObject({ dataset: "UCMD", models: [{ model: "cap" }] });
    const several = parseEvaluation("model\tdataset\tMETEOR\ncap\tUCMD\t0.5\ncap\tNWPU\t0.4\n", "t");
    expect(several).toMatchObject({ models: [{ model: "cap, UCMD" }, { model: "cap, NWPU" }] });
    expect(several).not.toHaveProperty("dataset");
  });

  it.each([
    ["", "EMPTY_DATA", /^t holds no row\.$/],
    ["\n\n", "EMPTY_DATA", /^t holds no row\.$/],
    ["model\tscore@1\n", "EMPTY_DATA", /^t holds no row below its names\.$/],
    ["a\nb\n", "FILE_CORRUPT", /^t is no table of results\. Expected are rows of file, label/],
    ["a\t1\t2\n", "FILE_CORRUPT", /^t is no table of results/],
    ["model\tscore@1\nb32\t0.5\t0.6\n", "FILE_CORRUPT", /^t is no table of results/],
    [`a.png\tpark\t${classes("park")}\nb.png\tpark\tpark\t1.5\n`, "FILE_CORRUPT", /^t is no table of results/],
  ])("refuses %j", (tsv, code, message) => {
    expect(() => parseEvaluation(tsv, "t")).toThrow(refusal(code, message));
  });
});

function rest() {
  return Array.from({ length: 9 }, (_, i) => ({ label: `class ${i}`, probability: 0.01 }));
}
