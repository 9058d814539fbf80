import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import { bayes, few, preparedSearch, trialsOf } from "../../test/tiny-search";
import { lockRun } from "../recipes/run-lock";
import { holdsSearch, writeSettings } from "../search/search-settings";

describe("the folder of rsdix search", () => {
  it("goes on only with the number that the trials have", async () => {
    const { out, args } = preparedSearch();
    expect((await bayes(...args, ...few)).code).toBe(0);
    const before = readFileSync(join(out, "bayesian_runs.json"), "utf8");
    const other = await bayes(...args, "--n-iter", "20", "--metric", "other", "--resume");
    expect(other).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /INVALID_ARGUMENT: .*out holds a search that was begun otherwise: metric \("loss", now "other"\)\. Go on as then, or give another --out/,
      ),
    });
    expect(readFileSync(join(out, "bayesian_runs.json"), "utf8")).toBe(before);
    expect(existsSync(join(out, "lock"))).toBe(false);
    writeFileSync(join(out, "search.json"), "{");
    expect(await bayes(...args, "--resume")).toMatchObject({ code: 1, err: expect.stringMatching(/FILE_CORRUPT: .*search\.json/) });
  });

  it("goes on only with the draws that the trials come from", async () => {
    const { out, args } = preparedSearch();
    expect((await bayes(...args, ...few, "--random-state", "7")).code).toBe(0);
    const before = readFileSync(join(out, "bayesian_runs.json"), "utf8");
    const other = await bayes(...args, "--n-iter", "4", "--resume");
    expect(other).toMatchObject({ code: 2, err: expect.stringMatching(/begun otherwise: randomState \(7, now 42\)\. Go on as then/) });
    expect(readFileSync(join(out, "bayesian_runs.json"), "utf8")).toBe(before);
    expect((await bayes(...args, ...few, "--random-state", "7", "--resume")).code).toBe(0);
  });

  it("goes on only with the configuration that the trials have", async () => {
    const folder = scratchFolder();
    const settings = (config: object) => ({ search: "bayes", file: "t.json", metric: "loss", mode: "min", task: "clip", config }) as const;
    expect(await holdsSearch(folder, settings({}))).toBeUndefined();
    await writeSettings(folder, settings({ trainer: { max_epochs: 1 }, data: { batch_size: 8 } }));
    expect(await holdsSearch(folder, settings({ data: { batch_size: 8 }, trainer: { max_epochs: 1 } }))).toBeDefined();
    await expect(holdsSearch(folder, settings({ trainer: { max_epochs: 5, seed: 1 }, data: { batch_size: 8 } }))).rejects.toEqual(
      refusal("INVALID_ARGUMENT", /config\.trainer\.max_epochs \(1, now 5\), config\.trainer\.seed \(not given, now 1\)/),
    );
  });

  it("keeps its folder for one search: another leaves its trials as they are", async () => {
    const { out, args } = preparedSearch();
    expect((await bayes(...args, ...few)).code).toBe(0);
    const kept = () => readdirSync(out, { recursive: true }).map((name) => [name, statSync(join(out, String(name))).mtimeMs]);
    const before = kept();
    const refused = async (message: RegExp, ...more: string[]) => {
      const run = await cli(["search", ...more]);
      expect(run).toMatchObject({ code: 2, out: "", err: expect.stringMatching(message) });
      expect(kept()).toEqual(before);
    };
    const full = /^error: INVALID_ARGUMENT: .*out holds a search already, and a folder holds one: give another --out, or --resume/;
    const otherFile = ["--bayesian-runs-export-file", "other.json"];
    await refused(full, "grid", ...args);
    await refused(full, "bayes", ...args, ...few, ...otherFile);
    await refused(
      /begun otherwise: search \("bayes", now "grid"\), file \("bayesian_runs\.json", now "grid_runs\.json"\)/,
      "grid",
      ...args,
      "--resume",
    );
    await refused(/begun otherwise: file \("bayesian_runs\.json", now "other\.json"\)/, "bayes", ...args, ...few, ...otherFile, "--resume");
  });

  it("takes away no folder of which no search has said that it is a trial's", async () => {
    const { out, args } = preparedSearch();
    const refused = async (name: string, ...more: string[]) => {
      const before = readdirSync(out, { recursive: true });
      const run = await bayes(...args, ...more);
      expect(run).toMatchObject({
        code: 2,
        out: "",
        err: expect.stringMatching(`^error: INVALID_ARGUMENT: .*${name} is called as a trial's`),
      });
      expect(readdirSync(out, { recursive: true })).toEqual(before);
    };
    mkdirSync(join(out, "trial-001"), { recursive: true });
    writeFileSync(join(out, "trial-001", "notes.txt"), "x");
    await refused("trial-001", ...few);
    await refused("trial-001", ...few, "--resume");
    rmSync(join(out, "trial-001"), { recursive: true });
    for (const text of ["null", "{", '{"trial":2}']) {
      writeFileSync(join(out, "trial-001.json"), text);
      await refused("trial-001.json", ...few);
      expect(readFileSync(join(out, "trial-001.json"), "utf8")).toBe(text);
    }
    rmSync(join(out, "trial-001.json"));
    expect((await bayes(...args, ...few)).code).toBe(0);
    mkdirSync(join(out, "trial-006"));
    writeFileSync(join(out, "trial-006", "notes.txt"), "x");
    await refused("trial-006", "--n-init-points", "2", "--n-iter", "4", "--resume");
  });

  it("keeps a trial that has begun for when as many are asked for", async () => {
    const { out, args } = preparedSearch();
    expect((await bayes(...args, ...few)).code).toBe(0);
    const parameters = { "m.x": 1, "m.y": 1 };
    mkdirSync(join(out, "trial-006"));
    writeFileSync(join(out, "trial-006", "of-before"), "");
    writeFileSync(join(out, "trial-006.json"), JSON.stringify({ trial: 6, parameters, origin: "model", job: "7" }));
    expect((await bayes(...args, ...few, "--resume")).code).toBe(0);
    expect(existsSync(join(out, "trial-006", "of-before"))).toBe(true);
    expect(JSON.parse(readFileSync(join(out, "trial-006.json"), "utf8"))).toEqual({ trial: 6, parameters, origin: "model" }); // no worker is asked
    expect((await bayes(...args, "--n-init-points", "2", "--n-iter", "4", "--resume")).code).toBe(0);
    expect(trialsOf(out)[5]).toMatchObject({ trial: 6, parameters, value: 5 });
    expect([existsSync(join(out, "trial-006", "of-before")), existsSync(join(out, "trial-006.json"))]).toEqual([false, false]);
  });

  it("keeps its folder for one at a time, and waits for no trial that a killed search has left running", async () => {
    const { out, args } = preparedSearch();
    mkdirSync(join(out, "trial-001", "clip-1"), { recursive: true });
    writeFileSync(join(out, "trial-001.json"), JSON.stringify({ trial: 1, parameters: { "m.x": 1, "m.y": 1 }, origin: "initial" }));
    const [whole, trial] = await Promise.all([lockRun(out), lockRun(join(out, "trial-001", "clip-1"))]);
    expect(await bayes(...args, ...few)).toMatchObject({ code: 1, err: expect.stringMatching(/WRITE_FAILED: .*out is in use/) });
    await whole();
    const running = await bayes(...args, ...few);
    expect(running).toMatchObject({ code: 1, err: expect.stringMatching(/clip-1 is in use: process \d+ .*Wait for it, or stop it/) });
    expect(existsSync(join(out, "bayesian_runs.json")) && readFileSync(join(out, "bayesian_runs.json"), "utf8")).toBe(""); // no trial failed
    await trial();
    expect((await bayes(...args, ...few, "--resume")).code).toBe(0);
  });
});
