// How ours and PyTorch are started, and how sides take turns.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startChild } from "../backend/child.mjs";
import { benchEnvironment, paths, versions } from "../backend/peers.mjs";
import { median, THREADS } from "../machine.mjs";
import { beforeTurn, inTurns, roundsWithin } from "../turns.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** A process that computes losses with ours, or the original's order, on a backend. */
export const startOurs = (backend) => startChild(process.execPath, [join(here, "side.mjs"), backend], benchEnvironment(THREADS));

const mkl = existsSync(paths.mklAvx512) ? { LD_PRELOAD: paths.mklAvx512 } : {};
export const torch = {
  name: `PyTorch ${versions.torch} eager, dense${mkl.LD_PRELOAD ? ", its MKL on AVX-512 kernels" : ", as shipped"}`,
  present: existsSync(paths.python),
  start: () => startChild(paths.python, [join(here, "torch_losses.py")], benchEnvironment(THREADS, mkl)),
};

/** A turn is repeated until it lasts about so long. */
const TURN_LENGTH_MS = 50;

/**
 * Runs each side once under watch (`profile`), then all in turn, in alternating order, until `budget` milliseconds are spent, at least `least` and at
 * most `most` rounds. A side is { child, workload }; it gets { profile, ms: a median a round }.
 */
export async function takeTurns(sides, { budget = 6000, least = 3, most = 15 } = {}) {
  const apart = new Set(sides.map(({ child }) => child)).size > 1;
  const ask = async ({ child, workload }, request) => {
    if (apart) await beforeTurn();
    return child.ask({ workload, warm: 0, repeats: 0, ...request });
  };
  for (const side of sides) side.profile = (await ask(side, { profile: true })).profile;
  for (const side of sides) {
    // The first run is slow where it is short: code isn't compiled yet.
    const first = side.profile.ms > budget / 4 ? side.profile.ms : median((await ask(side, { repeats: 1 })).ms);
    side.repeats = Math.min(20, Math.max(1, Math.round(TURN_LENGTH_MS / first)));
    side.ms = [];
    side.first = first;
  }
  const round = sides.reduce((sum, { first, repeats }) => sum + first * repeats, 0);
  const rounds = roundsWithin({ budget, least, most }, round);
  await inTurns(sides, rounds, async (side) => side.ms.push(median((await ask(side, { repeats: side.repeats })).ms)));
  if (rounds === 0) for (const side of sides) side.ms.push(side.first); // one run each, the watched one
  return sides;
}
