import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createRandom } from "@rsdix/internal";
import { Queue } from "bullmq";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { noRedis, startRedis } from "../../scale/test/redis-server";
import { beginProgram } from "./begin-program";
import { buildCli } from "./built-cli";
import { idleQueue } from "./idle-queue";
import { preparedSearch } from "./prepared-search";
import { cli } from "./run-cli";
import { until } from "./until";

/** A training run in place of ours, of some 100 ms: its loss is (x - 2)²; above 5 it fails. It writes down that it was begun; "stop" keeps it going. */
const SCRIPT = `
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
const [folder, x] = process.argv.slice(2);
appendFileSync(folder + ".begun", "x");
await new Promise((resolve) => setTimeout(resolve, 100));
while (existsSync(folder + "/../../stop")) {
  appendFileSync(folder + "/beats", ".");
  await new Promise((resolve) => setTimeout(resolve, 10));
}
if (x > 5) throw new Error("out of memory");
writeFileSync(folder + "/log.jsonl", JSON.stringify({ type: "validation", metrics: { loss: (x - 2) ** 2 } }) + "\\n");
`;

function prepared() {
  const { args, ...folders } = preparedSearch(SCRIPT);
  return { ...folders, args: [...args, "--on", "redis"] };
}

const trialsOf = (out: string) =>
  readFileSync(join(out, "bayesian_runs.json"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
/** What is left beside folders and logs when a search has ended. */
const leftIn = (out: string) => readdirSync(out).filter((name) => /^trial-.*(json|result|claim)/.test(name));

describe("rsdix search --on redis: flags", () => {
  it("refuses flags that would do nothing, and a Redis that isn't there, before anything is made", async () => {
    const { out, args } = prepared();
    const local = args.slice(0, -2);
    expect(await cli(["search", "bayes", ...local, "--queue", "q"])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--queue would do nothing without --on redis/),
    });
    expect(await cli(["search", "grid", ...args, "--redis", "redis://127.0.0.1:1"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/PROCESS_FAILED: No Redis answers at redis:\/\/127/),
    });
    expect(readdirSync(out)).toEqual([]);
  });
});

describe.skipIf(noRedis)(`rsdix search --on redis${noRedis ? ` (${noRedis})` : ""}`, { timeout: 120_000 }, () => {
  let server: Awaited<ReturnType<typeof startRedis>>;
  let built: Awaited<ReturnType<typeof buildCli>>;
  let worker: Awaited<ReturnType<typeof buildCli>>;
  const children = new Set<ChildProcess>();
  beforeAll(async () => {
    [server, built, worker] = await Promise.all([
      startRedis(),
      buildCli("search-redis"),
      buildCli("trial-worker", new URL("trial-worker.ts", import.meta.url)),
    ]);
  });
  afterEach(async () => {
    await Promise.all([...children].map((child) => end(child, "SIGKILL")));
    const queue = new Queue("rsdix", { connection: { url: server.url } });
    await queue.obliterate({ force: true });
    await queue.close();
  });
  afterAll(async () => {
    await server.kill();
    await Promise.all([built.remove(), worker.remove()]);
  });

  const bayes = (args: readonly string[], ...more: string[]) => ["search", "bayes", ...args, "--redis", server.url, ...more];
  function begin(args: readonly string[]) {
    const begun = beginProgram(built.program, args);
    children.add(begun.child);
    return begun;
  }
  /** A worker that others know sooner to be dead. */
  function beginWorker() {
    const child = fork(worker.program, [server.url], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    children.add(child);
    return child;
  }
  async function end(child: ChildProcess, by: NodeJS.Signals) {
    children.delete(child);
    if (child.exitCode !== null || child.signalCode) return;
    const ended = once(child, "exit");
    child.kill(by);
    await ended;
  }

  it("has workers run the trials, records what fails, and says how far it is", async () => {
    const { out, args } = prepared();
    const serving = begin(["worker", "--redis", server.url, "--jobs", "2", "--own-commands"]);
    const run = await cli(bayes(args, "--n-iter", "7"));
    expect(run).toMatchObject({ code: 0, out: expect.stringMatching(/\nbest: loss .* with --m\.x=/) });
    const trials = trialsOf(out);
    expect(trials.map(({ trial }) => trial).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    for (const { parameters, state, value, error } of trials)
      if (parameters["m.x"] > 5)
        expect({ state, error }).toEqual({ state: "failed", error: expect.stringMatching(/Error: out of memory$/) });
      else expect({ state, value }).toEqual({ state: "done", value: (parameters["m.x"] - 2) ** 2 });
    const failed = trials.filter(({ state }) => state === "failed").length;
    expect(failed).toBeGreaterThan(0);
    expect(leftIn(out)).toEqual([]);
    const best = Math.min(...trials.flatMap(({ value }) => value ?? []));
    const { searches } = await idleQueue(["--redis", server.url]);
    expect(searches).toEqual([{ name: out, done: 12, failed, running: 0, total: 12, metric: "loss", mode: "min", best }]);
    expect((await cli(["dashboard", "--redis", server.url])).out).toContain(
      `search ${out}: 12 of 12 trials, ${failed} of them failed, lowest loss ${best}\n`,
    );
    const again = { id: "7", name: "trial 1", results: join(out, "trial-001.7.result") }; // put in again as its results were read
    const task = { kind: "trial", folder: join(out, "trial-001"), args: ["false"], own: true, metric: "loss", cwd: out };
    const queue = new Queue("rsdix", { connection: { url: server.url } });
    await queue.add("task", { ...again, task });
    await queue.close();
    await idleQueue(["--redis", server.url]);
    serving.child.kill("SIGINT");
    expect(await serving.ended).toEqual({ code: 0, out: "0 shards and 12 trials done\n", err: "" });
  });

  it("finds the same when workers are killed at random, and Redis comes back empty", async () => {
    const { folder, out, args } = prepared();
    const random = createRandom(5);
    let [over, kills, tasks] = [false, 0, 0];
    /** Begins a worker: its first trial. */
    const firstTask = () => {
      const child = beginWorker();
      child.on("message", () => {
        if (++tasks === 6 && kills < 3) writeFileSync(join(folder, "stop"), ""); // the search doesn't end before these kills
      });
      return once(child, "message");
    };
    firstTask();
    let working = firstTask();
    const search = cli(bayes(args, "--n-iter", "9", "--parallel", "4")).finally(() => {
      over = true;
    });
    for (let turn = 0; ; turn++) {
      await Promise.race([working, search]);
      if (!over) await wait(random.int(1000));
      if (over) break;
      await end([...children][random.int(children.size)]!, "SIGKILL");
      if (++kills === 3) rmSync(join(folder, "stop"), { force: true });
      if (turn === 1) {
        await server.kill();
        await wait(500);
        await server.start();
      }
      working = firstTask();
    }
    const run = await search;
    expect(run).toMatchObject({ code: 0, err: expect.stringMatching(/Redis is gone .*waited for/) });
    expect(kills).toBeGreaterThan(2);
    const trials = trialsOf(out);
    expect(trials.map(({ trial }) => trial).sort((a, b) => a - b)).toEqual(Array.from({ length: 14 }, (_, i) => i + 1));
    for (const { parameters, state, value } of trials)
      expect([state, value]).toEqual(parameters["m.x"] > 5 ? ["failed", undefined] : ["done", (parameters["m.x"] - 2) ** 2]);
    expect(leftIn(out)).toEqual([]);
  });

  it("goes on, killed, with the trials that its workers have gone on with", async () => {
    const { folder, out, args } = prepared();
    writeFileSync(join(folder, "stop"), "");
    beginWorker();
    const few = ["--n-init-points", "2", "--n-iter", "2", "--parallel", "2"];
    const killed = begin(bayes(args, ...few));
    const beats = [1, 2].map((trial) => join(out, `trial-00${trial}`, "beats"));
    await until(() => beats.every((path) => existsSync(path)));
    await end(killed.child, "SIGKILL");
    const again = begin(bayes(args, ...few, "--resume"));
    await wait(1500);
    rmSync(join(folder, "stop"));
    expect((await again.ended).code).toBe(0);
    expect(trialsOf(out)).toHaveLength(4);
    for (const trial of [1, 2, 3, 4]) expect(readFileSync(join(out, `trial-00${trial}.begun`), "utf8")).toBe("x"); // once each
    expect(leftIn(out)).toEqual([]);
  });

  it("ends its trials when it is stopped, though workers are at them, and begins them again", async () => {
    const { folder, out, args } = prepared();
    writeFileSync(join(folder, "stop"), "");
    beginWorker();
    const stop = new AbortController();
    const few = ["--n-init-points", "2", "--n-iter", "0", "--parallel", "2"];
    const stopped = cli(bayes(args, ...few), { signal: stop.signal });
    const beats = [1, 2].map((trial) => join(out, `trial-00${trial}`, "beats"));
    await until(() => beats.every((path) => existsSync(path)));
    stop.abort(new Error("interrupted"));
    expect(await stopped).toMatchObject({ code: 130, err: expect.stringMatching(/With --resume it goes on after/) });
    const size = () => beats.reduce((sum, path) => sum + statSync(path).size, 0);
    await until(async () => {
      const before = size();
      await wait(300);
      return size() === before;
    });
    rmSync(join(folder, "stop"));
    expect((await cli(bayes(args, ...few, "--resume"))).code).toBe(0);
    expect(trialsOf(out)).toHaveLength(2);
    expect(leftIn(out)).toEqual([]);
  });

  it("has another worker do a trial whose worker was told to end", async () => {
    const { folder, out, args } = prepared();
    writeFileSync(join(folder, "stop"), "");
    const first = begin(["worker", "--redis", server.url, "--own-commands"]);
    const search = cli(bayes(args, "--n-init-points", "2", "--n-iter", "0", "--parallel", "1"));
    await until(() => existsSync(join(out, "trial-001", "beats")));
    first.child.kill("SIGINT");
    expect(await first.ended).toEqual({ code: 0, out: "0 shards done\n", err: "" });
    rmSync(join(folder, "stop"));
    beginWorker();
    expect((await search).code).toBe(0);
    expect(readFileSync(join(out, "trial-001.begun"), "utf8")).toBe("xx");
  });

  it("stops where workers run no program of a grid file", async () => {
    const { args, out } = prepared();
    begin(["worker", "--redis", server.url]);
    const run = await cli(bayes(args));
    expect(run).toMatchObject({
      code: 1,
      err: expect.stringMatching(/PROCESS_FAILED: No worker can run trial \d: its worker runs no program .*--own-commands does/),
    });
    expect(readFileSync(join(out, "bayesian_runs.json"), "utf8")).toBe("");
  });

  it("goes on with a trial whose program was not there, in the folder that a worker had made", async () => {
    const { folder, args, out } = prepared();
    const grid = join(folder, "grid.yaml");
    const right = readFileSync(grid, "utf8");
    writeFileSync(grid, right.replace(process.execPath, "no-such-program"));
    begin(["worker", "--redis", server.url, "--own-commands"]);
    const few = ["--n-init-points", "2", "--n-iter", "0", "--parallel", "1"];
    const broken = await cli(bayes(args, ...few));
    expect(broken).toMatchObject({ code: 1, err: expect.stringMatching(/No worker can run trial 1: no-such-program cannot be started/) });
    expect(existsSync(join(out, "trial-001"))).toBe(true);
    writeFileSync(grid, right);
    expect(await cli(bayes(args, ...few, "--resume"))).toMatchObject({ code: 0 });
    expect(trialsOf(out)).toHaveLength(2);
    expect(leftIn(out)).toEqual([]);
  });
});
