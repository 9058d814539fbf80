import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startBackend } from "@rsdix/backend";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { CliRun } from "../../../test/run-in-process";
import { scratchFolder } from "../../../test/scratch-folder";
import { noSlurm, startSlurm } from "../../scale/test/slurm-cluster";
import { submissionText } from "../src/cli/on-slurm";
import { stateText } from "../src/cli/status-command";
import { withoutFlags } from "../src/cli/without-flags";
import { buildCli } from "./built-cli";
import { cli } from "./run-cli";
import { type TinyWorld, tinyWorld } from "./tiny-world";

const failed = (message: RegExp, code = 2) => ({ code, out: "", err: expect.stringMatching(message) });

describe("--on slurm: flags", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("refuses flags that would do nothing, and says what to do without Slurm", async () => {
    const embed = ["embed", "--model-pth", "a", "--out-path", "/no/where", "--img-dir", "b"];
    const cases: [string[], RegExp][] = [
      [["--on", "slurm"], /--on would do nothing without --shards or --parts/],
      [["--parts", "2", "--on", "slurm", "--jobs", "2"], /--jobs would do nothing with --on slurm: --array-limit/],
      [["--parts", "2", "--on", "slurm", "--redis", "redis://a"], /--redis would do nothing without --on redis/],
      [["--parts", "2", "--time", "5", "--array_limit", "2"], /--time, --array-limit would do nothing without --on slurm/],
      [["--parts", "2", "--on", "redis", "--partition", "gpu"], /--partition would do nothing without --on slurm/],
      [["--parts", "2", "--on", "slurm", "--cpus", "0"], /It must be at least 1/],
    ];
    for (const [flags, message] of cases) expect(await cli([...embed, ...flags])).toEqual(failed(message));
    vi.stubEnv("PATH", "/no/programs");
    const noProgram = /MISSING_DEPENDENCY: Slurm's program scontrol is not on the PATH: .*login node.*--jobs/;
    expect(await cli([...embed, "--parts", "2", "--on", "slurm"])).toEqual(failed(noProgram));
    const programs = scratchFolder();
    // What Slurm 22.05 says where it has no slurm.conf; with one that can't be read it tries for a minute first.
    const words = ["fetch_config: DNS SRV lookup failed", "fatal: Could not establish a configuration source"];
    const script = `#!/bin/sh\n${words.map((each) => `echo "scontrol: ${each}" >&2\n`).join("")}exit 1\n`;
    await writeFile(join(programs, "scontrol"), script, { mode: 0o755 });
    vi.stubEnv("PATH", programs);
    const noConf =
      /^[^\n]*MISSING_DEPENDENCY: Slurm's program scontrol finds no slurm\.conf: .*SLURM_CONF.*login node.*--jobs.*--on redis\)\.\n$/;
    expect(await cli([...embed, "--parts", "2", "--on", "slurm"])).toEqual(failed(noConf));
    expect(await cli(["status", "/no/where"])).toEqual(failed(/FILE_NOT_FOUND: .*holds no run/, 1));
  });

  it("begins a task with the command alone, however its flags are written", () => {
    const args = ["embed", "--on=slurm", "--parts", "2", "--array_limit", "4", "--time", "5", "--out-path", "a"];
    expect(withoutFlags(args, ["--on", "--array-limit", "--time"])).toEqual(["embed", "--parts", "2", "--out-path", "a"]);
  });
});

describe("--on slurm, rsdix status: words", () => {
  it("says what was given to Slurm, and what to do next", () => {
    const counts = { queued: 0, done: 0, total: 1200 };
    expect(submissionText({ job: "17", tasks: 600, submitted: 1200, ...counts }, "tiles")).toBe(
      "1,200 shards were given to Slurm: job 17, of 600 tasks; 0 of 1,200 shards are done. How they stand: rsdix status tiles",
    );
    expect(submissionText({ tasks: 0, submitted: 0, ...counts, queued: 3 }, "tiles")).toBe(
      "Nothing was left to give to Slurm: 0 of 1,200 shards are done, 3 are in Slurm's queue from before. How they stand: rsdix status tiles",
    );
    expect(submissionText({ tasks: 0, submitted: 0, ...counts, queued: 3 }, "tiles", "the same command scores them")).toMatch(
      / rsdix status tiles; when all are done, the same command scores them$/,
    );
    for (const [queued, hint] of [
      [3, "rsdix status 'my tiles/it'\\''s'"],
      [0, "rsdix merge 'my tiles/it'\\''s'"],
    ] as const)
      expect(submissionText({ tasks: 0, submitted: 0, ...counts, queued }, "my tiles/it's")).toContain(hint);
    expect(submissionText({ tasks: 0, submitted: 0, ...counts, done: 1200 }, "tiles")).toBe(
      "Nothing was left to give to Slurm: 1,200 of 1,200 shards are done. All in one file: rsdix merge tiles",
    );
  });

  it("says how a run stands", () => {
    const state = {
      ...{ total: 1200, done: 1000, running: 3, waiting: 100, waitingFor: { Resources: 2, JobArrayTaskLimit: 98 } },
      ...{
        failed: [{ name: "7-part", reason: "the archive is cut off" }],
        damaged: [{ name: "8-part", reason: "its list was cut" }],
        fresh: 96,
        jobs: ["17", "18"],
      },
    };
    expect(stateText(state)).toBe(
      [
        "1,000 of 1,200 shards are done, 3 run, 100 wait (JobArrayTaskLimit: 98 tasks, Resources: 2 tasks), 1 failed, 96 were never submitted",
        "failed: 7-part: the archive is cut off",
        "damaged: 8-part: its list was cut",
        "to stop them: scancel 17 18",
      ].join("\n"),
    );
    const ended = { ...state, done: 1200, running: 0, waiting: 0, waitingFor: {}, failed: [], damaged: [], fresh: 0 };
    expect(stateText(ended)).toBe("1,200 of 1,200 shards are done, 0 run, 0 wait, 0 failed");
  });
});

describe.skipIf(noSlurm)(`--on slurm, rsdix status${noSlurm ? ` (${noSlurm})` : ""}`, () => {
  let folder: string;
  let world: TinyWorld;
  let slurm: Awaited<ReturnType<typeof startSlurm>>;
  let built: Awaited<ReturnType<typeof buildCli>>;
  beforeAll(async () => {
    await startBackend("cpu");
    folder = scratchFolder("file");
    [world, slurm, built] = await Promise.all([tinyWorld(join(folder, "world")), startSlurm(1), buildCli("slurm")]);
    vi.stubEnv("SLURM_CONF", slurm.conf);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await slurm?.stop();
    await built?.remove();
  });

  /** The command in a process of its own, in a folder where its paths are meant. */
  const run = (args: readonly string[]) =>
    new Promise<CliRun>((resolve) =>
      execFile(process.execPath, [built.program, ...args], { cwd: folder }, (error, out, err) =>
        resolve({ code: (error?.code as number | undefined) ?? 0, out, err }),
      ),
    );

  it("embeds parts by Slurm's tasks as one process does, to the byte, and says how they stand", { timeout: 120_000 }, async () => {
    const embed = ["embed", "--model-pth", world.clip, "--accelerator", "cpu", "--batch-size", "4", "--img-dir", world.images];
    const parts = [...embed, "--parts", "6", "--out-path"];
    expect((await cli([...parts, join(folder, "one")])).code).toBe(0);
    const refused = await run([...parts, "many", "--on", "slurm", "--partition", "none"]);
    expect(refused).toEqual(failed(/^error: PROCESS_FAILED: sbatch failed: .*invalid partition specified: none.*Nothing was submitted/, 1));
    const given = await run([...parts, "many", "--on", "slurm", "--cpus", "1", "--shards_per_task", "2", "--array-limit", "2"]);
    expect(given).toEqual({
      code: 0,
      out: expect.stringMatching(
        /^6 shards were given to Slurm: job \d+, of 3 tasks; 0 of 6 shards are done\. How they stand: rsdix status many\n$/,
      ),
      err: "",
    });
    let state = { running: 1, waiting: 0 };
    for (let i = 0; i < 200 && state.running + state.waiting > 0; i++) {
      state = JSON.parse((await cli(["status", join(folder, "many"), "--json"])).out);
      await wait(300);
    }
    expect(state).toMatchObject({ total: 6, done: 6, failed: [], fresh: 0 });
    const status = await run(["status", "many"]);
    expect(status).toEqual({ code: 0, out: "6 of 6 shards are done, 0 run, 0 wait, 0 failed\n", err: "" });
    const again = await run([...parts, "many", "--on", "slurm"]);
    expect(again.out).toMatch(/^Nothing was left to give to Slurm: 6 of 6 shards are done\. All in one file: rsdix merge many\n$/);
    for (const name of ["one", "many"]) expect((await cli(["merge", join(folder, name)])).code).toBe(0);
    const [one, many] = await Promise.all(["one", "many"].map((name) => readFile(join(folder, name, "all.parquet"))));
    expect(Buffer.compare(one!, many!)).toBe(0);
  });

  it("has an evaluation's parts done by Slurm's tasks, and the same command scores them as one process does", {
    timeout: 120_000,
  }, async () => {
    const clip = ["eval", "clip", "--model-pth", world.clip, "--accelerator", "cpu", "--batch-size", "4", "--imgs-dir", world.images];
    const parts = [...clip, "--scores-dir", "scores", "--parts", "6", "--parts-path", "parts", "--on", "slurm", "--cpus", "1"];
    const given = await run([...parts, "--shards-per-task", "3"]);
    expect(given).toEqual({
      code: 0,
      out: expect.stringMatching(
        /^6 shards were given to Slurm: job \d+, of 2 tasks; .*: rsdix status parts; when all are done, the same command scores them\n$/,
      ),
      err: "",
    });
    await expect(readdir(join(folder, "scores"))).rejects.toMatchObject({ code: "ENOENT" });
    const early = await run(parts);
    if (!early.out.includes("zero-shot"))
      expect(early.out).toMatch(/^Nothing was left to give to Slurm: .*; when all are done, the same command/);
    let scored = early;
    for (let i = 0; i < 100 && !scored.out.includes("zero-shot"); i++) {
      await wait(300);
      scored = await run(parts);
      expect({ code: scored.code, err: scored.err }).toEqual({ code: 0, err: "" });
    }
    expect(await readFile(join(folder, "parts/slurm/0001/0.txt"), "utf8")).toMatch(/3 of 3 shards are done: \d+ images now: parts\n$/);
    expect((await cli([...clip, "--scores-dir", join(folder, "plain")])).code).toBe(0);
    const files = async (name: string) =>
      Promise.all((await readdir(join(folder, name))).sort().map(async (file) => [file, await readFile(join(folder, name, file), "utf8")]));
    expect(await files("scores")).toEqual(await files("plain"));
  });
});
