import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, it } from "vitest";
import { buildCli } from "./built-cli";
import { scratchFolder } from "./scratch-folder";

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

function prepared(script: string) {
  const folder = scratchFolder();
  writeFileSync(join(folder, "trial.mjs"), script);
  const command = JSON.stringify([process.execPath, join(folder, "trial.mjs"), "{folder}", "{m.x}"]);
  writeFileSync(join(folder, "grid.yaml"), `command: ${command}\nattr_keys: {m: {x: "0.0,6.0"}}\n`);
  const out = join(folder, "out");
  mkdirSync(out);
  return { out, args: ["--grid-file", join(folder, "grid.yaml"), "--out", out] };
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error("it did not come about in 20 s");
    await wait(20);
  }
}

/** Begins the command, and gives what it is killed with. */
const begin = (args: readonly string[]) => spawn(process.execPath, [built.program, ...args], { stdio: "ignore" });

it.each([[1]])("leaves no trial running when it is killed by SIGKILL, %i at a time", { timeout: 60_000 }, async (trials) => {
  const { out, args } = prepared(ENDLESS);
  const search = begin(["search", "bayes", ...args]);
  const files = Array.from({ length: trials }, (_, i) => ["own", "child"].map((name) => join(out, `trial-00${i + 1}`, name))).flat();
  await until(() => files.every((file) => existsSync(file)));
  const ended = once(search, "exit");
  search.kill("SIGKILL");
  await ended;
  const size = () => files.reduce((sum, file) => sum + statSync(file).size, 0);
  await until(async () => {
    const before = size();
    await wait(500);
    return size() === before;
  });
});
