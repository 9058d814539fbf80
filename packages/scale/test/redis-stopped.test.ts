import { expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { openShardRun, redisState, runShardsOnRedis } from "../src";
import { noRedis, startRedis } from "./redis-server";

it.skipIf(noRedis)("A run that is stopped while it fills the queue leaves nothing in it", async () => {
  const server = await startRedis();
  const folder = scratchFolder();
  try {
    const source = { kind: "list", name: "list", sha256: "0", items: 5000, parts: 5000 } as const;
    const run = await openShardRun(folder, { task: "embed", source, key: {}, columns: { caption: "string" } });
    const stop = new AbortController();
    const ended = runShardsOnRedis(run, { redis: server.url, args: [], signal: stop.signal }).catch((error: Error) => error.message);
    const state = await redisState({ redis: server.url });
    await expect.poll(async () => (await state.read()).waiting, { interval: 1 }).toBeGreaterThan(0);
    stop.abort(new Error("interrupted"));
    expect(await ended).toMatch(/^The run was stopped, and its waiting shards taken out of the queue/);
    expect(await state.read()).toMatchObject({ waiting: 0 });
    await state.close();
  } finally {
    await server.kill();
  }
});
