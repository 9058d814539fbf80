// The rows of bench/results/losses.json.
import { fileURLToPath } from "node:url";
import { machine, median, range } from "../machine.mjs";
import { THREADS } from "./sides.mjs";

export const path = fileURLToPath(new URL("../results/losses.json", import.meta.url));

/** A row of one number each, less is better. `goal` is the least ratio. */
export function numberRow(name, unit, ours, { peer, peerName, backend, goal, spread = {} }) {
  const noted = { ...(goal && { goal }), ...spread };
  return {
    name,
    unit,
    ours,
    peer,
    peerName,
    ratio: peer / ours,
    runs: 1,
    spread: noted,
    backend,
    machine: `${machine()}, ${THREADS} threads`,
  };
}

/** A row of the times of two sides that took turns. */
export function timeRow(name, ours, peer, given) {
  const ratios = ours.ms.map((ms, round) => peer.ms[round] / ms);
  const spread = { ours: range(ours.ms), peer: range(peer.ms), ratio: { ...range(ratios), median: median(ratios) }, ...given.spread };
  const row = numberRow(name, "ms", median(ours.ms), { ...given, peer: median(peer.ms), spread });
  return { ...row, runs: ours.ms.length };
}

export function show({ name, unit, ours, peer, peerName, ratio, runs, spread, backend }) {
  const number = (value) => (unit === "bytes" ? `${(value / 1e6).toFixed(1)} MB` : `${value.toPrecision(4)} ${unit}`);
  const missed = spread.goal && ratio < spread.goal ? `, MISSES the goal ${spread.goal.toFixed(3)}` : "";
  const noise = spread.ratio && runs > 1 ? ` [${spread.ratio.min.toFixed(2)} to ${spread.ratio.max.toFixed(2)} in ${runs}]` : "";
  console.log(`  ${name}, ${backend}: ${number(ours)} against ${number(peer)} (${peerName}): ratio ${ratio.toFixed(3)}${noise}${missed}`);
}
