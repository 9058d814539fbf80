// The rows of bench/results/losses.json: less is always better.
import { row } from "../rows.mjs";

/** A row of one number each. `goal` is the least ratio. */
export function numberRow(name, unit, ours, { peer, ...given }) {
  return lossRow(name, unit, [ours], [peer], given);
}

/** A row of the times of two sides that took turns. */
export function timeRow(name, ours, peer, given) {
  return lossRow(name, "ms", ours.ms, peer.ms, given);
}

function lossRow(name, unit, ours, peer, { peerName, backend, goal, spread }) {
  return row(name, unit, ours, peer, { peerName, backend, spread: { ...(goal && { goal }), ...spread } });
}

export function show({ name, unit, ours, peer, peerName, ratio, runs, spread, backend }) {
  const number = (value) => (unit === "bytes" ? `${(value / 1e6).toFixed(1)} MB` : `${value.toPrecision(4)} ${unit}`);
  const missed = spread.goal && ratio < spread.goal ? `, MISSES the goal ${spread.goal.toFixed(3)}` : "";
  const noise = spread.ratio && runs > 1 ? ` [${spread.ratio.min.toFixed(2)} to ${spread.ratio.max.toFixed(2)} in ${runs}]` : "";
  console.log(`  ${name}, ${backend}: ${number(ours)} against ${number(peer)} (${peerName}): ratio ${ratio.toFixed(3)}${noise}${missed}`);
}
