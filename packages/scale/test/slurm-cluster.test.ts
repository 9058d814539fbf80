import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createRandom } from "@rsdix/internal";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { refusal } from "../../../test/refusal";
import { scratchFolder } from "../../../test/scratch-folder";
import { openShardRun, slurmState, submitToSlurm } from "../src";
import { buildProgram } from "./built-program";
import { expectMergedAsAlone } from "./merged-as-alone";
import { planOf } from "./plan-of";
import { MAX_ARRAY, noSlurm, signalTask, startSlurm } from "./slurm-cluster";

describe.skipIf(noSlurm)(`submitToSlurm, slurmState, runSlurmTask${noSlurm ? ` (${noSlurm})` : ""}`, { timeout: 150_000 }, () => {
  let slurm: Awaited<ReturnType<typeof startSlurm>>;
  let program: string;
  let folder: string;
  beforeAll(async () => {
    [slurm, program] = await Promise.all([startSlurm(3), buildProgram(new URL("slurm-task.ts", import.meta.url))]);
    vi.stubEnv("SLURM_CONF", slurm.conf);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await slurm?.stop();
    if (program) await rm(program);
  });
  beforeEach(() => {
    folder = scratchFolder("test", "rsdix slurm's %a run-"); // a name that shells and Slurm would read otherwise
  });

  const tell = (orders: object) => writeFile(join(folder, "orders.json"), JSON.stringify(orders));
  const submit = async (parts: number, options: object = {}) =>
    submitToSlurm(await openShardRun(folder, planOf(parts)), { command: [process.execPath, program, folder], cpus: 1, ...options });
  const isTask = (environment: string) => environment.includes("SLURM_ARRAY_TASK_ID=");
  /** When no task runs or waits any more. */
  async function settled() {
    for (let i = 0; i < 300; i++) {
      const state = await slurmState(folder);
      if (state.running + state.waiting === 0) return state;
      await wait(100);
    }
    throw new Error(`its tasks have not ended: ${JSON.stringify(await slurmState(folder))}`);
  }

  it("gives what one process gives, to the byte, when tasks are killed at random and a node is lost", async () => {
    await tell({ slowly: 20 });
    const random = createRandom(3);
    const first = await submit(200, { arrayLimit: 6 });
    expect(first).toEqual({ job: expect.stringMatching(/^\d+$/), tasks: 50, submitted: 200, queued: 0, done: 0, total: 200 });
    expect(first.tasks).toBeLessThanOrEqual(MAX_ARRAY);
    expect(await submit(200)).toMatchObject({ tasks: 0, submitted: 0 }); // all of them are there already
    let [kills, lost, again] = [0, 0, 0];
    for (;;) {
      const { done, running, waiting, waitingFor, failed } = await slurmState(folder);
      if (done === 200) break;
      if (done >= 40 && lost === 0 && (await slurm.loseNode())) lost++;
      if (waitingFor.BeginTime) slurm.hurry();
      const tasks = await slurm.tasks(isTask);
      if (kills < 12 && tasks.length > 0) {
        signalTask(tasks[random.int(tasks.length)]!, "SIGKILL");
        kills++;
      }
      if (failed.length >= 8 || (running + waiting === 0 && failed.length > 0)) {
        expect((await submit(200)).submitted).toBeLessThan(200);
        again++;
      }
      await wait(300 + 300 * random.next());
    }
    expect({ kills: kills > 2, lost, again: again > 0 }).toEqual({ kills: true, lost: 1, again: true });
    // A task can have had all its shards done when its node was lost, and these aren't waited for: Slurm misses a node after 20 s.
    await vi.waitFor(() => expect(slurm.moved()).toBeGreaterThan(0), { timeout: 60_000, interval: 500 });
    await expectMergedAsAlone(folder, planOf(200), "1");
  });

  it("says why shards failed, and submits these alone the next time", async () => {
    await tell({ fails: 1, dies: 4 });
    const { job } = await submit(6, { shardsPerTask: 2, time: "5", memory: "100M", partition: "short" });
    const state = await settled();
    expect(state).toMatchObject({ total: 6, done: 3, running: 0, waiting: 0, fresh: 0, jobs: [job] });
    expect(state.failed).toEqual([
      { name: "1-part", reason: "the archive is cut off" },
      { name: "4-part", reason: expect.stringMatching(new RegExp(`^its task ${job}_2 ended as FAILED: no memory is left`)) },
      { name: "5-part", reason: expect.stringMatching(new RegExp(`^its task ${job}_2 ended as FAILED: no memory is left`)) },
    ]);
    await tell({});
    expect(await submit(6)).toMatchObject({ submitted: 3, tasks: 3, done: 3 });
    expect(await settled()).toMatchObject({ done: 6, failed: [] });
  });

  it("quotes Slurm where it refuses, and leaves nothing of the submission", async () => {
    await expect(submit(2, { partition: "none" })).rejects.toEqual(
      refusal("PROCESS_FAILED", /^sbatch failed: .*invalid partition specified: none.*\. Nothing was submitted: change/),
    );
    expect(await slurmState(folder)).toMatchObject({ fresh: 2, jobs: [] });
  });
});
