// The rows of bench/results/models.json.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { machine, median, range } from "../machine.mjs";
import { THREADS } from "./sides.mjs";

export const path = fileURLToPath(new URL("../results/models.json", import.meta.url));

/** A row of measurements of two sides, a round each: medians, and a ratio above 1 where ours is better. `higher`: more is better. */
export function row(name, unit, ours, peer, { peerName, backend, higher = false, spread = {} }) {
  const ratios = ours.map((value, round) => (higher ? value / peer[round] : peer[round] / value));
  const [a, b] = [median(ours), median(peer)];
  const noise = ours.length > 1 ? { ours: range(ours), peer: range(peer), ratio: { ...range(ratios), median: median(ratios) } } : {};
  return {
    name,
    unit,
    ours: a,
    peer: b,
    peerName,
    ratio: higher ? a / b : b / a,
    runs: ours.length,
    spread: { ...noise, ...spread },
    backend,
    machine: `${machine()}, ${THREADS} threads`,
  };
}

export function show({ name, unit, ours, peer, ratio, runs, spread, backend }) {
  const noise = spread.ratio ? ` [${spread.ratio.min.toFixed(2)} to ${spread.ratio.max.toFixed(2)} in ${runs}]` : "";
  console.log(`  ${name}, ${backend}: ${ours.toPrecision(4)} ${unit} against ${peer.toPrecision(4)}, ratio ${ratio.toFixed(3)}${noise}`);
}

const key = ({ name, peerName, backend }) => [name, peerName, backend].join("|");

/** Adds rows to the file; those of the same name, peer and backend are replaced where they stand. */
export function keep(rows, file = path) {
  const all = new Map((existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : []).map((row) => [key(row), row]));
  for (const row of rows) all.set(key(row), row);
  writeFileSync(file, `${JSON.stringify([...all.values()], null, 2)}\n`);
}
