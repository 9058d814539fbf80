import { describe, expect, it } from "vitest";
import { evaluate } from "./evaluate/evaluate";
import { meteor } from "./meteor/meteor";
import { sbertSim } from "./sbert-sim";
import { spice } from "./spice/spice";
import { spider } from "./spider";
import { metricStudy } from "./study/metric-study";
import type { StudyMetric } from "./study/study-metrics";

const candidates = () => ["a lake .", "two planes are near a road .", "a red car ."];
const references = () => [["the lake ."], ["two planes near a road ."], ["a green car .", "a car ."]];
/** As wide as the text is long, and where its letters lie. */
const row = (text: string) => [text.length, text.charCodeAt(0), 1 + (text.codePointAt(2) ?? 0)];

describe("what a model or a metric is given is its own", () => {
  it.each<[string, (texts: string[]) => void]>([
    ["written to", (texts) => texts.splice(0, 1, "zz")],
    ["sorted", (texts) => texts.sort()],
    ["emptied", (texts) => texts.splice(0)],
  ])("a batch of an encoder may be %s", async (_, change) => {
    const embed = (texts: readonly string[]) => {
      const rows = texts.map(row);
      change(texts as string[]);
      return rows;
    };
    const expected = await sbertSim(candidates(), references(), { embed: (texts) => texts.map(row) });
    expect(await sbertSim(candidates(), references(), { embed })).toEqual(expected);
  });

  it("a study's metric may change its lists, and the others score as without it", async () => {
    const messy: StudyMetric = {
      name: "messy",
      score: (own, theirs) => {
        const scores = own.map(({ length }) => length);
        (own as string[]).reverse();
        (theirs as string[][])[0]![0] = "zzz";
        (own as string[]).length = 0;
        return scores;
      },
    };
    const options = { perturbations: ["colour"], resamples: 100 } as const;
    const captions = [["a red car near a lake"], ["two green boats by a road"], ["a white plane"]];
    const alone = await metricStudy(captions, { ...options, metrics: ["rougeL"] });
    const beside = await metricStudy(captions, { ...options, metrics: [messy, "rougeL"] });
    expect(beside.metrics[1]!.sensitivity.value).toBe(alone.metrics[0]!.sensitivity.value);
  });

  it.each([
    ["meteor", meteor],
    ["spice", spice],
    ["spider", spider],
  ] as const)("%s scores the captions as they were when it was called", async (_, metric) => {
    const expected = await metric(candidates(), references());
    const [own, theirs] = [candidates(), references()];
    const scored = metric(own, theirs);
    own[0] = "zzz";
    own.push("more");
    theirs[1]!.length = 0;
    expect(await scored).toEqual(expected);
  });
});

describe("evaluate", () => {
  it("says whether METEOR had its paraphrases", async () => {
    expect((await evaluate(candidates(), references(), { metrics: ["meteor"] })).paraphrases).toBe(false);
    expect(await evaluate(candidates(), references(), { metrics: ["bleu"] })).not.toHaveProperty("paraphrases");
  });

  it("takes names that are texts only", async () => {
    for (const options of [
      { profile: ["coco"] },
      { profile: Object.create(null) },
      { metrics: [["bleu"]] },
      { metrics: [Object.create(null)] },
    ]) {
      const run = evaluate(candidates(), references(), options as object);
      await expect(run).rejects.toMatchObject({ name: "RsdixError", code: "INVALID_ARGUMENT" });
    }
  });

  it("stops its workers in the middle of a part", async () => {
    const controller = new AbortController();
    const long = Array.from({ length: 6 }, (_, i) => `${"a/".repeat(600)}${i}`);
    const run = evaluate(
      long,
      long.map((caption) => [`${caption} b`, `${caption} c`]),
      { metrics: ["meteor"], workers: 1, signal: controller.signal },
    );
    setTimeout(() => controller.abort(new Error("enough")), 50);
    await expect(run).rejects.toMatchObject({ name: "RsdixError", code: "ABORTED" });
  });
});
