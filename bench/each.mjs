// What a suite measures, part by part: one that fails is said so, and costs the others nothing.
import { existsSync } from "node:fs";
import { listed, notListed, readArguments } from "../scripts/lib/arguments.mjs";
import { leaveOut } from "./machine.mjs";
import { keep, show } from "./rows.mjs";

/**
 * Measures each job in its turn.
 *
 * @param jobs - what is measured
 * @param nameOf - what a job is called where it fails
 * @param measure - measures a job, and shows and keeps what it found
 * @returns the suite's exit code: 1 where a job failed
 */
export async function measureEach(jobs, nameOf, measure) {
  let code = 0;
  for (const job of jobs) {
    try {
      await measure(job);
    } catch (error) {
      code = 1;
      console.error(`${nameOf(job)} FAILED: ${reasonOf(error)}`);
    }
  }
  return code;
}

/**
 * Measures each job in its turn, tells how long it took, shows its rows and keeps them as they come.
 *
 * @param suite - whose file of bench/results gets the rows; undefined: they are only shown
 * @param jobs - what is measured
 * @param measure - measures a job, and gives its rows
 * @param options - `nameOf` a job, and `showRow`, where a suite shows its rows in another way
 * @returns the suite's exit code: 1 where a job failed
 */
export function measureRows(suite, jobs, measure, { nameOf = (job) => job, showRow = show } = {}) {
  const begin = performance.now();
  const seconds = (from) => Math.round((performance.now() - from) / 1000);
  return measureEach(jobs, nameOf, async (job) => {
    const started = performance.now();
    const rows = await measure(job);
    if (rows.length === 0) return;
    console.log(`${nameOf(job)}: ${seconds(started)} s (${seconds(begin)} s in all)`);
    for (const row of rows) showRow(row);
    if (suite) keep(rows, suite);
  });
}

/**
 * What of a suite can be measured here. Says in a line what can't, and what to do about it; the suite is left out where nothing remains.
 *
 * @param jobs - what would be measured
 * @param obstacle - why a job can't be, such as `comesWith` says; undefined where it can
 * @param nameOf - what a job is called where it's left out, of it and of why
 * @returns the jobs that nothing is in the way of
 */
export function possible(jobs, obstacle, nameOf = (job) => job) {
  const rest = [];
  const left = new Map();
  for (const job of jobs) {
    const why = obstacle(job);
    if (why === undefined) rest.push(job);
    else left.set(why, (left.get(why) ?? new Set()).add(nameOf(job, why)));
  }
  if (left.size === 0) return jobs;
  const line = `Left out: ${[...left].map(([why, names]) => `${[...names].join(", ")} (${why})`).join("; ")}.`;
  if (rest.length === 0) leaveOut(line);
  console.log(line);
  return rest;
}

/**
 * What a suite of sections was started with, which takes no more than `--only` and `--quick`.
 *
 * @param suite - its folder, whose setup.mjs makes what is needed
 * @param names - of all its sections
 * @param needs - the files that each needs
 * @returns the sections that are `wanted` and can be measured here, and whether it is to be `quick`
 */
export function askedSections(suite, names, needs) {
  const { options } = readArguments("[--only SECTION,...] [--quick]", {
    options: { only: { type: "string", default: names.join(",") }, quick: { type: "boolean", default: false } },
    check: ({ only }) => notListed("--only", only, names),
  });
  const wanted = possible(listed(options.only), (section) => comesWith(`bench/${suite}/setup.mjs`, needs[section]));
  return { wanted, quick: options.quick };
}

/** What to do about files that aren't there: undefined where they are. */
export function comesWith(script, files) {
  return files.every((file) => existsSync(file)) ? undefined : `node ${script} makes what is needed`;
}

/** A process that ended tells all that it said, with a stack trace: the line that names the error is enough. */
function reasonOf({ message }) {
  return message.split("\n").find((line) => /Error:/.test(line)) ?? message;
}
