import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../test/scratch-folder";
import { cli } from "./run-cli";

/** A training run in place of ours: its loss is (x - 3)² + y, its best ROUGE-L where it has one the negative of that, and parameters make it go wrong. */
const SCRIPT = `
import { appendFileSync, mkdirSync } from "node:fs";
import { spawn } from "node:child_process";
const { x, y, folder, mode } = Object.fromEntries(process.argv.slice(2).map((flag) => /^--(?:m\\.)?(\\w+)=(.*)$/s.exec(flag).slice(1)));
console.log("training with", x, y);
const write = (record) => appendFileSync(folder + "/run/log.jsonl", JSON.stringify(record) + "\\n");
mkdirSync(folder + "/run");
if (mode === "wait" && folder.endsWith("003")) {
  const beat = "setInterval((file) => fs.appendFileSync(file, '.'), 10, process.argv[1])";
  spawn(process.execPath, ["-e", beat, folder + "/beats"]);
  process.on("SIGTERM", () => process.exit(0));
  await new Promise(() => setTimeout(() => {}, 60000));
}
if (mode === "fail" && x > 4) { console.error("error: out of memory"); process.exit(3); }
if (mode === "kill" && x > 4) process.kill(process.pid, "SIGKILL");
if (mode === "nothing") process.exit(0);
write({ type: "start" });
if (mode === "some" && folder.endsWith("002")) {
  write({ type: "validation", step: 1, metrics: { loss: 1 } });
  process.exit(0);
}
write({ type: "validation", step: 1, metrics: { loss: 100, other: mode === "nan" ? NaN : 1 } });
write({ type: "validation", step: 2, metrics: { loss: (x - 3) ** 2 + Number(y), text: "1" } });
write({ type: "validation", step: 3, metrics: { loss: 50 } });
if (mode === "rising") for (const part of [2, 1, 3]) write({ type: "validation", step: 3, metrics: { rougeL: -part * ((x - 3) ** 2 + Number(y)) } });
appendFileSync(folder + "/run/log.jsonl", '{"type":"validation"');
`;

/** A grid file with such a command, and where the search of it may go. */
export function preparedSearch(
  mode = "well",
  command = `[${JSON.stringify(process.execPath)}, "SCRIPT", "{args}", "--folder={folder}", "--mode=${mode}"]`,
) {
  const folder = scratchFolder();
  const script = join(folder, "trial.mjs");
  writeFileSync(script, SCRIPT);
  const grid = join(folder, "grid.yaml");
  writeFileSync(grid, `command: ${command.replace("SCRIPT", script)}\nattr_keys:\n  m:\n    x: 0.0,6.0\n    y: 1,3\n`);
  const out = join(folder, "out");
  return { folder, grid, out, args: ["--grid-file", grid, "--out", out] };
}

/** Runs a Bayesian search. */
export const bayes = (...args: string[]) => cli(["search", "bayes", ...args]);
/** Five trials. */
export const few = ["--n-init-points", "2", "--n-iter", "3"];
/** The trials in a search's folder, all of which took no time. */
export const trialsOf = (out: string, name = "bayesian_runs.json") =>
  readFileSync(join(out, name), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => ({ ...JSON.parse(line), seconds: 0 }));
