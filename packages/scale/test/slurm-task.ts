// A task of Slurm's: does its shards slowly; dies or fails where a file says so. slurm-task.ts FOLDER SUBMISSION
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openShardRun, runSlurmTask } from "../src";

const [folder, submission] = process.argv.slice(2) as [string, string];
const orders = join(folder, "orders.json");
const { dies, fails, slowly = 0 } = existsSync(orders) ? JSON.parse(readFileSync(orders, "utf8")) : {};
const { failed } = await runSlurmTask(
  await openShardRun(folder),
  async function* ({ index, first, end }) {
    if (index === dies) {
      console.error("no memory is left");
      process.kill(process.pid, "SIGKILL");
    }
    if (index === fails) throw new Error("the archive is cut off");
    for (let i = first!; i < end!; i++) {
      if (slowly > 0) await wait(slowly);
      const values = { embedding: Float32Array.of(i, i / 7), threads: String(process.env.RSDIX_THREADS) };
      yield { id: String(i), file: `${i}.png`, values };
    }
  },
  submission,
);
if (failed.length > 0) process.exitCode = 1;
