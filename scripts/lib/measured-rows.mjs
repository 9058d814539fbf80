// Rows of bench/results, and their figures in the units that prose has them in.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./workspace.mjs";

const suites = new Map();

/** The one row of a suite with that name, on that backend, beside the peer that is called so, or else whose name begins so. */
export function row(suite, name, { on, peer = "" } = {}) {
  if (!suites.has(suite)) suites.set(suite, JSON.parse(readFileSync(join(repository, `bench/results/${suite}.json`), "utf8")));
  const named = suites.get(suite).filter((each) => each.name === name && (on === undefined || each.backend === on));
  const exact = named.filter(({ peerName }) => peerName === peer);
  const found = exact.length > 0 ? exact : named.filter(({ peerName }) => peerName.startsWith(peer));
  if (found.length !== 1) throw new Error(`bench/results/${suite}.json has ${found.length} rows "${name}" (on ${on}, beside ${peer})`);
  return found[0];
}

/** Ours and the peer's, in a larger unit. */
export const both = ({ ours, peer }, unit = 1) => [ours / unit, peer / unit];

/** How many a second ours and the peer's are, of milliseconds for one. */
export const perSecond = ({ ours, peer }) => [1000 / ours, 1000 / peer];

/** The least and the most. */
export const range = (values) => [Math.min(...values), Math.max(...values)];

/** A figure that its page rounds to so many digits, and not to a place after the point. */
export const digits = (value, count) => Number(value.toPrecision(count));
