// A process from its start to its end, as a user waits for it.
import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { environment, here, paths } from "./peers.mjs";

/** Runs a task of a side on a set of captions: { wall: seconds from start to end, and what it wrote }. */
async function run(side, task, set) {
  const out = join(paths.folder, `out-${side}-${task}.json`);
  rmSync(out, { force: true });
  const [command, script] = side === "ours" ? [process.execPath, "ours.mjs"] : [paths.python, "peer.py"];
  const begin = performance.now();
  const child = spawn(command, [join(here, script), task, paths.captions(set), out], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...environment(), PLAIN_METEOR_JAR: paths.plainMeteorJar },
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said = (said + text).slice(-4000);
  });
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  const wall = (performance.now() - begin) / 1000;
  if (code !== 0) throw new Error(`${side} ${task} ended with code ${code}: ${said}`);
  return { wall, ...JSON.parse(readFileSync(out, "utf8")) };
}

export const runOurs = (task, set) => run("ours", task, set);
export const runPeer = (task, set) => run("peer", task, set);
