// The rows of bench/results/<suite>.json.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { machine, median, range, THREADS } from "./machine.mjs";

/** The file of a suite's rows. */
export const resultsOf = (suite) => fileURLToPath(new URL(`./results/${suite}.json`, import.meta.url));

/**
 * A row of measurements of two sides, a round each: medians, and a ratio above 1 where ours is better. `higher`: more is better; `machine`: what it was
 * measured on.
 */
export function row(
  name,
  unit,
  ours,
  peer,
  { peerName, backend, higher = false, spread = {}, machine: on = `${machine()}, ${THREADS} threads` },
) {
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
    machine: on,
  };
}

export function show({ name, unit, ours, peer, ratio, runs, spread, backend }) {
  const noise = spread.ratio ? ` [${spread.ratio.min.toFixed(2)} to ${spread.ratio.max.toFixed(2)} in ${runs}]` : "";
  console.log(`  ${name}, ${backend}: ${ours.toPrecision(4)} ${unit} against ${peer.toPrecision(4)}, ratio ${ratio.toFixed(3)}${noise}`);
}

/** A peer's name without the numbers of its version: a newer one's row takes the place of the older one's. */
const unversioned = (peerName) => peerName.replace(/\d+(\.\d+)+/g, "");

/** What a row is known by in its file. */
export const key = ({ name, peerName, backend, spread }) => [name, unversioned(peerName), backend, spread.kernels?.ours].join("|");

/**
 * Earlier rows with new ones; those of the same name, peer (of any version), backend and kernels are replaced where they stand. `place`: orders all by a row's
 * number.
 */
export function withNew(earlier, rows, place = () => 0) {
  const all = new Map(earlier.map((row) => [key(row), row]));
  for (const row of rows) all.set(key(row), row);
  return [...all.values()].sort((a, b) => place(a) - place(b));
}

/** Adds rows to a file of rows. */
export function addTo(file, rows, place) {
  const all = withNew(existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [], rows, place);
  writeFileSync(`${file}.new`, `${JSON.stringify(all, null, 2)}\n`); // a suite may be ended at any moment
  renameSync(`${file}.new`, file);
}

/** Adds rows to a suite's file. */
export const keep = (rows, suite, place) => addTo(resultsOf(suite), rows, place);
