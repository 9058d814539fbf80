import { statSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { pathOf, realPath } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { PLAN, RESULTS } from "./run-files";
import { SUBMISSIONS } from "./slurm/submission";

/** Archives that are asked for before the event loop has its turn. */
const LOOK_UP = 1000;
/** What a Parquet file begins with, and no archive does. */
const PARQUET = "PAR1";

/** Of a run, where it is and what it reads. */
export interface RunPlaces {
  /** Its folder. */
  readonly folder: string;
  /** Its archives: names or addresses; none of a list's. */
  readonly archives: readonly string[];
}

/**
 * Refuses an output that the run reads or is made of, by whatever name it is given: through a link, relative, in other letters' case.
 *
 * @param run - its folder, which need not be there yet, and its archives.
 * @param output - the file that is to be written.
 * @throws RsdixError INVALID_ARGUMENT with what the file is.
 * @example
 * ```ts
 * import { refuseRunFiles } from "@rsdix/scale";
 * const run = { folder: "results", archives: ["/data/a.tar"] };
 * await refuseRunFiles(run, "results.parquet"); // may be written
 * const refused = await refuseRunFiles(run, "/data/a.tar").catch((error: { code: string }) => error.code);
 * if (refused !== "INVALID_ARGUMENT") throw new Error("expected that an archive stays");
 * ```
 */
export async function refuseRunFiles({ folder, archives }: RunPlaces, output: string): Promise<void> {
  const isOf = (what: string) => fail("INVALID_ARGUMENT", `${output} is ${what} of the run, which would be replaced: name another file.`);
  const target = realName(output);
  if (target === realName(join(folder, PLAN))) isOf("the plan");
  for (const [name, what] of [
    [RESULTS, "a shard"],
    [SUBMISSIONS, "what Slurm was given"],
  ] as const)
    if (`${target}${sep}`.startsWith(`${realName(join(folder, name))}${sep}`)) isOf(what);
  // Each archive is only asked for where the output is there, and may be one: of many that takes seconds.
  const there = (await isParquet(output)) ? undefined : await stat(output, { bigint: true }).catch(() => undefined);
  for (const [i, archive] of archives.entries()) {
    if (/^https?:/i.test(archive)) continue;
    if (i % LOOK_UP === 0) await turn();
    const path = pathOf(archive);
    if (nameOf(path) === target) isOf("an archive");
    const given = there && statOf(path);
    if (given && given.ino === there.ino && given.dev === there.dev) isOf("an archive");
  }
}

/** A path without links, as far as it is there, in letters of one case: on some systems case makes no difference. */
const realName = (path: string) => nameOf(realPath(path));

const nameOf = (path: string) => resolve(path).toLowerCase();

function statOf(path: string) {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined; // a link in a circle, or what may not be read
  }
}

/** Whether a file begins as Parquet does. */
export async function isParquet(path: string): Promise<boolean> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return false; // a pipe would be waited for
  const file = await open(path).catch(() => undefined);
  if (!file) return false;
  try {
    const { buffer } = await file.read(Buffer.alloc(PARQUET.length), 0, PARQUET.length, 0);
    return buffer.toString("latin1") === PARQUET;
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
