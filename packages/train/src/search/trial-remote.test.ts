import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RedisTask, RedisTasks } from "@rsdix/scale";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { serveTrial } from "./serve-trial";
import { removeBegun } from "./trial-files";
import { type RemoteResult, runRemote } from "./trial-remote";

const trial = { trial: 1, parameters: { learningRate: 0.1 }, origin: "model" } as const;
const never = new AbortController().signal;

/** A search whose worker says this of its trial; `again` is a worker that is asked for the same once more. */
function searchOf(result: RemoteResult) {
  const out = scratchFolder();
  const folder = join(out, "trial-001");
  let asked: RedisTask | undefined;
  const run: RedisTasks["run"] = async (task) => {
    asked = task;
    mkdirSync(folder);
    writeFileSync(join(folder, "log.jsonl"), "");
    writeFileSync(task.results, JSON.stringify(result));
    return undefined;
  };
  const tasks = { run, report: () => {}, close: async () => {} } satisfies RedisTasks;
  const command = (_: object, place: string) => ["fit", "clip", "--out", place];
  const runTrial = runRemote(tasks, command, { out, metric: "loss", mode: "min", own: false, begun: [] });
  const again = () => serveTrial(asked!, { program: ["no-such-program"], ownCommands: false, beatMs: 20, signal: never });
  const isThere = () => existsSync(join(folder, "log.jsonl"));
  const begun = () => JSON.parse(readFileSync(`${folder}.json`, "utf8")) as { job?: string };
  return { out, run: () => runTrial(trial, folder, never), again, isThere, begun, results: () => asked!.results };
}

describe("a trial of which its worker has said what came of it", () => {
  it.each<[string, RemoteResult, RegExp | number]>([
    ["its value", { value: 3 }, 3],
    ["its failure", { failed: "out of memory" }, /out of memory/],
  ])("is not begun again by one that is asked once more, of %s", async (_, result, expected) => {
    const search = searchOf(result);
    if (typeof expected === "number") expect(await search.run()).toBe(expected);
    else await expect(search.run()).rejects.toThrow(expected);
    expect([await search.again(), search.isThere()]).toEqual([false, true]);
    await removeBegun(search.out, 1);
    expect([await search.again(), search.isThere(), existsSync(search.results())]).toEqual([false, true, false]);
  });

  it.each<[RemoteResult, RegExp]>([
    [{ failed: "no such metric", lacksMetric: true }, /no such metric/],
    [{ broken: "no memory" }, /No worker can run trial 1: no memory/],
  ])("that can't be run is nobody's until the search is begun again: %j", async (result, message) => {
    const search = searchOf(result);
    await expect(search.run()).rejects.toThrow(message);
    expect([search.begun().job, existsSync(search.results())]).toEqual([undefined, false]);
    expect([await search.again(), search.isThere()]).toEqual([false, true]);
  });
});
