import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { cli } from "../../test/run-cli";
import { bayes, few, preparedSearch, trialsOf } from "../../test/tiny-search";

describe("rsdix search", () => {
  it("says what it takes, with the grid file's form and an example", async () => {
    const { code, out } = await bayes("--help");
    expect(code).toBe(0);
    for (const text of [
      "--grid-file",
      "--n-iter",
      "--n-init-points",
      "--random-state",
      "--parallel",
      "--bayesian-runs-export-file",
      "attr_keys:",
      "$ rsdix search bayes",
    ])
      expect(out).toContain(text);
    expect(out).toMatch(/--n-iter <number> .*\(default: 10\)/);
    expect((await cli(["search", "grid", "--help"])).out).toContain("--levels");
  });

  it("runs a process for each trial, keeps them as JSON lines, and tells the best", async () => {
    const { out, args } = preparedSearch();
    const run = await bayes(...args, "--n-iter", "10");
    expect([run.code, run.err]).toEqual([0, ""]);
    const trials = trialsOf(out);
    expect(trials).toHaveLength(15);
    for (const { parameters, value } of trials) expect(value).toBe((parameters["m.x"] - 3) ** 2 + parameters["m.y"]);
    const best = trials.reduce((a, b) => (b.value < a.value ? b : a));
    expect(best.value).toBeLessThan(1.05);
    const lines = run.out.trimEnd().split("\n");
    expect(lines).toHaveLength(16);
    expect(lines[0]).toMatch(/^trial 1 of 15, \d+\.\d s: --m\.x=[\d.]+ --m\.y=[123]: loss [\d.]+$/);
    const folder = join(out, `trial-${String(best.trial).padStart(3, "0")}`);
    expect(lines[15]).toBe(
      `best: loss ${best.value} with --m.x=${best.parameters["m.x"]} --m.y=${best.parameters["m.y"]} (trial ${best.trial}, ${join(folder, "run")})`,
    );
    expect(readFileSync(`${folder}.log`, "utf8")).toBe(`training with ${best.parameters["m.x"]} ${best.parameters["m.y"]}\n`);
  });

  it("prints JSON lines, the best one last", async () => {
    const { out, args } = preparedSearch();
    const run = await bayes(...args, ...few, "--json");
    const records = run.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(records.map(({ type }) => type)).toEqual([...Array(5).fill("trial"), "best"]);
    expect(records.slice(0, 5).map((record) => ({ ...record, seconds: 0 }))).toEqual(trialsOf(out));
    expect(records[5].value).toBe(Math.min(...records.slice(0, 5).map(({ value }) => value)));
  });

  it("tries a grid", async () => {
    const { out, args } = preparedSearch();
    const run = await cli(["search", "grid", ...args, "--levels", "2"]);
    expect(run).toMatchObject({ code: 0, err: "" });
    expect(trialsOf(out, "grid_runs.json").map(({ parameters }) => Object.values(parameters))).toEqual([
      [0, 1],
      [0, 3],
      [6, 1],
      [6, 3],
    ]);
    const again = await cli(["search", "grid", ...args, "--levels", "2", "--resume"]);
    expect(again).toMatchObject({ code: 0, err: "4 of 4 trials were done before.\n", out: expect.stringMatching(/^best: loss 10 /) });
  });

  it("counts imported trials beside the grid's own", async () => {
    const first = preparedSearch();
    await bayes(...first.args, "--n-init-points", "4", "--n-iter", "0");
    const { args } = preparedSearch();
    const imported = join(first.out, "bayesian_runs.json");
    const run = await cli(["search", "grid", ...args, "--levels", "2", "--grid-runs-import-file", imported]);
    const tried = trialsOf(first.out).filter(
      ({ parameters }) => [0, 6].includes(parameters["m.x"]) && [1, 3].includes(parameters["m.y"]),
    ).length;
    const total = 8 - tried;
    expect(run).toMatchObject({ code: 0, err: `4 of ${total} trials were done before.\n` });
    const labels = run.out.split("\n").flatMap((line) => /^trial \d+ of \d+/.exec(line)?.[0] ?? []);
    expect(labels).toEqual(Array.from({ length: total - 4 }, (_, i) => `trial ${i + 5} of ${total}`));
  });

  it.each([
    ["fail", "The trial's process ended with 3: error: out of memory"],
    ["kill", expect.stringMatching(/^The trial's process was killed by SIGKILL: training with/)],
  ])("records a trial that goes wrong (%s), and goes on", async (mode, error) => {
    const { out, args } = preparedSearch(mode);
    const run = await bayes(...args, "--n-iter", "2");
    expect(run).toMatchObject({ code: 0, err: "" });
    const trials = trialsOf(out);
    const failed = trials.filter(({ state }) => state === "failed");
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(7);
    for (const trial of failed) expect(trial).toMatchObject({ error });
    for (const { parameters, state } of trials) expect(state).toBe(parameters["m.x"] > 4 ? "failed" : "done");
  });

  it("takes another metric, and says what a trial lacks", async () => {
    const { out, args } = preparedSearch();
    expect((await bayes(...args, ...few, "--metric", "other")).out).toMatch(/\nbest: other 1 with .* \(trial 1, .*trial-001\/run\)\n$/);
    const missing = async (mode: string, metric: string, message: RegExp) => {
      const run = await bayes(...preparedSearch(mode).args, ...few, "--metric", metric);
      expect(run).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^(The search looks for .*\n)?error: PROCESS_FAILED: All 5 trials failed, the last of them: /),
      });
      expect(run.err).toMatch(message);
    };
    await missing("nan", "other", /log\.jsonl has no validation with a finite "other": it has loss\.\n$/);
    await missing("well", "text", /log\.jsonl has no validation with a finite "text": it has loss, other\.\n$/);
    await missing("nothing", "loss", /The trial must leave one log\.jsonl in .*trial-005, or in one folder of it; there is none\.\n$/);
    expect(existsSync(out)).toBe(true);
  });

  it.each(["nope", "toString"])("ends after the first trial where its validations have no %s, and names what they have", async (metric) => {
    const { out, args } = preparedSearch();
    const run = await bayes(...args, ...few, "--metric", metric);
    expect(run).toEqual({
      code: 2,
      out: "",
      err: `The search looks for the lowest ${metric} (--mode max: for the highest).\nerror: INVALID_ARGUMENT: ${join(out, "trial-001", "run", "log.jsonl")} has no validation with a finite "${metric}": it has loss, other. The search ends here, as other trials would come to the same: give --metric one of these, and another --out.\n`,
    });
    expect(readdirSync(out).filter((name) => name.startsWith("trial-0") && !name.includes("."))).toEqual(["trial-001"]);
  });

  it("goes on past a trial without the metric where another has had it", async () => {
    const { out, args } = preparedSearch("some");
    const run = await bayes(...args, ...few, "--metric", "other", "--n-init-points", "4");
    expect(run).toMatchObject({ code: 0, err: "The search looks for the lowest other (--mode max: for the highest).\n" });
    const trials = trialsOf(out);
    expect(trials.map(({ trial, state }) => `${trial} ${state}`).slice(0, 3)).toEqual(["1 done", "2 failed", "3 done"]);
  });

  it.each([
    [
      "clip",
      "teacher: [ema, none]",
      "los",
      'has a "los": --metric takes accuracy, contrastive, distillation, loss, scale. Did you mean loss?',
    ],
    ["clip", "teacher: [none]", "distillation", 'has a "distillation": --metric takes accuracy, loss, scale.'],
    ["clipcap", "prefix_length: [2, 3]", "accuracy", 'has a "accuracy": --metric takes bleu1, bleu2, bleu3, bleu4, ciderD, loss, meteor,'],
  ])("refuses before the first trial of %s with %s a metric that no validation will have", async (task, field, metric, message) => {
    const { folder, grid, out } = preparedSearch();
    const config = join(folder, "config.yaml");
    writeFileSync(config, "data: {annotations_files: a.json, img_dirs: a}\n");
    writeFileSync(grid, `script: ${task}\nconfig_file: ${config}\nattr_keys: {model: {${field}}}\n`);
    const run = await bayes("--grid-file", grid, "--out", out, "--metric", metric);
    expect(run).toEqual({
      code: 2,
      out: "",
      err: expect.stringContaining(`error: INVALID_ARGUMENT: No validation of these trials ${message}`),
    });
    expect(existsSync(out)).toBe(false);
  });

  it("takes a metric in the original's spelling", async () => {
    const { folder, grid, out } = preparedSearch();
    const config = join(folder, "config.yaml");
    writeFileSync(config, "data: {annotations_files: a.json, img_dirs: a}\n");
    writeFileSync(grid, `script: clipcap\nconfig_file: ${config}\nattr_keys: {model: {prefix_length: [2, 3]}}\n`);
    mkdirSync(out);
    writeFileSync(join(out, "mine.jsonl"), ""); // what is looked at next
    const run = await bayes("--grid-file", grid, "--out", out, "--metric", "rouge_l", "--bayesian-runs-export-file", "mine.jsonl");
    expect(run).toMatchObject({ code: 2, err: expect.stringMatching(/mine\.jsonl is there already: give --resume/) });
  });

  it("ends the trial and all that it started when it is interrupted, and goes on as if it had not been", async () => {
    const whole = preparedSearch();
    await bayes(...whole.args, ...few);
    const { out, args, grid } = preparedSearch("wait");
    const controller = new AbortController();
    const beats = join(out, "trial-003", "beats"); // of a process that the trial started
    const timer = setInterval(() => existsSync(beats) && controller.abort(new Error("interrupted")), 50);
    const run = await cli(["search", "bayes", ...args, ...few], { signal: controller.signal, isTTY: true });
    clearInterval(timer);
    expect(run.code).toBe(130);
    expect(run.err).toMatch(/trial 3 of 5, 0 s: --m\.x=/);
    expect(run.err).toMatch(
      /Stopped: The search was stopped after 2 trials\. With --resume it goes on after what is in .*bayesian_runs\.json\.\n$/,
    );
    expect(trialsOf(out)).toHaveLength(2);
    const { size } = statSync(beats);
    await sleep(200);
    expect(statSync(beats).size).toBe(size);

    writeFileSync(grid, readFileSync(grid, "utf8").replace("wait", "well"));
    const rest = await bayes(...args, ...few, "--resume");
    expect(rest).toMatchObject({ code: 0, err: "2 of 5 trials were done before.\n" });
    expect(rest.out.split("\n")[0]).toMatch(/^trial 3 of 5, /);
    expect(trialsOf(out)).toEqual(trialsOf(whole.out));
    expect(readdirSync(join(out, "trial-003"))).toEqual(["run"]);
  });

  it("imports trials of another search", async () => {
    const first = preparedSearch();
    await bayes(...first.args, ...few);
    const { out, args } = preparedSearch();
    const file = join(first.out, "bayesian_runs.json");
    const run = await bayes(...args, "--n-init-points", "2", "--n-iter", "4", "--bayesian-runs-import-file", file);
    expect(run).toMatchObject({ code: 0, err: "5 of 6 trials were done before.\n" });
    expect(trialsOf(out).slice(0, 5)).toEqual(trialsOf(first.out));
    expect(trialsOf(out)).toHaveLength(6);
  });

  it("says in one line what is wrong with a command", async () => {
    const { folder, grid, out, args } = preparedSearch();
    const refused = async (code: number, message: RegExp, ...more: string[]) => {
      const run = await bayes(...more);
      expect([run.code, run.out]).toEqual([code, ""]);
      expect(run.err).toMatch(message);
      expect(run.err.trimEnd().split("\n").length).toBeLessThan(3); // commander adds where help is
    };
    await refused(2, /^error: required option '--grid-file <file>' not specified/);
    await refused(2, /^error: option '--n-iter <number>' argument 'x' is invalid\. It must be a whole number\./, ...args, "--n-iter", "x");
    await refused(2, /Allowed choices are clip, clipcap\./, ...args, "--task", "siglip");
    await refused(
      1,
      /^error: FILE_NOT_FOUND: .*lost\.yaml cannot be read: there is no such file\./,
      "--grid-file",
      join(folder, "lost.yaml"),
    );
    await refused(1, /^error: FILE_NOT_FOUND: .* cannot be read: it is a folder; name the file in it\./, "--grid-file", folder);
    await refused(1, /^error: WRITE_FAILED: The folder .* cannot be made/, "--grid-file", grid, "--out", grid);
    const bad = join(folder, "bad.yaml");
    writeFileSync(bad, "script: [");
    await refused(1, /^error: FILE_CORRUPT: .*bad\.yaml, line 1, column \d+: /, "--grid-file", bad, "--out", out);
    writeFileSync(bad, "script: train.py\nattr_keys: {a: 1}\n");
    await refused(2, /^error: INVALID_ARGUMENT: The script train\.py does not tell what is trained/, "--grid-file", bad, "--out", out);
    const coarse = await cli(["search", "grid", ...args, "--levels", "1"]);
    expect(coarse).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error: INVALID_ARGUMENT: levels must be a whole number at least 2/),
    });
    const lost = preparedSearch("well", "[no-such-program, '{args}', '{folder}']");
    await refused(1, /^error: PROCESS_FAILED: no-such-program cannot be started: spawn no-such-program ENOENT\.\n/, ...lost.args);
    expect(readFileSync(join(lost.out, "bayesian_runs.json"), "utf8")).toBe("");
    expect(existsSync(out)).toBe(false);

    await bayes(...args, ...few);
    await refused(2, /^error: INVALID_ARGUMENT: .*bayesian_runs\.json is there already: give --resume to go on/, ...args);
    await refused(
      2,
      /bayesian_runs\.json is there already, so x\.json cannot be imported/,
      ...args,
      "--resume",
      "--bayesian-runs-import-file",
      "x.json",
    );
    writeFileSync(grid, readFileSync(grid, "utf8").replace("6.0", "0.1"));
    await refused(
      1,
      /^error: FILE_CORRUPT: .*bayesian_runs\.json: Line 1 was of another space: its parameter "m\.x" is/,
      ...args,
      "--resume",
    );
  });
});
