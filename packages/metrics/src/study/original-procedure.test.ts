import { describe, expect, it } from "vitest";
import { grammarCaptions } from "../../test/caption-grammar";
import golden from "../fixtures/study-statistics.json";
import { metricStudy } from "./metric-study";
import { originalProcedure, runningMoments } from "./original-procedure";

const CAPTIONS = grammarCaptions(30, 1);

describe("the original's procedure", () => {
  it("is numpy's and scipy's from its description, faults and all", () => {
    const { scores, metrics, tests, check } = golden.original;
    const { metrics: ours, tests: ourTests } = originalProcedure(scores, "sbertSim", 0.05);
    expect(ours.map(({ metric }) => metric)).toEqual(metrics.map(({ metric }) => metric));
    expect(ours.flatMap(({ mean, sd }) => [mean, sd])).toBeAllclose(
      metrics.flatMap(({ mean, sd }) => [mean, sd]),
      { rtol: 1e-10, atol: 0 },
    );
    expect(ourTests.flatMap(({ t, p }) => [t!, p!])).toBeAllclose(
      tests.flatMap(({ t, p }) => [t, p]),
      { rtol: 1e-10, atol: 0 },
    );
    expect(ourTests.map(({ metric, accepted }) => [metric, accepted])).toEqual(tests.map(({ metric, accepted }) => [metric, accepted]));
    // The sign: ROUGE-L's mean is above S-BERT's here, and "lower" is accepted all the same.
    expect(ourTests[1]).toMatchObject({ metric: "rougeL", t: expect.any(Number), accepted: true });
    expect(ourTests[1]!.t!).toBeGreaterThan(0);
    const { means, variances } = runningMoments([[0.2, 0.4, 0.9]]);
    expect(means).toBeAllclose(check.means, { rtol: 1e-14, atol: 0 });
    expect(variances).toBeAllclose(check.variances, { rtol: 1e-14, atol: 0 });
    expect(means).toBeAllclose([0.2, 0.3, 0.5], { rtol: 1e-14, atol: 0 });
    expect(variances).toBeAllclose([0, 0.02, 0.13], { rtol: 1e-14, atol: 0 });
  });

  it("is part of a study that asks for it, from the scores of all captions", async () => {
    const study = await metricStudy(CAPTIONS, {
      metrics: ["bleu1", "rougeL"],
      perturbations: ["synonyms"],
      reference: true,
      resamples: 100,
    });
    const last = CAPTIONS.at(-1)!.length;
    const scores = [...study.details.scores.bleu1!.synonyms!].slice(-last);
    expect(study.original!.metrics[0]).toEqual({
      ...{ metric: "bleu1", mean: expect.closeTo(scores.reduce((sum, score) => sum + score, 0) / last, 12), sd: expect.any(Number) },
    });
    expect(study.original!.tests.map(({ metric }) => metric)).toEqual(["bleu1"]);
    expect((await metricStudy(CAPTIONS, { metrics: ["bleu1"], perturbations: ["synonyms"], resamples: 100 })).original).toBeUndefined();
  });
});
