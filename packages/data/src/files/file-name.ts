import { fail } from "@rsdix/internal";
import { filenameProblem } from "../filename-problem";

/** What systems put beside one's files: no part of a data set, so no store lists it. */
const LITTER = /(^|\/)(__MACOSX\/|\.DS_Store$|\._[^/]*$|Thumbs\.db$|desktop\.ini$)/i;

/** Whether a name is of a file that macOS or Windows put there: `__MACOSX/x`, `.DS_Store`, `._x`, `Thumbs.db`, `desktop.ini`. */
export function isLitter(name: string): boolean {
  return LITTER.test(name);
}

/** Whether a file is hidden, or in a folder that is: what notebooks, version control and caches keep beside images (`.ipynb_checkpoints`, `.git`). */
export function isHidden(name: string): boolean {
  return /(^|\/)(\.|__MACOSX\/)/.test(name);
}

/** A name with "/" between folders, where annotations and zip files made on Windows have "\". */
export function withSlashes(name: string): string {
  return name.replaceAll("\\", "/");
}

/** The one spelling of a file's name, as stores know it: "./a//b.png" and "a\\b.png", which annotations and archives may have, are "a/b.png". */
export function storeName(name: string): string {
  const slashed = withSlashes(name);
  if (!/(^|\/)\.?(\/|$)/.test(slashed)) return slashed;
  return slashed
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** The name that is asked for, with "/"; INVALID_ARGUMENT where it leaves the store. */
export function checkedName(name: string, store: string): string {
  const problem = filenameProblem(name);
  if (problem) {
    fail("INVALID_ARGUMENT", `A file of ${store} must be named by a path below it, got ${JSON.stringify(name)}, which ${problem}.`);
  }
  return storeName(name);
}

/** In the order of UTF-16 code units, which is the same on every system. */
export function sorted(names: Iterable<string>): string[] {
  return [...names].sort();
}
