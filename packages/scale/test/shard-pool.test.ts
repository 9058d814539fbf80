import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createRandom } from "@rsdix/internal";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { scratchFolder } from "../../../test/scratch-folder";
import { mergeShards, openShardRun, runShardPool, runShards, type ShardPlan, type ShardProgress } from "../src";
import { readParquet } from "../src/parquet";
import { buildProgram } from "./built-program";

let program: string;
const plan: ShardPlan = {
  task: "embed",
  source: { kind: "list", name: "list", sha256: "of it", items: 60, parts: 20 },
  key: { model: "its hash" },
  columns: { embedding: "float32[]", threads: "string" },
};

beforeAll(async () => {
  program = await buildProgram(new URL("worker.ts", import.meta.url));
});
afterAll(() => rm(program, { force: true }));

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});

const tell = (orders: object) => writeFile(join(folder, "orders.json"), JSON.stringify(orders));
const pool = (options: object = {}) =>
  openShardRun(folder, plan).then((run) => runShardPool(run, { jobs: 2, command: [process.execPath, program, folder], ...options }));
const merged = async () => {
  await mergeShards(folder, join(folder, "all.parquet"));
  return readParquet(join(folder, "all.parquet"), plan.columns);
};

describe("runShardPool", () => {
  it("does every shard once, in processes that share the cores", async () => {
    const told: ShardProgress[] = [];
    const summary = await pool({ onProgress: (progress: ShardProgress) => told.push(progress) });
    expect(summary).toEqual({ done: 20, total: 20, rows: 60, bad: 0, failed: [] });
    expect(told.map(({ done }) => done)).toEqual(Array.from({ length: 21 }, (_, i) => i));
    const { rows } = await merged();
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 60 }, (_, i) => String(i)));
    expect(rows[59]!.values.threads).toBe(String(Math.max(1, Math.floor(availableParallelism() / 2))));
    expect((await pool()).done).toBe(20); // again: nothing is left to do
  });

  it("gives what one process gives, to the byte, when its processes are killed at random", async () => {
    await tell({ slowly: 40 });
    const random = createRandom(5);
    const ended = new AbortController();
    let kills = 0;
    const killing = (async () => {
      while (!ended.signal.aborted && kills < 40) {
        // fewer than the attempts: on a busy machine a shard may take longer than its process lives
        await wait(150 + 150 * random.next());
        const children = await childrenOf(process.pid);
        if (children.length === 0) continue;
        try {
          process.kill(children[random.int(children.length)]!, "SIGKILL");
          kills++;
        } catch {
          // It has ended this moment.
        }
      }
    })();
    const { done, failed } = await pool({ attempts: 50 }).finally(() => ended.abort());
    await killing;
    expect({ done, failed }).toEqual({ done: 20, failed: [] });
    expect(kills).toBeGreaterThan(2);
    const { rows } = await merged();
    const bytes = await readFile(join(folder, "all.parquet"));
    await rm(join(folder, "shards"), { recursive: true });
    await mkdir(join(folder, "shards"));
    await runShards(await openShardRun(folder), async function* ({ first, end }) {
      for (let i = first!; i < end!; i++)
        yield { id: String(i), file: `${i}.png`, values: { embedding: Float32Array.of(i, i / 7), threads: rows[i]!.values.threads! } };
    });
    await merged();
    expect(Buffer.compare(await readFile(join(folder, "all.parquet")), bytes)).toBe(0);
  });

  it("says which shard kills its process, after three times, and does the others", async () => {
    await tell({ dies: 7 });
    const { done, failed } = await pool();
    expect(done).toBe(19);
    expect(failed).toEqual([{ name: "07-part", reason: "its process was killed by SIGKILL. (3 times)" }]);
  });

  it("says which shard can't be done, and does the others", async () => {
    await tell({ fails: 3 });
    const { done, failed } = await pool();
    expect(done).toBe(19);
    expect(failed).toEqual([{ name: "03-part", reason: "the archive is cut off" }]);
    expect((await readdir(join(folder, "shards"))).includes("03-part.parquet")).toBe(false);
  });

  it("ends where nothing more can be done: no memory, a program that never begins, none at all", async () => {
    await tell({ fails: 3, final: true });
    await expect(pool()).rejects.toEqual(refusal("OUT_OF_MEMORY", /there is no memory left/));
    await tell({ neverBegins: true });
    await expect(pool()).rejects.toEqual(refusal("PROCESS_FAILED", /A process of the pool ended with code 1/));
    await tell({ neverBegins: "killed" });
    await expect(pool()).rejects.toEqual(refusal("PROCESS_FAILED", /A process of the pool was killed by SIGKILL/));
    await expect(pool({ command: ["/no/such/program"] })).rejects.toEqual(refusal("PROCESS_FAILED", /cannot be started: .*ENOENT/));
    await expect(pool({ command: [] })).rejects.toEqual(refusal("INVALID_ARGUMENT", /command must list a program/));
    await expect(pool({ jobs: 0 })).rejects.toEqual(refusal("INVALID_ARGUMENT", /jobs/));
  });

  it("is stopped, leaves no process, and goes on", async () => {
    await tell({ slowly: 50 });
    const stop = new AbortController();
    const onProgress = ({ done }: ShardProgress) => done === 2 && stop.abort(new Error("enough"));
    await expect(pool({ signal: stop.signal, onProgress })).rejects.toEqual(refusal("ABORTED", /what is done stays/));
    expect(await childrenOf(process.pid)).toEqual([]);
    await tell({});
    expect((await pool()).done).toBe(20);
  });
});

/** Processes of this program that this one began. */
async function childrenOf(parent: number): Promise<number[]> {
  const found = [];
  for (const name of (await readdir("/proc")).filter((each) => /^\d+$/.test(each))) {
    const [stat, line] = await Promise.all(
      [`/proc/${name}/stat`, `/proc/${name}/cmdline`].map((path) => readFile(path, "utf8").catch(() => "")),
    );
    const after = stat!.slice(stat!.lastIndexOf(")") + 2).split(" ");
    if (after[1] === String(parent) && after[0] !== "Z" && line!.includes(program)) found.push(Number(name));
  }
  return found;
}
