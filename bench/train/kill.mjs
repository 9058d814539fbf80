// Kills a training 50 times with SIGKILL at random moments, those in which a checkpoint is written too: after each kill the newest checkpoint must be whole,
// and losses and validations must be, bit for bit, those of a training that nobody killed.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "@rsdix/data";
import { checkpointFolder } from "@rsdix/train/node";
import { scratchFolder } from "../../scripts/lib/scratch-folder.mjs";
import { row } from "../rows.mjs";
import { killed, numbersOf, train } from "./killing.mjs";

const SEED = 1;
const trainer = fileURLToPath(new URL("trainer.mjs", import.meta.url));

/** Runs that were killed and went on as if they had not been; anything else fails. --quick: 5 kills. The trainer computes on cpu, whatever the backend is. */
export async function kill({ quick }) {
  const kills = quick ? 5 : 50;
  const root = scratchFolder("rsdix-kill-");
  const found = { whole: 0, none: 0, halfWritten: 0 };
  try {
    const folder = join(root, "killed");
    const check = async () => {
      found[(await checkpointFolder(folder).latest()) ? "whole" : "none"]++;
      if (readdirSync(folder).some((name) => name.endsWith(".tmp"))) found.halfWritten++;
    };
    const { lines, signals, code, steps } = await killed([process.execPath, trainer, folder], kills, createRandom(SEED).next, check);
    const whole = await train([process.execPath, trainer, join(root, "whole"), String(steps)]);
    const [a, b] = [numbersOf(lines), numbersOf(whole.lines)];
    const differing = [...b].filter(([key, numbers]) => a.get(key) !== numbers).map(([key]) => key);
    const hit = signals.filter((signal) => signal === "SIGKILL").length;
    if (code !== 0 || hit !== kills) throw new Error(`${hit} of ${kills} runs were killed, and the last ended with code ${code}.`);
    if (differing.length > 0 || a.size !== b.size)
      throw new Error(`not as the run that nobody killed: ${differing.join(", ") || "more steps"}`);
    const given = { peerName: "runs killed at random moments (SIGKILL)", backend: "cpu", higher: true };
    const spread = {
      stepsAndValidationsBitEqual: b.size,
      checkpointsWhole: found.whole,
      killedBeforeACheckpoint: found.none,
      leftAHalfWrittenOneBeside: found.halfWritten,
    };
    return [row("runs killed that went on bit-equal", "runs", [hit], [kills], { ...given, spread })];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
