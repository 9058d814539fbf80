import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from "vitest";
import { refusal } from "../../../test/refusal";
import { scratchFolder } from "../../../test/scratch-folder";
import { openShardRun, redisState, redisTasks, runShardsOnRedis, type ShardRun, serveRedis } from "../src";
import { noRedis, startRedis } from "./redis-server";

let folder: string;
beforeAll(() => {
  folder = scratchFolder("file");
});

/** A run of the test's own. */
function newRun(name: string): Promise<ShardRun> {
  const source = { kind: "list", name: "list", sha256: "0", items: 2, parts: 2 } as const;
  return openShardRun(join(folder, name), { task: "embed", source, key: {}, columns: { caption: "string" } });
}

const never = new AbortController().signal;

describe("a port that takes connections and says nothing", () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let redis: string;
  let run: ShardRun;
  beforeAll(async () => {
    run = await newRun("port");
    server = createServer((socket) => sockets.add(socket.on("error", () => undefined))).listen(0, "127.0.0.1");
    await once(server, "listening");
    redis = `redis://:secret@127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const openings = (signal: AbortSignal): Promise<unknown>[] => [
    redisState({ redis }, signal),
    redisTasks({ redis, signal }),
    serveRedis({ redis, command: () => [], signal }),
    runShardsOnRedis(run, { redis, args: [], signal }),
  ];

  it("is refused in words, after ten seconds", { timeout: 30_000 }, async () => {
    const message =
      /^The Redis at redis:\/\/:\*\*\*@127\.0\.0\.1:\d+ takes connections, and has answered nothing for 10 s: its process may be stopped/;
    for (const { status, reason } of (await Promise.allSettled(openings(never))) as PromiseRejectedResult[]) {
      expect(status).toBe("rejected");
      expect(reason).toEqual(refusal("PROCESS_FAILED", message));
    }
  });

  it("isn't waited for by what is stopped", { timeout: 30_000 }, async () => {
    const stop = new AbortController();
    const opened = Promise.allSettled(openings(stop.signal));
    await wait(300);
    stop.abort(new Error("interrupted"));
    for (const each of (await opened) as PromiseRejectedResult[])
      expect(each.reason).toEqual(refusal("ABORTED", /^This was stopped before the Redis at .* answered\.$/));
  });
});

// They wait as long as Redis may be silent, ten seconds and more: all at once.
describe.skipIf(noRedis)("a Redis that says nothing any more", { concurrent: true }, () => {
  /** One of the test's own, as the others' are paused at other times. */
  async function ownRedis({ onTestFinished }: TestContext) {
    const server = await startRedis();
    onTestFinished(() => server.kill());
    return server;
  }

  it("ends a look at the queue in words, and at once where that is stopped", async (context) => {
    const server = await ownRedis(context);
    const stop = new AbortController();
    const [patient, stopped] = await Promise.all([redisState({ redis: server.url }), redisState({ redis: server.url }, stop.signal)]);
    server.pause();
    const read = stopped.read();
    stop.abort(new Error("interrupted"));
    await expect(read).rejects.toEqual(refusal("ABORTED", /stopped before/));
    await expect(patient.read()).rejects.toEqual(refusal("PROCESS_FAILED", /takes connections, and has answered nothing for 10 s/));
    server.goOn();
    expect(await patient.read()).toMatchObject({ waiting: 0 });
    await Promise.all([patient.close(), stopped.close()]);
  });

  it("is told to a run, once, which goes on when it answers again", async (context) => {
    const server = await ownRedis(context);
    const stop = new AbortController();
    const notes: string[] = [];
    const run = await newRun("told");
    const options = { redis: server.url, queue: "told", args: [], every: 50, signal: stop.signal };
    const ended = runShardsOnRedis(run, { ...options, onNote: (text) => void notes.push(text) }).catch((error: Error) => error);
    await vi.waitFor(() => expect(notes).toEqual([expect.stringMatching(/^no worker serves the queue/)]), 10_000);
    server.pause();
    await vi.waitFor(() => expect(notes).toHaveLength(2), 60_000);
    expect(notes[1]).toBe("Redis takes connections and answers nothing: it is waited for");
    server.goOn();
    const state = await redisState({ redis: server.url });
    await state.read(); // it answers
    await state.close();
    stop.abort(new Error("interrupted"));
    expect(await ended).toEqual(refusal("ABORTED", /its waiting shards taken out of the queue/));
    expect(notes).toHaveLength(2);
  });

  it("doesn't keep a worker from ending, nor a run, which doesn't say that its shards are out of the queue", async (context) => {
    const server = await ownRedis(context);
    const stop = new AbortController();
    const onNote = vi.fn();
    const run = await newRun("stopped");
    const place = { redis: server.url, queue: "stopped" };
    const ended = runShardsOnRedis(run, { ...place, args: [], every: 50, onNote, signal: stop.signal }).catch((error: Error) => error);
    await vi.waitFor(() => expect(onNote).toHaveBeenCalled(), 10_000); // that no worker is there
    const tasks = vi.fn(() => wait(60_000, undefined, { signal: stop.signal }));
    const asking = await redisTasks({ ...place, queue: "tasks", every: 50 });
    const task = asking
      .run({ id: "1-of-mine", name: "one", results: join(folder, "1.json"), task: {} }, stop.signal)
      .catch(() => undefined);
    const serving = serveRedis({ ...place, queue: "tasks", command: () => [], onTask: tasks, signal: stop.signal });
    await vi.waitFor(() => expect(tasks).toHaveBeenCalled(), 10_000);
    server.pause();
    await wait(200);
    let turns = 0; // of a tenth of a second: a pause of this process is one
    const timer = setInterval(() => turns++, 100);
    stop.abort(new Error("interrupted"));
    const message = /^The run was stopped, and Redis does not answer: its waiting shards may still be in the queue/;
    expect(await ended).toEqual(refusal("ABORTED", message));
    await Promise.all([serving, task, asking.close()]);
    clearInterval(timer);
    expect(turns).toBeLessThan(80);
    server.goOn();
  });
});
