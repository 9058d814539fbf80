// How ours and the peer are started, and how they take turns.
import { join } from "node:path";
import { startChild } from "../backend/child.mjs";
import { benchEnvironment } from "../backend/peers.mjs";
import { median, THREADS } from "../machine.mjs";
import { beforeTurn, inTurns, roundsWithin } from "../turns.mjs";
import { here } from "./peers.mjs";

const start = (script, ...args) => startChild(process.execPath, [join(here, script), ...args], benchEnvironment(THREADS));
export const startOurs = (backend) => start("ours.mjs", backend);
export const startPeer = () => start("peer.mjs", String(THREADS));

/** A turn is repeated until it lasts about so long. */
const TURN_LENGTH_MS = 300;

async function ask({ child, workload }, request) {
  await beforeTurn();
  return child.ask({ workload, warm: 0, ...request });
}

/**
 * Runs each side { child, workload } once, then all in turn, in alternating order, until `budget` milliseconds are spent, at least `least` and at most
 * `most` rounds. A side gets { check: its numbers, ms: a median a round, peakBytes }.
 */
export async function takeTurns(sides, { budget, least, most }) {
  for (const side of sides) {
    side.check = (await ask(side, { repeats: 1 })).check;
    const [ms] = (await ask(side, { repeats: 1 })).ms; // the first is slow: code isn't compiled yet
    Object.assign(side, { once: ms, repeats: Math.max(1, Math.round(TURN_LENGTH_MS / ms)), ms: [] });
  }
  const round = sides.reduce((sum, { once, repeats }) => sum + once * repeats, 0);
  await inTurns(sides, roundsWithin({ budget, least, most }, round), async (side) => {
    const answer = await ask(side, { repeats: side.repeats });
    side.ms.push(median(answer.ms));
    side.peakBytes = answer.peakBytes;
  });
}
