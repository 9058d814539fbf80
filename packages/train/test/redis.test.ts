import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { Queue } from "bullmq";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { noRedis, startRedis } from "../../scale/test/redis-server";
import { searchText, speedOf, stateText } from "../src/cli/dashboard-command";
import { withoutRedis } from "../src/cli/on-redis";
import { servedCommand } from "../src/cli/worker-command";
import { beginProgram } from "./begin-program";
import { buildCli } from "./built-cli";
import { idleQueue } from "./idle-queue";
import { cli } from "./run-cli";
import { type TinyWorld, tinyWorld } from "./tiny-world";

const failed = (message: RegExp, code = 2) => ({ code, out: "", err: expect.stringMatching(message) });

describe("--on redis, rsdix worker: flags", () => {
  it("refuses flags that would do nothing, and a Redis that isn't there", async () => {
    const embed = ["embed", "--model-pth", "a", "--out-path", "/no/where", "--img-dir", "b"];
    const cases: [string[], RegExp][] = [
      [["--on", "redis"], /--on would do nothing without --shards or --parts/],
      [["--parts", "2", "--on", "redis", "--jobs", "2"], /--jobs would do nothing with --on redis: rsdix worker has it/],
      [["--parts", "2", "--redis", "redis://a"], /--redis would do nothing without --on redis/],
      [["--parts", "2", "--on", "celery"], /Allowed choices are .*redis/],
    ];
    for (const [flags, message] of cases) expect(await cli([...embed, ...flags])).toEqual(failed(message));
    expect(await cli(["worker", "--redis", "redis://127.0.0.1:1"])).toEqual(failed(/PROCESS_FAILED: No Redis answers at redis:\/\/127/, 1));
    for (const command of ["worker", "dashboard"])
      expect(await cli([command, "--queue", "a:b"])).toEqual(failed(/INVALID_ARGUMENT: queue must be a name without a colon.*got "a:b"/));
    expect(await cli(["worker", "--redis", "here"])).toEqual(failed(/redis must be an address such as redis:/));
  });

  it("gives a worker's process neither the Redis nor its password, and lets it do shards alone", () => {
    const args = ["embed", "--on", "redis", "--redis=redis://:secret@a", "--parts", "2", "--queue", "q", "--redis", "redis://b"];
    expect(withoutRedis(args)).toEqual(["embed", "--parts", "2"]);
    expect(servedCommand(["--debug", "caption", "--parts", "2"]).slice(2)).toEqual([
      "--debug",
      "caption",
      "--parts",
      "2",
      "--serve-shards",
    ]);
    expect(servedCommand(["eval", "clip", "--parts", "2"]).at(-1)).toBe("--serve-shards"); // by which it scores nothing
    for (const wrong of [["convert", "a"], ["--debug"], []])
      expect(() => servedCommand(wrong)).toThrow(/A worker does shards of embed, caption and eval/);
  });
});

describe("rsdix dashboard: how a queue stands", () => {
  it("takes the speed of the last ten minutes, and says how long the rest takes", () => {
    expect(speedOf([])).toBeUndefined();
    expect(speedOf([0, 0])).toBeUndefined();
    expect(speedOf([60, 180])).toBe(2);
    expect(speedOf([...Array<number>(10).fill(60), 6000])).toBe(1);
    const state = { waiting: 1200, active: 3, done: 40, perMinute: [], workers: 2, failed: [{ name: "a", reason: "b" }], searches: [] };
    expect(stateText(state, undefined)).toBe("1,200 waiting, 3 worked at by 2 workers, 40 done, 1 failed");
    expect(stateText(state, 2)).toBe("1,200 waiting, 3 worked at by 2 workers, 40 done, 1 failed, 2.00 a second, 602 s left");
    const search = { name: "/a/clip-search", done: 7, failed: 0, running: 4, total: 15, metric: "loss", best: null };
    expect(searchText(search)).toBe("search /a/clip-search: 7 of 15 trials, 4 asked for");
    expect(searchText({ ...search, failed: 1, best: 0.5 })).toMatch(/, 1 of them failed, 4 asked for, lowest loss 0\.5$/);
    expect(searchText({ ...search, metric: "rougeL", mode: "max", best: 0.5 })).toMatch(/, highest rougeL 0\.5$/);
  });
});

describe.skipIf(noRedis)(`--on redis, rsdix worker${noRedis ? ` (${noRedis})` : ""}`, () => {
  let folder: string;
  let world: TinyWorld;
  let server: Awaited<ReturnType<typeof startRedis>>;
  let built: Awaited<ReturnType<typeof buildCli>>;
  const begun: ChildProcess[] = [];
  beforeAll(async () => {
    await startBackend("cpu");
    folder = scratchFolder("file");
    [world, server, built] = await Promise.all([tinyWorld(join(folder, "world")), startRedis(), buildCli("redis")]);
  });
  afterAll(async () => {
    for (const child of begun) child.kill("SIGKILL");
    await server.kill();
    await built.remove();
  });

  /** The command in a process of its own, in a folder where its paths are meant. */
  function begin(args: readonly string[]) {
    const program = beginProgram(built.program, args, { cwd: folder });
    begun.push(program.child);
    return program;
  }

  it("embeds parts by a worker as one process does, to the byte, and ends the worker cleanly", async () => {
    const embed = [
      "embed",
      "--model-pth",
      world.clip,
      "--accelerator",
      "cpu",
      "--batch-size",
      "4",
      "--img-dir",
      world.images,
      "--parts",
      "6",
    ];
    expect((await cli([...embed, "--out-path", join(folder, "one")])).code).toBe(0);
    const place = ["--redis", server.url, "--queue", "tiles"];
    const worker = begin(["worker", ...place, "--jobs", "2"]);
    const { code, out, err } = await begin([...embed, "--out-path", "many", "--on", "redis", ...place]).ended;
    expect({ code, out }).toEqual({ code: 0, out: "6 of 6 shards are done: 32 images now: many\n" });
    expect(err).toMatch(/^((no worker serves the queue|\d of 6 shards).*\n)*$/); // how far it is where it takes long
    const state = await idleQueue(place);
    expect(state).toMatchObject({ waiting: 0, active: 0, workers: 1, failed: [], searches: [] });
    expect(state.done).toBeGreaterThanOrEqual(6); // one that ends while the run looks is asked for again, and found to be done
    const text = await cli(["dashboard", ...place]);
    expect(text).toEqual({ code: 0, out: expect.stringMatching(/^0 waiting, 0 worked at by 1 workers, \d+ done, 0 failed/), err: "" });
    worker.child.kill("SIGINT");
    expect(await worker.ended).toEqual({ code: 0, out: "6 shards done\n", err: "" });
    for (const name of ["one", "many"]) expect((await cli(["merge", join(folder, name)])).code).toBe(0);
    const [one, many] = await Promise.all(["one", "many"].map((name) => readFile(join(folder, name, "all.parquet"))));
    expect(Buffer.compare(one!, many!)).toBe(0);
  });

  it("trains by a worker as here: a search's trials have the same values", { timeout: 180_000 }, async () => {
    const config = ["data:", `  annotations_files: ${world.annotations}`, `  img_dirs: ${world.images}`, "  batch_size: 8", "trainer:"];
    await writeFile(join(folder, "clip.yaml"), [...config, "  accelerator: cpu", "  max_epochs: 1", ""].join("\n"));
    const grid = ["script: clip", "config_file: clip.yaml", "attr_keys:", "  model:", `    model: ${world.clip}`, "    lr: 1e-3,1e-2"];
    await writeFile(join(folder, "grid.yaml"), [...grid, ""].join("\n"));
    const place = ["--redis", server.url, "--queue", "trials"];
    const worker = begin(["worker", ...place, "--json"]);
    const search = ["search", "grid", "--grid-file", "grid.yaml", "--levels", "2", "--json"];
    const valuesOf = ({ code, out }: { code: number; out: string }) => {
      expect(code).toBe(0);
      const records = out.trimEnd().split("\n").slice(0, -1);
      return records.map((line) => JSON.parse(line)).sort((a, b) => a.trial - b.trial);
    };
    const far = valuesOf(await begin([...search, "--out", "far", "--on", "redis", ...place]).ended);
    const here = valuesOf(await begin([...search, "--out", "here"]).ended);
    expect(far.map(({ state }) => state)).toEqual(["done", "done"]);
    expect(far.map((record) => ({ ...record, seconds: 0 }))).toEqual(here.map((record) => ({ ...record, seconds: 0 })));
    await idleQueue(place);
    worker.child.kill("SIGINT");
    expect(await worker.ended).toEqual({ code: 0, out: '{"shards":0,"trials":2}\n', err: "" });
  });

  it("hears a signal though Redis answers nothing, at the start", async ({ onTestFinished }) => {
    const silent = createServer().listen(0, "127.0.0.1"); // a connection tells that a command waits for its answer
    onTestFinished(() => void silent.close());
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    for (const command of ["worker", "dashboard"]) {
      const { child, ended } = begin([command, "--redis", `redis://127.0.0.1:${port}`]);
      await once(silent, "connection");
      child.kill("SIGTERM");
      const err = expect.stringMatching(/^Stopped: This was stopped before the Redis at .* answered\.\n$/);
      expect(await ended).toEqual({ code: 130, out: "", err });
    }
  });

  it("hears a signal though Redis answers nothing any more", async ({ onTestFinished }) => {
    const queue = new Queue("silent", { connection: { url: server.url } });
    const atWork = begin(["worker", "--redis", server.url, "--queue", "silent"]);
    await vi.waitFor(async () => expect(await queue.getWorkersCount()).toBe(1), 20_000);
    await queue.close();
    server.pause();
    onTestFinished(() => server.goOn());
    atWork.child.kill("SIGTERM");
    expect(await atWork.ended).toEqual({ code: 0, out: "0 shards done\n", err: "" });
  });

  it("watches the queue on a terminal, and ends by Ctrl-C though Redis is gone", { timeout: 30_000 }, async () => {
    const place = ["--redis", server.url, "--queue", "watched"];
    const queue = new Queue("watched", { connection: { url: server.url } });
    await queue.add("shard", { results: "a.parquet" });
    await queue.close();
    const stop = new AbortController();
    let gone: Promise<void> | undefined;
    const onErr = () => {
      gone ??= server.kill().then(() => void setTimeout(() => stop.abort(new Error("interrupted")), 1500));
    };
    const { code, out, err } = await cli(["dashboard", ...place], { isTTY: true, signal: stop.signal, onErr });
    await gone;
    await server.start();
    expect({ code, out }).toEqual({ code: 0, out: "1 waiting, 0 worked at by 0 workers, 0 done, 0 failed\n" });
    expect(err).toMatch(/1 waiting, 0 worked at/);
  });
});
