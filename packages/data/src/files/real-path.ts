import { readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fail, show } from "@rsdix/internal";

/** As many links may follow one another as systems follow, so that links in a circle end. */
const MAX_LINKS = 40;

/**
 * Where a path leads, links followed as far as there is something: a file that is yet to be made lies in the folder that a link leads to, and a link to nothing
 * leads to what is made when it is written to.
 *
 * @param path - of a file or folder, which need not be there.
 * @returns the path in full without links; of links in a circle, and of what may not be read, as far as it goes.
 * @throws RsdixError INVALID_ARGUMENT for what is no text.
 * @example
 * ```ts
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { realPath } from "@rsdix/data/node";
 * const folder = realPath(tmpdir());
 * if (realPath(join(tmpdir(), "none", "a.json")) !== join(folder, "none", "a.json")) throw new Error("expected it in the folder");
 * ```
 * @see https://nodejs.org/api/fs.html#fspromisesrealpathpath-options
 */
export function realPath(path: string): string {
  if (typeof path !== "string") fail("INVALID_ARGUMENT", `A path must be text, got ${show(path)}.`);
  return followed(path, 0);
}

function followed(path: string, depth: number): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    const target = depth < MAX_LINKS ? linkOf(absolute) : undefined; // a link to nothing yet: what is written to it is made there
    if (target !== undefined) return followed(resolve(followed(parent, depth + 1), target), depth + 1);
    return parent === absolute ? absolute : join(followed(parent, depth), basename(absolute));
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
