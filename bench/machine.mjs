// What a result was measured on.
import { availableParallelism, cpus, totalmem } from "node:os";

/** How many threads each side of a suite computes on. */
export const THREADS = 2;

export function machine() {
  return `${cpus()[0].model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
}

/** Ends a suite that lacks what it measures, or measures against: `npm run bench` says so, and goes on with the next. */
export function leaveOut(why) {
  console.error(why);
  process.exit(LEFT_OUT);
}

/** The exit code of a suite that was left out. */
export const LEFT_OUT = 3; // 2 is for what it was started with

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Between what the values lie. */
export const range = (values) => ({ min: Math.min(...values), max: Math.max(...values) });
