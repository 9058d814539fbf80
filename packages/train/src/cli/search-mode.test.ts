import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli } from "../../test/run-cli";
import { bayes, few, preparedSearch, trialsOf } from "../../test/tiny-search";

const highest = (out: string, file?: string) => Math.max(...trialsOf(out, file).map(({ value }) => value));

describe("rsdix search of a number of which more is better", () => {
  it("looks for the highest, of each trial too, as it looks for the lowest of the negative", async () => {
    const { out, args } = preparedSearch("rising");
    const run = await bayes(...args, "--metric", "rouge_l");
    expect(run).toMatchObject({ code: 0, err: "The search looks for the highest rouge_l.\n" });
    const trials = trialsOf(out);
    for (const { parameters, value } of trials) expect(value).toBe(-((parameters["m.x"] - 3) ** 2 + parameters["m.y"]));
    expect(run.out).toContain(`\nbest: rouge_l ${highest(out)} with `);
    const lowest = preparedSearch();
    await bayes(...lowest.args);
    expect(trials).toEqual(trialsOf(lowest.out).map((trial) => ({ ...trial, value: -trial.value })));
  });

  it("names the highest of a grid", async () => {
    const { out, args } = preparedSearch("rising");
    const run = await cli(["search", "grid", ...args, "--levels", "3", "--metric", "rougeL", "--json"]);
    const best = JSON.parse(run.out.trimEnd().split("\n").at(-1)!);
    expect(best).toMatchObject({ type: "best", value: highest(out, "grid_runs.json"), parameters: { "m.x": 3, "m.y": 1 } });
  });

  it("looks for what --mode says, and warns where that is against the name", async () => {
    const { out, args } = preparedSearch("rising");
    const warning =
      "warning: --mode max looks for the highest loss, and less of it is better: leave it out, or give --mode min, if that isn't meant.\n";
    const run = await bayes(...args, ...few, "--mode", "max");
    expect(run).toMatchObject({ code: 0, err: warning, out: expect.stringContaining("\nbest: loss 100 with ") });
    const other = /begun otherwise: mode \("max", now "min"\)\. Go on as then/;
    expect(await bayes(...args, ...few, "--resume")).toMatchObject({ code: 2, err: expect.stringMatching(other) });
    expect(trialsOf(out).map(({ value }) => value)).toEqual(Array(5).fill(100));
    const least = await bayes(...preparedSearch("rising").args, ...few, "--metric", "rougeL", "--mode", "min");
    expect(least.err).toMatch(/^warning: --mode min looks for the lowest rougeL, and more of it is better: /);
    expect(await bayes(...args, "--mode", "most")).toMatchObject({
      code: 2,
      err: expect.stringContaining("Allowed choices are min, max."),
    });
  });

  it("goes on with a folder of before there was a mode, whose values stay as they were measured", async () => {
    const { out, args } = preparedSearch("rising");
    const search = [...args, "--metric", "rougeL"];
    await bayes(...search, ...few);
    const settings = join(out, "search.json");
    const { mode, ...older } = JSON.parse(readFileSync(settings, "utf8"));
    expect(mode).toBe("max");
    writeFileSync(settings, JSON.stringify(older));
    const before = trialsOf(out);
    const run = await bayes(...search, "--n-init-points", "2", "--n-iter", "4", "--resume");
    expect(run).toMatchObject({ code: 0, out: expect.stringContaining(`\nbest: rougeL ${highest(out)} with `) });
    expect(run.err).toMatch(/out was begun when the lowest rougeL of a trial was its value: trials that are there keep theirs, /);
    expect(trialsOf(out).slice(0, 5)).toEqual(before);
    const least = await bayes(...search, ...few, "--mode", "min", "--resume");
    expect(least).toMatchObject({ code: 2, err: expect.stringMatching(/begun otherwise: mode \("max", now "min"\)/) });
  });
});
