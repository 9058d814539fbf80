import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { refusal } from "../../../test/refusal";
import { scratchFolder } from "../../../test/scratch-folder";
import { checkSlurm, openShardRun, runSlurmTask, type ShardPlan, shareOfRun, slurmState, submitToSlurm } from "../src";

const planOf = (parts: number): ShardPlan => ({
  task: "embed",
  source: { kind: "list", name: "list", sha256: "of it", items: parts, parts },
  key: {},
  columns: { caption: "string" },
});

/** Slurm's programs as scripts that say what a test has written for them, and note what they were given. */
let bin: string;
let folder: string;
const say = (program: string, text: string, code = 0) => writeFile(join(bin, `${program}.says`), `${code}\n${text}`);
const given = (program: string) => readFile(join(bin, `${program}.given`), "utf8").then((text) => text.trimEnd().split("\n"));
const put = async (program: string) => {
  const script = `#!/bin/sh
cd ${bin}
for word in "$@"; do printf '%s\\n' "$word"; done > ${program}.given
env | grep ^SQUEUE_ >> ${program}.given
{ read -r code; if [ "$code" = 0 ]; then cat; else cat >&2; fi; } < ${program}.says
exit "$code"
`;
  await writeFile(join(bin, program), script);
  await chmod(join(bin, program), 0o755);
};
beforeEach(async () => {
  [bin, folder] = [scratchFolder(), scratchFolder("test", "rsdix-slurm-50%a-")];
  await Promise.all(["sbatch", "squeue", "scontrol"].map(put));
  await Promise.all([
    say("sbatch", "17\n"),
    say("squeue", ""),
    say("scontrol", "MaxArraySize            = 4\nMaxJobCount             = 10000\n"),
  ]);
  vi.stubEnv("PATH", `${bin}:/usr/bin:/bin`);
});
afterEach(() => vi.unstubAllEnvs());

const submit = async (parts: number, options: object = {}) =>
  submitToSlurm(await openShardRun(folder, planOf(parts)), { command: ["node", "it's.mjs"], ...options });
const record = async (number = "0001") => JSON.parse(await readFile(join(folder, "slurm", number, "submission.json"), "utf8"));
/** The queue's lines of tasks of a submission. */
const queue = (name: string, tasks: Readonly<Record<number, string>>) =>
  say(
    "squeue",
    Object.entries(tasks)
      .map(([task, state]) => `${name}|${task}|17|${state}\n`)
      .join(""),
  );
const work = (fails: number) =>
  async function* ({ index, name }: { index: number; name: string }) {
    if (index === fails) throw new Error("the archive is cut off");
    yield { id: name, file: `${name}.png`, values: { caption: "a lake" } };
  };
const task = async (number: number, fails = -1) => {
  vi.stubEnv("SLURM_ARRAY_TASK_ID", String(number));
  return runSlurmTask(await openShardRun(folder), work(fails), join(folder, "slurm/0001/submission.json"));
};

describe("submitToSlurm", () => {
  it("submits an array that fits into the cluster's, with what was asked for", async () => {
    const options = { partition: "gpu", time: "2:00:00", memory: "8G", cpus: 4, arrayLimit: 2, cwd: "/tmp" };
    expect(await submit(10, options)).toEqual({ job: "17", tasks: 4, submitted: 10, queued: 0, done: 0, total: 10 });
    const { name, ...rest } = await record();
    expect(name).toMatch(/^rsdix-[0-9a-f]{12}-0001$/);
    expect(rest).toEqual({ version: 1, perTask: 3, shards: "0-9", time: expect.any(Number), job: "17" });
    const script = join(folder, "slurm/0001/task.sh");
    expect(await given("sbatch")).toEqual([
      ...[
        "--parsable",
        "--requeue",
        "--open-mode=append",
        `--job-name=${name}`,
        `--output=${folder.replaceAll("%", "%%")}/slurm/0001/%a.txt`,
      ],
      ...["--array=0-3%2", "--partition=gpu", "--time=2:00:00", "--mem=8G", "--cpus-per-task=4", script],
    ]);
    const text = await readFile(script, "utf8");
    expect(text).toContain(`cd '/tmp' || exit 1\n`);
    expect(text).toContain(`exec 'node' 'it'\\''s.mjs' '${folder}/slurm/0001/submission.json'\n`);
  });

  it("takes the least of the limits that Slurm names, and more shards a task where that is asked for", async () => {
    for (const [config, shardsPerTask, tasks] of [
      ["MaxArraySize = 1001\nMaxJobCount = 5\n", 1, 5],
      ["MaxArraySize = 1001\nMaxJobCount = 10000\nSchedulerParameters = a=1,max_array_tasks=3", 1, 3],
      ["MaxArraySize = 1001\n", 6, 2],
      ["", 1, 10],
    ] as const) {
      await say("scontrol", config);
      expect((await submit(10, { shardsPerTask })).tasks).toBe(tasks);
      await rm(join(folder, "slurm"), { recursive: true });
    }
    await say("scontrol", "MaxArraySize = 0\n");
    await expect(submit(10)).rejects.toEqual(refusal("PROCESS_FAILED", /takes no arrays of jobs/));
  });

  it("submits what failed and what is missing alone, not what waits or runs", async () => {
    await submit(8); // two shards a task
    const { name } = await record();
    await task(0);
    await queue(name, { 0: "COMPLETED|None", 1: "PENDING|Resources", 2: "RUNNING|None", 3: "TIMEOUT|None" });
    expect(await submit(8)).toEqual({ job: "17", tasks: 2, submitted: 2, queued: 4, done: 2, total: 8 });
    expect(await record("0002")).toMatchObject({ shards: "6-7", perTask: 1 });
    expect((await given("squeue"))[3]).toBe(`--name=${name}`);
    // All that are left are in the queue now: of the second array, whose name is its own.
    const second = (await record("0002")).name;
    await say(
      "squeue",
      `${name}|1|17|PENDING|Resources\n${name}|2|17|REQUEUED|None\n${second}|0|18|SPECIAL_EXIT|None\n${second}|1|18|NEW_WORD|None\n`,
    );
    expect(await submit(8)).toEqual({ tasks: 0, submitted: 0, queued: 6, done: 2, total: 8 });
    expect(await readdir(join(folder, "slurm"))).toEqual(["0001", "0002"]);
  });

  it("quotes sbatch where it refuses, and leaves nothing behind", async () => {
    await say(
      "sbatch",
      "sbatch: error: invalid partition specified: none\nsbatch: error: Batch job submission failed: Invalid partition name specified\n",
      1,
    );
    const message =
      /^sbatch failed: sbatch: error: invalid partition specified: none; .*Invalid partition name specified\. Nothing was submitted/;
    await expect(submit(2, { partition: "none" })).rejects.toEqual(refusal("PROCESS_FAILED", message));
    expect(await readdir(join(folder, "slurm"))).toEqual([]);
    await say("sbatch", "no number\n");
    await expect(submit(2)).rejects.toEqual(refusal("PROCESS_FAILED", /should have said the job's number, and said "no number\\n"/));
  });

  it("submits nothing where the queue can't be asked, or the controller is gone", async () => {
    await submit(2);
    await say("squeue", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)", 1);
    const gone = /^squeue failed: .*Unable to contact slurm controller \(connect failure\)\. Without the queue/;
    await expect(submit(2)).rejects.toEqual(refusal("PROCESS_FAILED", gone));
    await task(0);
    await expect(slurmState(folder)).rejects.toEqual(refusal("PROCESS_FAILED", gone));
    await expect(slurmState(folder)).rejects.toEqual(refusal("PROCESS_FAILED", /\. Of its files, 1 of 2 shards are done\.$/));
    await say("scontrol", "slurm_load_ctl_conf error: Unable to contact slurm controller", 1);
    await expect(submit(2)).rejects.toEqual(refusal("PROCESS_FAILED", /^scontrol failed: .*\. Slurm's controller is needed/));
    expect(await readdir(join(folder, "slurm"))).toEqual(["0001"]);
  });

  it("says what to do without Slurm", async () => {
    await rm(join(bin, "scontrol"));
    vi.stubEnv("PATH", bin);
    await expect(submit(2)).rejects.toEqual(
      refusal(
        "MISSING_DEPENDENCY",
        /scontrol is not on the PATH: .*login node .*apt-get install slurm-client\)\. Without Slurm, .*--jobs.*--on redis/,
      ),
    );
    await expect(checkSlurm()).rejects.toEqual(refusal("MISSING_DEPENDENCY", /scontrol is not on the PATH/));
    expect(await slurmState(folder)).toMatchObject({ total: 2, fresh: 2 }); // nothing of it was ever given to Slurm
  });

  it("refuses to submit while another command does, and goes on where that was killed", async () => {
    await submit(2);
    const { job: _, ...before } = await record();
    const path = join(folder, "slurm/0001/submission.json");
    await writeFile(path, JSON.stringify({ ...before, time: Date.now() - 1000 }));
    await expect(submit(2)).rejects.toEqual(refusal("PROCESS_FAILED", /Another command gives shards of this run to Slurm at this moment/));
    await queue(before.name, { 0: "PENDING|Resources", 1: "PENDING|Resources" }); // its sbatch had come through
    expect(await submit(2)).toMatchObject({ queued: 2, submitted: 0 });
    await say("squeue", "");
    await writeFile(path, JSON.stringify({ ...before, time: Date.now() - 100_000 }));
    expect(await submit(2)).toMatchObject({ queued: 0, submitted: 2 });
    await mkdir(join(folder, "slurm/0003")); // of a command that was killed at once
    expect(await submit(2)).toMatchObject({ submitted: 2 });
    expect(await readdir(join(folder, "slurm"))).toEqual(["0001", "0002", "0003", "0004"]);
  });

  it("refuses options that can't be", async () => {
    for (const [options, message] of [
      [{ command: [] }, /command must list a program/],
      [{ shardsPerTask: 0 }, /shardsPerTask/],
      [{ arrayLimit: 1.5 }, /arrayLimit/],
      [{ cpus: 0 }, /cpus/],
      [{ time: "" }, /time is empty/],
    ] as const)
      await expect(submit(2, options)).rejects.toEqual(refusal("INVALID_ARGUMENT", message));
    const odd = await openShardRun(join(folder, "a\\b"), planOf(2));
    await expect(submitToSlurm(odd, { command: ["node"] })).rejects.toEqual(refusal("INVALID_ARGUMENT", /backslashes/));
  });
});

describe("slurmState", () => {
  it("counts each shard once, and says why some failed and others wait, whatever squeue's variables hide", async () => {
    vi.stubEnv("SQUEUE_STATES", "RUNNING");
    await submit(8);
    const { name } = await record();
    await task(0, 1);
    await queue(name, { 0: "RUNNING|None", 1: "PENDING|Resources", 2: "COMPLETING|None", 3: "TIMEOUT|TimeLimit" });
    await writeFile(join(folder, "slurm/0001/3.txt"), `${"a long story ".repeat(500)}\nslurmstepd: error: CANCELLED DUE TO TIME LIMIT\n`);
    const why = "its task 17_3 ended as TIMEOUT: slurmstepd: error: CANCELLED DUE TO TIME LIMIT";
    expect(await slurmState(folder)).toEqual({
      ...{ total: 8, done: 1, running: 2, waiting: 2, waitingFor: { Resources: 1 }, damaged: [], fresh: 0, jobs: ["17"] },
      failed: [
        { name: "1-part", reason: "the archive is cut off" },
        { name: "6-part", reason: why },
        { name: "7-part", reason: why },
      ],
    });
    expect((await given("squeue")).some((line) => line.startsWith("SQUEUE_"))).toBe(false);
    await say("squeue", ""); // Slurm forgets
    const { failed } = await slurmState(folder);
    expect(failed.map(({ reason }) => reason).slice(1, 4)).toEqual([
      "its task 17_1 has left Slurm's queue, and said nothing",
      "its task 17_1 has left Slurm's queue, and said nothing",
      "its task 17_2 has left Slurm's queue, and said nothing",
    ]);
  });

  it("refuses records that are damaged, with what to do", async () => {
    await submit(4);
    const path = join(folder, "slurm/0001/submission.json");
    const right = await record();
    for (const [change, message] of [
      [{ shards: "0-4" }, /its shards are "0-4", of 4/],
      [{ shards: "2,1" }, /its shards are "1", of 4/],
      [{ shards: 7 }, /its shards are "7", of 4/],
      [{ perTask: 0 }, /lacks a name, perTask or time/],
      [{ version: 2 }, /it is of version 2/],
    ] as const) {
      await writeFile(path, JSON.stringify({ ...right, ...change }));
      await expect(slurmState(folder)).rejects.toEqual(refusal("FILE_CORRUPT", message));
    }
    await writeFile(path, "{");
    await expect(slurmState(folder)).rejects.toEqual(refusal("FILE_CORRUPT", /is no submission of this run: .*Remove its folder/));
    await expect(slurmState(join(folder, "none"))).rejects.toEqual(refusal("FILE_NOT_FOUND", /holds no run/));
  });
});

describe("runSlurmTask", () => {
  it("does its shards alone, goes on where one fails, and forgets the failure when it is done", async () => {
    await submit(8);
    expect(await task(1, 2)).toMatchObject({ done: 1, total: 2, rows: 1, failed: [{ name: "2-part", reason: "the archive is cut off" }] });
    expect(await readdir(join(folder, "shards"))).toEqual(["3-part.parquet"]);
    expect(await readFile(join(folder, "slurm/0001/2-part.failed"), "utf8")).toBe("the archive is cut off");
    expect(await task(1)).toMatchObject({ done: 2, total: 2, failed: [] }); // as Slurm does when it has lost a node
    expect((await readdir(join(folder, "slurm/0001"))).sort()).toEqual(["submission.json", "task.sh"]);
  });

  it("leaves out a shard that another node has done meanwhile", async () => {
    await submit(8);
    const run = await openShardRun(folder);
    const worked: string[] = [];
    vi.stubEnv("SLURM_ARRAY_TASK_ID", "1");
    const summary = await runSlurmTask(
      run,
      async function* (shard) {
        worked.push(shard.name);
        await run.run(run.shards[3]!, work(-1));
        yield* work(-1)(shard);
      },
      join(folder, "slurm/0001/submission.json"),
    );
    expect({ worked, done: summary.done }).toEqual({ worked: ["2-part"], done: 2 });
  });

  it("does a share of a run, whose shards have their places in the whole", async () => {
    const share = async (index: number) => shareOfRun(await openShardRun(folder, planOf(8)), { index, count: 3 });
    const give = async (index: number) => submitToSlurm(await share(index), { command: ["node"] });
    expect(await give(2)).toMatchObject({ submitted: 2, total: 2 });
    expect(await record()).toMatchObject({ shards: "2,5" });
    await queue((await record()).name, { 0: "RUNNING|None", 1: "RUNNING|None" });
    expect(await give(2)).toMatchObject({ submitted: 0, queued: 2, total: 2 });
    expect(await give(1)).toMatchObject({ submitted: 3, queued: 0, total: 3 });
    vi.stubEnv("SLURM_ARRAY_TASK_ID", "1");
    expect(await runSlurmTask(await share(2), work(-1), join(folder, "slurm/0001/submission.json"))).toMatchObject({ done: 1, failed: [] });
    expect(await slurmState(folder)).toMatchObject({ total: 8, done: 1, running: 1, fresh: 3 });
  });

  it("refuses to be anything but a task of its submission", async () => {
    await submit(8);
    const run = await openShardRun(folder);
    const path = join(folder, "slurm/0001/submission.json");
    await expect(task(4)).rejects.toEqual(refusal("INVALID_ARGUMENT", /has 4 tasks, and this is task 4/));
    vi.stubEnv("SLURM_ARRAY_TASK_ID", "");
    await expect(runSlurmTask(run, work(-1), path)).rejects.toEqual(refusal("INVALID_ARGUMENT", /SLURM_ARRAY_TASK_ID/));
    vi.stubEnv("SLURM_ARRAY_TASK_ID", "0");
    await expect(runSlurmTask(run, work(-1), join(folder, "none.json"))).rejects.toEqual(refusal("FILE_NOT_FOUND", /is not there/));
  });
});
