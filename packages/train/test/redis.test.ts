import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noRedis, startRedis } from "../../scale/test/redis-server";
import { withoutRedis } from "../src/cli/on-redis";
import { servedCommand } from "../src/cli/worker-command";
import { buildCli } from "./built-cli";
import { cli } from "./run-cli";
import { type TinyWorld, tinyWorld } from "./tiny-world";

const failed = (message: RegExp, code = 2) => ({ code, out: "", err: expect.stringMatching(message) });

describe("--on redis, rsdix worker: flags", () => {
  it("refuses flags that would do nothing, and a Redis that isn't there", async () => {
    const embed = ["embed", "--out-path", "/no/where", "--img-dir", "b"];
    const cases: [string[], RegExp][] = [
      [["--on", "redis"], /--on would do nothing without --shards or --parts/],
      [["--parts", "2", "--on", "redis", "--jobs", "2"], /--jobs would do nothing with --on redis: rsdix worker has it/],
      [["--parts", "2", "--redis", "redis://a"], /--redis would do nothing without --on redis/],
      [["--parts", "2", "--on", "celery"], /Allowed choices are .*redis/],
    ];
    for (const [flags, message] of cases) expect(await cli([...embed, ...flags])).toEqual(failed(message));
    expect(await cli(["worker", "--redis", "redis://127.0.0.1:1"])).toEqual(failed(/PROCESS_FAILED: No Redis answers at redis:\/\/127/, 1));
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
    for (const wrong of [["convert", "a"], ["--debug"], []])
      expect(() => servedCommand(wrong)).toThrow(/A worker does shards of embed and caption/);
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
    folder = await mkdtemp(join(tmpdir(), "rsdix-on-redis-"));
    [world, server, built] = await Promise.all([tinyWorld(join(folder, "world")), startRedis(), buildCli("redis")]);
  });
  afterAll(async () => {
    for (const child of begun) child.kill("SIGKILL");
    await server.stop();
    await built.remove();
    await rm(folder, { recursive: true, force: true });
  });

  /** The command in a process of its own, in a folder where its paths are meant. */
  function begin(args: readonly string[]) {
    const child = spawn(process.execPath, [built.program, ...args], { cwd: folder });
    begun.push(child);
    let [out, err] = ["", ""];
    child.stdout.on("data", (text) => (out += text));
    child.stderr.on("data", (text) => (err += text));
    const ended = once(child, "close").then(([code]) => ({ code: code as number, out, err }));
    return { child, ended };
  }

  it("embeds parts by a worker as one process does, to the byte, and ends the worker cleanly", { timeout: 60_000 }, async () => {
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
    expect(err).toMatch(/^(no worker serves the queue.*\n)?$/);
    worker.child.kill("SIGINT");
    expect(await worker.ended).toEqual({ code: 0, out: "6 shards done\n", err: "" });
    for (const name of ["one", "many"]) expect((await cli(["merge", join(folder, name)])).code).toBe(0);
    const [one, many] = await Promise.all(["one", "many"].map((name) => readFile(join(folder, name, "all.parquet"))));
    expect(Buffer.compare(one!, many!)).toBe(0);
  });
});
