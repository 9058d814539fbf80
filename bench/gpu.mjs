// The models of bench/backend on a graphics card: ours on WebGPU in Node (Dawn), in float32, beside PyTorch on CUDA, in float32 without TF32. Both are
// processes that take turns and hold the same weights, so that their results are compared too. Writes bench/results/gpu.json. Needs a card, its Vulkan driver
// and a Python with a PyTorch for CUDA; before it: npm run build.
//
//   npm run bench -- gpu [--ours FILE: ours.mjs in one bundle, for a machine without node_modules] [--python python3] [--out FILE]
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import { readArguments } from "../scripts/lib/arguments.mjs";
import { installed } from "../scripts/lib/installed.mjs";
import { placeProblem } from "../scripts/lib/output.mjs";
import { startChild } from "./backend/child.mjs";
import { attention, forward, rows as onProcessors, training } from "./backend/rows.mjs";
import { leaveOut, machine, median } from "./machine.mjs";
import { addTo, row, show } from "./rows.mjs";
import { inTurns } from "./turns.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const OURS = join(here, "backend/ours.mjs");
const { options } = readArguments("[--ours FILE] [--python PROGRAM] [--out FILE]", {
  options: {
    ours: { type: "string", default: OURS },
    python: { type: "string", default: "python3" },
    out: { type: "string", default: join(here, "results/gpu.json") },
  },
  check: ({ ours, out }) => placeProblem(resolve(out), "file") ?? (existsSync(ours) ? undefined : `--ours "${ours}" isn't there.`),
});
if (options.ours === OURS) await installed(() => import("@rsdix/backend"));
if (spawnSync(options.python, ["-c", "import sys, torch; sys.exit(not torch.cuda.is_available())"]).status !== 0)
  leaveOut(
    `${options.python} has no PyTorch that finds a card: node bench/backend/setup.mjs makes one, python/bin/python in its folder, for --python.`,
  );
mkdirSync(dirname(resolve(options.out)), { recursive: true });

/** Dawn says no more than a driver's version of some cards. */
function card() {
  const [name, driver] = (
    spawnSync("nvidia-smi", ["--query-gpu=name,driver_version", "--format=csv,noheader"], { encoding: "utf8" }).stdout ?? ""
  ).split(", ");
  return driver ? `${name} (driver ${driver.trim()})` : (ours.hello.adapter ?? "unnamed card");
}

const rows = [
  ...["sgemm-512", "sgemm-1024", "sgemm-400", "sgemm-1600"].map((id) => ({
    ...{ id, name: onProcessors.find((each) => each.id === id).name },
    ...{ unit: "ms, one at a time", value: (ms) => ms },
  })),
  attention,
  ...[1, 8, 64].map(forward),
  ...[8, 32].map((batch) => ({ ...training(batch), rounds: 5 })),
];

const sides = [
  { key: "ours", child: await startChild(process.execPath, [options.ours, "webgpu"], env) },
  { key: "peer", child: await startChild(options.python, [join(here, "backend/torch_peer.py")], { ...env, TORCH_DEVICE: "cuda" }) },
];
const [{ child: ours }, { child: peer }] = sides;
const measuredOn = `${card()}; ${machine()}`;
for (const timed of rows) {
  const ms = { ours: [], peer: [] };
  const first = {};
  for (const { key, child } of sides) first[key] = await child.ask({ workload: timed.id, warm: 2, repeats: 1 });
  const rounds = timed.rounds ?? 9;
  await inTurns(sides, rounds, async ({ key, child }) => {
    ms[key].push(median((await child.ask({ workload: timed.id, warm: 1, repeats: timed.rounds ? 2 : 5 })).ms));
  });
  const differences = first.ours.check.map((value, i) => Math.abs(value - first.peer.check[i]) / Math.max(1, Math.abs(value)));
  const resultsDifferBy = Math.max(0, ...differences);
  const [a, b] = [ms.ours, ms.peer].map((times) => times.map(timed.value));
  const given = { backend: "webgpu", machine: measuredOn, spread: { resultsDifferBy } };
  if (!(resultsDifferBy < 1e-3)) throw new Error(`${timed.name}: the results differ by ${resultsDifferBy}`);
  const result = row(timed.name, timed.unit, a, b, { ...given, peerName: `PyTorch ${peer.hello.version} on CUDA, float32` });
  show(result);
  addTo(options.out, [result]); // as far as it has come
}
await Promise.all(sides.map(({ child }) => child.close()));
