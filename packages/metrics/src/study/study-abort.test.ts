import { createRandom, nextTask } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { grammarCaptions } from "../../test/caption-grammar";
import { bleu } from "../bleu";
import { ciderD } from "../cider-d";
import { meteor } from "../meteor/meteor";
import { rougeL } from "../rouge-l";
import { spice } from "../spice/spice";
import { estimatesOf } from "./bootstrap";
import { type MetricStudyOptions, metricStudy } from "./metric-study";
import type { StudyMetric } from "./study-metrics";
import type { Perturbation } from "./study-perturbations";

const CAPTIONS = grammarCaptions(10, 1);
const COUNT = CAPTIONS.flat().length;
const blind: StudyMetric = { name: "blind", score: (candidates) => candidates.map(() => 0.7) };

/** Stands still for some milliseconds, as work does. */
function work(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

/** Runs a study that is stopped at the next turn of others after something in it calls `stop`. */
async function stopped(optionsWith: (stop: () => void) => Partial<MetricStudyOptions>): Promise<{ code: string; message: string }> {
  const controller = new AbortController();
  const options = optionsWith(() => void setTimeout(() => controller.abort(new Error("enough"))));
  try {
    await metricStudy(CAPTIONS, { metrics: [blind], perturbations: ["colour"], resamples: 100, ...options, signal: controller.signal });
  } catch (error) {
    return error as { code: string; message: string };
  }
  return { code: "none", message: "was not stopped" };
}

describe("a study is stopped in the middle", () => {
  it("while it changes captions", async () => {
    const slow = (stop: () => void): Perturbation => ({
      ...{ name: "slow", keepsMeaning: false },
      perturb: (caption) => {
        stop();
        work(5);
        return { caption, changes: [] };
      },
    });
    const { code, message } = await stopped((stop) => ({ perturbations: [slow(stop)] }));
    expect(code).toBe("ABORTED");
    expect(message).toMatch(new RegExp(`^metricStudy \\(perturbing\\) was stopped after \\d+ of ${COUNT}\\.$`));
  });

  it.each(["bleu", "rougeL", "ciderD", "meteor", "spice"] as const)("of a pass of %s", async (metric) => {
    // So many words that a pass takes far longer than the signal does.
    const many = Array.from({ length: 800 }, (_, i) => [grammarCaptions(10, i).flat().join(" ")]);
    await metricStudy(CAPTIONS, { metrics: [metric], perturbations: ["colour"], resamples: 100 }); // what it needs is loaded
    const controller = new AbortController();
    let passes = 0;
    const onProgress = () => {
      passes++;
      // The pass begins after one turn of others, so that the second is in it.
      nextTask()
        .then(nextTask)
        .then(() => controller.abort());
    };
    const options = { metrics: [metric], perturbations: ["colour"], resamples: 100, onProgress, signal: controller.signal } as const;
    const { code, message } = await metricStudy(many, options).then(
      () => ({ code: "none", message: "not stopped" }),
      (error) => error,
    );
    expect([code, message, passes]).toEqual(["ABORTED", "metricStudy was stopped after 0 of 2.", 1]);
  });

  it("of a pass of somebody else's metric, which knows of no signal", async () => {
    let failLate = () => {};
    const never = (stop: () => void): StudyMetric => ({
      name: "never",
      score: () => {
        stop();
        return new Promise((_, reject) => {
          failLate = () => reject(new Error("late"));
        });
      },
    });
    const study = await stopped((stop) => ({ metrics: [never(stop)] }));
    expect(study).toMatchObject({ code: "ABORTED", message: "metricStudy was stopped after 0 of 2." });
    failLate();
    await nextTask(); // its failure is nobody's: no unhandled rejection, of which Node tells before the next turn
  });

  it("of the bootstrap", async () => {
    const controller = new AbortController();
    // Once all is scored, by somebody who waits for a turn: however fast the machine is, what comes then is the bootstrap.
    const onProgress = ({ done, total }: { done: number; total: number }) =>
      void (done === total && setTimeout(() => controller.abort(new Error("enough"))));
    const options = { metrics: ["bleu" as const], perturbations: ["colour" as const], resamples: 100_000, onProgress };
    await expect(metricStudy(CAPTIONS, { ...options, signal: controller.signal })).rejects.toMatchObject({
      code: "ABORTED",
      message: expect.stringMatching(/^metricStudy \(bootstrap\) was stopped after \d+ of \d+\.$/),
    });
  });

  it("and others run in it", async () => {
    const sums = new Float64Array(2000).fill(1);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await estimatesOf([[{ sums, counts: sums }]], sums.length, createRandom(1), { resamples: 5000, level: 0.9, method: "bca" });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });
});

it("what a study scores image by image is what the metrics give", async () => {
  const named: Record<string, StudyMetric["score"]> = {
    bleu3: (...pairs) => bleu(...pairs).perImage.map((scores) => scores.bleu3),
    ...{ rougeL, ciderD, meteor, spice },
  };
  const names = Object.keys(named) as "rougeL"[];
  const others = names.map((name) => ({ name: `other ${name}`, score: named[name]! }));
  const { details } = await metricStudy(CAPTIONS, { metrics: [...names, ...others], perturbations: ["synonyms"], resamples: 100 });
  for (const name of names) {
    expect(details.scores[name]).toEqual(details.scores[`other ${name}`]);
    expect(details.unchanged[name]).toEqual(details.unchanged[`other ${name}`]);
  }
});

it("captions that change while it runs count as they were", async () => {
  const own = CAPTIONS.map((captions) => [...captions]);
  const options = { metrics: ["rougeL"], perturbations: ["synonyms", "colour"], resamples: 100 } as const;
  const running = metricStudy(own, options);
  for (const captions of own) captions.fill("nothing");
  expect(await running).toEqual(await metricStudy(CAPTIONS, options));
});
