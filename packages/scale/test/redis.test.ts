import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createRandom } from "@rsdix/internal";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { scratchFolder } from "../../../test/scratch-folder";
import { mergeShards, openShardRun, runShardsOnRedis, type ShardPlan, serveRedis } from "../src";
import { openOnRedis } from "../src/redis/connection";
import { buildProgram } from "./built-program";
import { cutConnection } from "./cut-connection";
import { expectMergedAsAlone } from "./merged-as-alone";
import { planOf } from "./plan-of";
import { freePort, noRedis, startRedis } from "./redis-server";

describe("runShardsOnRedis, serveRedis: no Redis", () => {
  it("says at once that none answers, and what an address is", async () => {
    const run = await openShardRun(scratchFolder(), planOf(2));
    const redis = `redis://:secret@127.0.0.1:${await freePort()}`;
    const message = /No Redis answers at redis:\/\/:\*\*\*@127\.0\.0\.1:\d+: .*ECONNREFUSED.*\. Start one/;
    await expect(runShardsOnRedis(run, { redis, args: [] })).rejects.toEqual(refusal("PROCESS_FAILED", message));
    const worker = { command: () => [], signal: new AbortController().signal };
    await expect(serveRedis({ ...worker, redis })).rejects.toEqual(refusal("PROCESS_FAILED", message));
    for (const wrong of ["127.0.0.1:6379", "http://a", ""])
      await expect(serveRedis({ ...worker, redis: wrong })).rejects.toEqual(refusal("INVALID_ARGUMENT", /redis must be an address/));
    await expect(serveRedis({ ...worker, redis, jobs: 0 })).rejects.toEqual(refusal("INVALID_ARGUMENT", /jobs/));
  });
});

describe.skipIf(noRedis)(`runShardsOnRedis, serveRedis${noRedis ? ` (${noRedis})` : ""}`, () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let shards: string;
  let program: string;
  let folder: string;
  const workers = new Set<ChildProcess>();
  beforeAll(async () => {
    [server, shards, program] = await Promise.all([
      startRedis(),
      buildProgram(new URL("worker.ts", import.meta.url)),
      buildProgram(new URL("redis-worker.ts", import.meta.url)),
    ]);
  });
  afterAll(async () => {
    await server.kill();
    await Promise.all([shards, program].map((path) => rm(path)));
  });
  beforeEach(() => {
    folder = scratchFolder();
  });
  afterEach(async () => {
    await Promise.all([...workers].map((child) => end(child, "SIGKILL")));
    await withQueue((queue) => queue.obliterate({ force: true })); // jobs that killed workers were at would be given out again, and fail, in a later test
  });

  const tell = (orders: object) => writeFile(join(folder, "orders.json"), JSON.stringify(orders));
  const begin = (...lockMs: string[]) => {
    const child = fork(program, [server.url, shards, ...lockMs], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    workers.add(child);
    return child;
  };
  async function end(child: ChildProcess, by: NodeJS.Signals) {
    workers.delete(child);
    if (child.exitCode !== null || child.signalCode) return child.exitCode;
    const ended = once(child, "exit");
    child.kill(by);
    return (await ended)[0] as number | null;
  }
  const run = async (parts: number, options: object = {}) =>
    runShardsOnRedis(await openShardRun(folder, planOf(parts)), { redis: server.url, args: [folder], every: 200, ...options });

  it("gives what one process gives, to the byte, when workers are killed at random and Redis comes back empty", async ({
    onTestFinished,
  }) => {
    await tell({ slowly: 15, holds: 150 }); // the last ones until all harm is done
    const random = createRandom(7);
    const ended = new AbortController();
    onTestFinished(() => ended.abort());
    const notes: string[] = [];
    const isGone = () => notes.some((note) => /Redis is gone/.test(note));
    const beginShort = () => begin("1000"); // what a killed one was at is given out again after a second
    for (let i = 0; i < 3; i++) beginShort();
    let [kills, restarts, done, before] = [0, 0, 0, 0];
    const harm = (async () => {
      while (!ended.signal.aborted && (kills <= 2 || restarts === 0)) {
        await wait(800 + 400 * random.next());
        if (done === before && done < 40) continue; // a slow machine's workers have only begun
        before = done;
        await end([...workers][random.int(workers.size)]!, "SIGKILL");
        kills++;
        if (restarts === 0 && done >= 40) {
          await server.kill();
          restarts++;
          await expect.poll(isGone).toBe(true);
          await server.start();
        }
        beginShort();
      }
      await writeFile(join(folder, "go"), "");
    })();
    const told = {
      onProgress: (progress: { done: number }) => {
        done = progress.done;
      },
      onNote: (text: string) => void notes.push(text),
    };
    const summary = await run(200, told).finally(() => ended.abort());
    await harm;
    expect(summary).toEqual({ done: 200, total: 200, rows: 400, bad: 0, failed: [] });
    expect({ kills: kills > 2, restarts }).toEqual({ kills: true, restarts: 1 });
    expect(notes).toContainEqual(expect.stringMatching(/Redis is gone .*waited for/));
    await expectMergedAsAlone(folder, planOf(200));
  });

  it("asks again where the connection is lost in the middle of an answer", async () => {
    const way = await cutConnection(server.url, 3);
    try {
      await tell({});
      const result = run(3, { redis: way.url });
      await expect.poll(way.left).toBe(0);
      begin();
      expect(await result).toEqual({ done: 3, total: 3, rows: 6, bad: 0, failed: [] });
    } finally {
      way.close();
    }
  });

  it("names the shards that fail, with reasons, and tries them when the command is given again", async () => {
    begin();
    await tell({ fails: 1, dies: 2 });
    const { done, failed } = await run(5);
    expect(done).toBe(3);
    expect(failed).toEqual([
      { name: "1-part", reason: "the archive is cut off" },
      { name: "2-part", reason: "its process was killed by SIGKILL." },
    ]);
    await tell({});
    for (const child of workers) await end(child, "SIGKILL"); // its process knows the orders of before
    begin();
    expect(await run(5)).toEqual({ done: 5, total: 5, rows: 4, bad: 0, failed: [] });
  });

  it("begins a process anew for images that have changed, which one that waits knows as they were", async () => {
    begin();
    const plan = planOf(2);
    const runOf = async (...images: string[]) =>
      runShardsOnRedis(await openShardRun(folder, { ...plan, source: { ...plan.source, images } } as ShardPlan), {
        ...{ redis: server.url, args: [folder], every: 200 },
      });
    await tell({ fails: 1 });
    expect((await runOf("a", "damaged")).failed).toEqual([{ name: "1-part", reason: "the archive is cut off" }]);
    await tell({});
    expect(await runOf("a", "mended")).toEqual({ done: 2, total: 2, rows: 2, bad: 0, failed: [] });
    expect((await mergeShards(folder, join(folder, "all.parquet"))).rows).toBe(4);
  });

  it("does nothing twice when the command is given twice at once", async () => {
    const finished: string[] = [];
    const listen = (child: ChildProcess) => child.on("message", ({ name }: { name: string }) => void finished.push(name));
    const both = Promise.all([run(12), run(12)]);
    listen(begin());
    listen(begin());
    for (const { done } of await both) expect(done).toBe(12);
    await expect.poll(counts).toEqual({ waiting: 0, active: 0, failed: 0 }); // a worker tells of a shard before that
    await expect.poll(() => finished.length).toBeGreaterThanOrEqual(12);
    expect(new Set(finished).size).toBe(finished.length);
    expect(finished).toHaveLength(12);
  });

  it("takes what waits out of the queue when it is stopped, and says that no worker is there", async () => {
    const stop = new AbortController();
    const notes: string[] = [];
    const onNote = (text: string) => {
      notes.push(text);
      stop.abort(new Error("enough"));
    };
    await expect(run(6, { onNote, signal: stop.signal })).rejects.toEqual(refusal("ABORTED", /taken out of the queue/));
    expect(notes).toEqual([expect.stringMatching(/no worker serves the queue: start rsdix worker/)]);
    expect(await counts()).toEqual({ waiting: 0, active: 0, failed: 0 });
  });

  it("gives a shard back when a worker is told to end, and another does it", async () => {
    await tell({ slowly: 4500 });
    const first = begin();
    const result = run(1);
    await expect.poll(async () => (await counts()).active).toBe(1);
    await wait(500);
    expect(await end(first, "SIGTERM")).toBe(0);
    expect(await counts()).toEqual({ waiting: 1, active: 0, failed: 0 });
    await tell({});
    begin();
    expect((await result).done).toBe(1);
  });

  it("ends workers and runs that are stopped while Redis is gone", async () => {
    await tell({ slowly: 3000 });
    const worker = begin();
    const stop = new AbortController();
    const notes: string[] = [];
    const told = run(4, { signal: stop.signal, onNote: (text: string) => void notes.push(text) });
    const stopped = expect(told).rejects.toEqual(refusal("ABORTED", /what is done stays/));
    await expect.poll(async () => (await counts()).active).toBe(1);
    await server.kill();
    try {
      await wait(300);
      stop.abort(new Error("enough"));
      await stopped;
      expect(await end(worker, "SIGTERM")).toBe(0);
    } finally {
      await server.start();
    }
  });

  it("refuses a database that the Redis doesn't have, and takes one that it has", async () => {
    const none = /^The Redis at redis:\/\/127\.0\.0\.1:\d+\/99 has no database 99: ERR .*out of range\. Give another number/;
    await expect(openOnRedis({ redis: `${server.url}/99` }, () => undefined)).rejects.toEqual(refusal("INVALID_ARGUMENT", none));
    const { opened, connection } = await openOnRedis({ redis: `${server.url}/3` }, (_, redis) => redis.client("INFO"));
    expect(await opened).toMatch(/ db=3 /);
    connection.disconnect();
  });

  it("closes the connection where what is opened on it is refused", async () => {
    let taken: Redis | undefined;
    const open = openOnRedis({ redis: server.url }, (_, connection) => {
      taken = connection;
      throw new Error("no such queue");
    });
    await expect(open).rejects.toThrow("no such queue");
    for (let i = 0; i < 100 && taken!.status !== "end"; i++) await wait(20);
    expect(taken!.status).toBe("end");
  });

  async function withQueue<T>(work: (queue: Queue) => Promise<T>): Promise<T> {
    const queue = new Queue("rsdix", { connection: { url: server.url } });
    return work(queue).finally(() => queue.close());
  }

  const counts = () =>
    withQueue(async (queue) => {
      const { waiting, active, failed } = (await queue.getJobCounts("waiting", "active", "failed")) as Record<string, number>;
      return { waiting, active, failed };
    });
});
