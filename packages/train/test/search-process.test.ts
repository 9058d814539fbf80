import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { beginProgram } from "./begin-program";
import { buildCli } from "./built-cli";
import { preparedSearch } from "./prepared-search";
import { cli } from "./run-cli";
import { until } from "./until";

let built: Awaited<ReturnType<typeof buildCli>>;
beforeAll(async () => {
  built = await buildCli("search");
});
afterAll(() => built.remove());

/** A trial that never ends: it and a process that it begins write to files for as long as they run, and mind no request to stop. */
const ENDLESS = `
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
const [folder] = process.argv.slice(2);
spawn(process.execPath, ["-e", "setInterval((file) => fs.appendFileSync(file, '.'), 10, process.argv[1])", folder + "/child"]);
process.on("SIGTERM", () => undefined);
setInterval(() => appendFileSync(folder + "/own", "."), 10);
`;

/** Begins the command, and gives what it is killed with. */
const begin = (args: readonly string[]) => spawn(process.execPath, [built.program, ...args], { stdio: "ignore" });

it.each([[1], [3]])("leaves no trial running when it is killed by SIGKILL, %i at a time", async (trials) => {
  const { out, args } = preparedSearch(ENDLESS);
  const search = begin(["search", "bayes", ...args, "--parallel", String(trials)]);
  const files = Array.from({ length: trials }, (_, i) => ["own", "child"].map((name) => join(out, `trial-00${i + 1}`, name))).flat();
  await until(() => files.every((file) => existsSync(file)), 100);
  const ended = once(search, "exit");
  search.kill("SIGKILL");
  await ended;
  const size = () => files.reduce((sum, file) => sum + statSync(file).size, 0);
  await until(async () => {
    const before = size();
    await wait(500);
    return size() === before;
  }, 20);
});

/** Ends well when there is a file "go" beside the search; each says when it ran, and with how many threads. */
const WAITING = `
import { existsSync, writeFileSync } from "node:fs";
const [folder, x] = process.argv.slice(2);
writeFileSync(folder + "/threads", String(process.env.RSDIX_THREADS));
while (!existsSync(folder + "/../../go")) await new Promise((resolve) => setTimeout(resolve, 10));
writeFileSync(folder + "/log.jsonl", JSON.stringify({ type: "validation", metrics: { loss: (x - 2) ** 2 } }) + "\\n");
`;

it("runs trials beside each other, which share the cores, and goes on with those that had begun when it was killed", async () => {
  const { out, args } = preparedSearch(WAITING);
  const command = ["search", "bayes", ...args, "--parallel", "3", "--n-init-points", "4", "--n-iter", "4"];
  const killed = begin(command);
  const first = [1, 2, 3].map((trial) => join(out, `trial-00${trial}`));
  const threads = first.map((folder) => join(folder, "threads"));
  await until(() => threads.every((path) => existsSync(path) && statSync(path).size > 0), 100); // a file is there before what it holds
  killed.kill("SIGKILL");
  await once(killed, "exit");
  for (const path of threads)
    expect(readFileSync(path, "utf8")).toBe(process.env.RSDIX_THREADS ?? String(Math.max(1, Math.floor(availableParallelism() / 3))));
  const noted = first.map((folder) => JSON.parse(readFileSync(`${folder}.json`, "utf8")));
  writeFileSync(join(first[1]!, "../trial-002.json"), JSON.stringify({ ...noted[1], parameters: { "m.x": 5.5 } }));

  writeFileSync(join(out, "../go"), "");
  const [code] = await once(begin([...command, "--resume"]), "exit");
  expect(code).toBe(0);
  const trials = readFileSync(join(out, "bayesian_runs.json"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(trials.map(({ trial }) => trial).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const tried = (trial: number) => trials.find((each) => each.trial === trial).parameters["m.x"];
  expect([1, 2, 3].map(tried)).toEqual([noted[0].parameters["m.x"], 5.5, noted[2].parameters["m.x"]]);
  for (const { parameters, value } of trials) expect(value).toBe((parameters["m.x"] - 2) ** 2);
  expect(readdirSync(out).filter((name) => /^trial-.*json$/.test(name))).toEqual([]); // nothing has begun and not ended
});

it("says which trials run beside each other, and how many may", async () => {
  const { out, args } = preparedSearch(WAITING);
  writeFileSync(join(out, "../go"), "");
  const command = ["search", "grid", ...args, "--levels", "4", "--parallel"];
  const run = await cli([...command, "2"], { isTTY: true });
  expect(run).toMatchObject({ code: 0, err: expect.stringMatching(/trials 1 and 2 of 4, \d+ s/) });
  expect(readdirSync(out).filter((name) => name.endsWith(".json"))).toEqual(["grid_runs.json", "search.json"]);
  const refused = await cli([...command, "2000", "--resume"]);
  expect(refused).toMatchObject({ code: 2, err: expect.stringMatching(/parallel must be a whole number at least 1 and at most 1024/) });
});

it("runs as many as are asked for without a warning of the runtime's", async () => {
  const { out, args } = preparedSearch(WAITING);
  const { ended } = beginProgram(built.program, ["search", "grid", ...args, "--levels", "12", "--parallel", "12"]);
  await until(() => existsSync(join(out, "trial-012", "threads")), 100);
  writeFileSync(join(out, "../go"), "");
  expect(await ended).toMatchObject({ code: 0, err: "" });
});
