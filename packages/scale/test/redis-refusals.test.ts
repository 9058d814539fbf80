import { join } from "node:path";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { openShardRun, redisState, redisTasks, runShardsOnRedis, serveRedis } from "../src";
import { noRedis, startRedis } from "./redis-server";

describe.skipIf(noRedis)("a Redis that refuses what it is asked", () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let folder: string;
  let client: Redis;
  beforeAll(async () => {
    folder = scratchFolder("file");
    server = await startRedis();
    client = new Redis(server.url);
    for (const key of ["meta", "failed", "wait", "metrics:completed"]) await client.set(`bull:taken:${key}`, "somebody's");
  });
  afterAll(async () => {
    client?.disconnect();
    await server?.kill();
  });
  const place = () => ({ redis: server.url, queue: "taken", every: 50 });
  const words = /^Redis refuses what it is asked \(WRONGTYPE [^)]*\): it must be one that may be written to/;

  it("ends a run and the dashboard with words", async () => {
    const source = { kind: "list", name: "list", sha256: "0", items: 2, parts: 2 } as const;
    const run = await openShardRun(folder, { task: "embed", source, key: {}, columns: { caption: "string" } });
    const refused = { code: "PROCESS_FAILED", message: expect.stringMatching(words) };
    await expect(runShardsOnRedis(run, { ...place(), args: [] })).rejects.toMatchObject(refused);
    const state = await redisState(place());
    await expect(state.read()).rejects.toMatchObject(refused);
    await state.close();
  });

  it("is told to a search and to a worker, once, which wait for better", async () => {
    const [toSearch, toWorker] = [vi.fn(), vi.fn()];
    const tasks = await redisTasks({ ...place(), onNote: toSearch });
    const stop = new AbortController();
    const task = { id: "1-of-mine", name: "one", results: join(folder, "1.json"), task: {} };
    const ended = tasks.run(task, stop.signal).catch((error: Error) => error.name);
    await vi.waitFor(() => expect(toSearch).toHaveBeenCalledWith(expect.stringMatching(words)), 10_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(toSearch).toHaveBeenCalledOnce();
    const serving = serveRedis({ ...place(), jobs: 1, command: () => ["none"], signal: stop.signal, onNote: toWorker });
    await vi.waitFor(() => expect(toWorker).toHaveBeenCalledWith(expect.stringMatching(words)), 20_000);
    stop.abort();
    expect(await ended).toBe("AbortError");
    await Promise.all([serving, tasks.close()]);
  });
});
