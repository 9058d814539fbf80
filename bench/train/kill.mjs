// Kills a training 50 times with SIGKILL at random moments, those in which a checkpoint is written too: after each kill the newest checkpoint must be whole,
// and losses and validations must be, bit for bit, those of a training that nobody killed. Once before: npm run build.
//
//   node bench/train/kill.mjs [KILLS] [SEED]
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "@rsdix/data";
import { checkpointFolder } from "@rsdix/train/node";
import { killed, numbersOf, train } from "./killing.mjs";

const [kills, seed] = [Number(process.argv[2] ?? 50), Number(process.argv[3] ?? 1)];
const trainer = fileURLToPath(new URL("trainer.mjs", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "rsdix-kill-"));
const found = { whole: 0, none: 0, halfWritten: 0 };
try {
  const folder = join(root, "killed");
  const check = async () => {
    found[(await checkpointFolder(folder).latest()) ? "whole" : "none"]++;
    if (readdirSync(folder).some((name) => name.endsWith(".tmp"))) found.halfWritten++;
  };
  const { lines, signals, code, steps } = await killed([process.execPath, trainer, folder], kills, createRandom(seed).next, check);
  const whole = await train([process.execPath, trainer, join(root, "whole"), String(steps)]);
  const [a, b] = [numbersOf(lines), numbersOf(whole.lines)];
  const differing = [...b].filter(([key, numbers]) => a.get(key) !== numbers).map(([key]) => key);
  const hit = signals.filter((signal) => signal === "SIGKILL").length;
  console.log(
    `${hit} of ${kills} runs were killed; the newest checkpoint was whole after ${found.whole}, there was none yet after ${found.none}; ${found.halfWritten} kills left a half-written one beside it.`,
  );
  console.log(
    `${b.size} steps and validations: ${differing.length === 0 ? "all bit-equal to the run that nobody killed" : differing.join(", ")}.`,
  );
  process.exitCode = code === 0 && hit === kills && differing.length === 0 && a.size === b.size ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
