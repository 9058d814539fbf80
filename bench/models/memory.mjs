// The most memory that training and loading take, against the bounds that they keep. Each measurement is a process of its own, at its peak.
import { execFile } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { benchEnvironment } from "../backend/peers.mjs";
import { THREADS } from "../machine.mjs";
import { row } from "../rows.mjs";
import { answersInTurns } from "../turns.mjs";
import { TRAINED } from "./inputs.mjs";
import { here, paths, versions } from "./peers.mjs";

const MB = 1e6;
const run = promisify(execFile);

async function measure(command, ...args) {
  const { stdout } = await run(command, args, { env: benchEnvironment(THREADS) });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}
const measureOurs = (...args) => measure(process.execPath, join(here, "memory-ours.mjs"), ...args);

function checkBound(name, values, bound) {
  const most = Math.max(...values);
  if (most > bound) throw new Error(`${name}: ${most} is more than ${bound}`);
}

/** The whole process at its peak, beside PyTorch's with the same model, batch and optimiser. */
export async function trainMemory({ kind, name, bound }, { backend, quick }) {
  const asks = [() => measureOurs(backend, kind), () => measure(paths.python, join(here, "memory_torch.py"), kind, String(TRAINED))];
  const answers = await answersInTurns(asks, quick ? 1 : 3);
  const [ours, peer] = answers.map((side) => side.map(({ peakBytes }) => peakBytes / MB));
  if (bound) checkBound(name, ours, bound);
  const peerName = `PyTorch ${versions.torch} and transformers ${versions.transformers} in Python, CPU, float32`;
  return [row(name, "MB", ours, peer, { peerName, backend, spread: bound ? { bound } : {} })];
}

/** What a process takes beyond what it had before it loaded, in models' sizes: 1 is the model alone. */
export async function loadMemory({ folder, name, bound }, { backend, quick }) {
  const path = join(paths.models, folder);
  const weights = readdirSync(path).filter((file) => /\.(safetensors|bin)$/.test(file));
  const modelBytes = weights.reduce((sum, file) => sum + statSync(join(path, file)).size, 0);
  const times = [];
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    const { startBytes, peakBytes } = await measureOurs(backend, "load", path);
    times.push((peakBytes - startBytes) / modelBytes);
  }
  checkBound(name, times, bound);
  const bounds = times.map(() => bound);
  return [row(name, "times the model", times, bounds, { peerName: "the bound that loading keeps", backend, spread: { modelBytes } })];
}
