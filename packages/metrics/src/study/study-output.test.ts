import { beforeAll, describe, expect, it, vi } from "vitest";
import { grammarCaptions } from "../../test/caption-grammar";
import { metricStudy } from "./metric-study";
import { placeLabels } from "./place-labels";
import { loadStudyFigure } from "./study-figure";
import type { MetricStudy } from "./study-result";
import { studyCaptionsTsv, studyJson, studyTsv } from "./study-text";

let study: MetricStudy;
beforeAll(async () => {
  study = await metricStudy(grammarCaptions(12, 2), { metrics: ["bleu", "rougeL"], resamples: 100, reference: true });
});

const cells = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));

describe("a study as text", () => {
  it("is JSON without the single scores, and nothing in it is lost", () => {
    const { details, ...rest } = study;
    expect(JSON.parse(studyJson(study))).toEqual(JSON.parse(JSON.stringify(rest)));
    expect(studyJson(study)).toMatch(/^\{\n {2}"settings": \{\n[\s\S]*\}\n$/);
    expect(studyJson(study)).not.toMatch(/NaN|Infinity|details/);
    expect(Object.keys(details)).toEqual(["captions", "image", "perturbed", "unchanged", "scores"]);
  });

  it("is a table with a row for each metric and perturbation, and two means", () => {
    const [heading, ...rows] = cells(studyTsv(study));
    expect(rows).toHaveLength(5 * (9 + 2));
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(heading!.length);
    const row = Object.fromEntries(heading!.map((name, i) => [name, rows[3]![i]]));
    const colour = study.metrics[0]!.perturbations.colour!;
    const compared = study.comparisons.find(({ metric, perturbation }) => metric === "bleu1" && perturbation === "colour")!;
    const separation = study.separations.find(({ metric, perturbation }) => metric === "bleu1" && perturbation === "colour")!;
    expect(row).toMatchObject({
      ...{ metric: "bleu1", perturbation: "colour", meaning: "changed", score: String(colour.mean), drop: String(colour.drop.value) },
      ...{ low: String(colour.drop.low), high: String(colour.drop.high), compared_to: "rougeL", difference: String(compared.difference) },
      ...{ worse: String(compared.holds), separation: String(separation.difference), separates: String(separation.holds) },
    });
    const means = rows.filter(([, perturbation]) => perturbation === "(mean)");
    expect(means.slice(0, 2).map(([metric, , meaning]) => [metric, meaning])).toEqual([
      ["bleu1", "kept"],
      ["bleu1", "changed"],
    ]);
    const { robustness, sensitivity } = study.metrics[0]!;
    expect(means[0]!.slice(7, 10)).toEqual([1 - robustness.value!, 1 - robustness.high!, 1 - robustness.low!].map(String));
    expect(means[1]!.slice(7, 10)).toEqual([sensitivity.value, sensitivity.low, sensitivity.high].map(String));
  });

  it("has every caption with its scores, in one line whatever the caption holds", async () => {
    const [heading, first, ...rest] = cells(studyCaptionsTsv(study));
    expect(heading).toEqual(["image", "caption", "perturbation", "changes", "text", "bleu1", "bleu2", "bleu3", "bleu4", "rougeL"]);
    expect(first!.slice(0, 5)).toEqual(["0", "0", "", "", study.details.captions[0]]);
    const changed = Object.values(study.details.perturbed)
      .flat()
      .filter(({ changes }) => changes.length > 0).length;
    expect(rest).toHaveLength(study.captions - 1 + changed);
    const shuffled = rest.find(([, caption, perturbation]) => caption === "0" && perturbation === "shuffle")!;
    expect(Number(shuffled[9])).toBe(study.details.scores.rougeL!.shuffle![0]);
    const odd = await metricStudy([["a\tred\nlake"]], { metrics: ["rougeL"], perturbations: ["colour"], resamples: 100 });
    expect(cells(studyCaptionsTsv(odd))[1]![4]).toBe("a red lake");
  });
});

describe("the figure", () => {
  it("shows each metric by name, and says what it shows", async () => {
    const svg = await (await loadStudyFigure())(study);
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    const texts = [...svg.matchAll(/<(?:text|tspan)[^>]*>([^<]+)</g)].map(([, text]) => text);
    for (const text of ["bleu1", "bleu4", "rougeL", "synonyms", "shuffle", "up and to the right is better"]) expect(texts).toContain(text);
    expect(texts).toContain(`95 % intervals; 12 images, ${study.captions} captions`);
    expect(texts.filter((text) => text === "bleu2")).toHaveLength(2); // beside its point, and in the legend
    const { robustness, sensitivity } = study.metrics[0]!;
    expect(svg).toContain(
      `><title>Robustness and sensitivity of metrics: bleu1 ${robustness.value!.toFixed(2)} and ${sensitivity.value!.toFixed(2)}, bleu2 `,
    );
    expect(svg).not.toMatch(/aria-|role="graphics/);
  });

  it("holds what a metric is called, whatever that is", async () => {
    const odd = { name: "<b> & c", score: (candidates: readonly string[]) => candidates.map((caption) => caption.length / 100) };
    const svg = await (await loadStudyFigure())(await metricStudy(grammarCaptions(3, 1), { metrics: [odd], resamples: 100 }));
    expect(svg).toMatch(/<title>Robustness and sensitivity of metrics: &lt;b&gt; &amp; c /);
    expect(svg).not.toContain("<b>");
  });

  it("is drawn of a study without intervals, or of one kind of perturbation", async () => {
    const draw = await loadStudyFigure();
    const one = await metricStudy([["a red lake"]], { metrics: ["rougeL"], perturbations: ["colour"], resamples: 100 });
    expect(await draw(one)).toContain("needs perturbations of both kinds");
    const both = await metricStudy([["a red plane"]], { metrics: ["rougeL"], perturbations: ["colour", "synonyms"], resamples: 100 });
    const svg = await draw(both);
    expect(svg).toContain(">rougeL<");
    expect(svg).not.toMatch(/NaN/);
  });

  it("says what to install", async () => {
    vi.doMock("vega-lite", () => {
      throw new Error("no such package");
    });
    vi.resetModules();
    const { loadStudyFigure: load } = await import("./study-figure");
    await expect(load()).rejects.toMatchObject({
      code: "MISSING_DEPENDENCY",
      message: "The figure is drawn by vega and vega-lite: npm install vega vega-lite.",
    });
    vi.doUnmock("vega-lite");
  });
});

it("labels stand beside their points, apart from one another and inside", () => {
  const size = { width: 300, height: 300 };
  const points = [
    [20, 20],
    [24, 22],
    [22, 26],
    [290, 150],
    [150, 295],
  ].map(([x, y], i) => ({ x: x!, y: y!, text: `metric${i}` }));
  const labels = placeLabels(points, size);
  labels.forEach(({ x, y }, i) => {
    expect(x).toBeGreaterThan(20);
    expect(x).toBeLessThan(280);
    expect(y).toBeGreaterThan(5);
    expect(y).toBeLessThan(295);
    expect(Math.hypot(x - points[i]!.x, y - points[i]!.y)).toBeLessThan(90);
    for (const other of labels.slice(i + 1)) expect(Math.abs(x - other.x) >= 44 || Math.abs(y - other.y) >= 12.9).toBe(true);
  });
});
