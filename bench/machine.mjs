// What a result was measured on.
import { existsSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";

/** How many threads each side of a suite computes on. */
export const THREADS = 2;

export function machine() {
  return `${cpus()[0].model.trim()}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
}

/** Whether what is said of the machine that a row was measured on is true of this one: the processor and the cores. */
export const isSameMachine = (text) => text?.startsWith(`${cpus()[0].model.trim()}, ${availableParallelism()} cores, `) ?? false;

/** Ends a suite that lacks what it measures, or measures against: `npm run bench` says so, and goes on with the next. */
export function leaveOut(why) {
  console.error(why);
  process.exit(LEFT_OUT);
}

/** The exit code of a suite that was left out. */
export const LEFT_OUT = 3; // 2 is for what it was started with

/**
 * The jobs whose needs are there, all of them in most runs. Says in a line which are left out, and what brings what they need; ends the suite where none is
 * left.
 *
 * @param needs - the paths that a job needs
 * @param nameOf - what a job is called
 * @param how - what makes the paths, in a sentence
 */
export function possible(jobs, needs, nameOf, how) {
  const isPossible = (job) => needs(job).every((path) => existsSync(path));
  const lacking = jobs.filter((job) => !isPossible(job));
  if (lacking.length === jobs.length) leaveOut(how);
  if (lacking.length > 0) console.log(`Left out: ${lacking.map(nameOf).join(", ")}. ${how}`);
  return jobs.filter(isPossible);
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Between what the values lie. */
export const range = (values) => ({ min: Math.min(...values), max: Math.max(...values) });
