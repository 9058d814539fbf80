import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fail, show } from "@rsdix/internal";

/** Throws on what is no path, before anything is made. */
export function checkLogPath(path: unknown, what: string): void {
  if (typeof path !== "string" || path === "") fail("INVALID_ARGUMENT", `${what} must be a path, got ${path === "" ? '""' : show(path)}.`);
}

/** The file that a path leads to, whether it is there yet or not: behind a link it is the link's target, and a folder's other name is the folder. */
export function fileBehind(path: string): string {
  const full = resolve(path);
  if (existsSync(full)) return realpathSync(full);
  if (lstatSync(full, { throwIfNoEntry: false })?.isSymbolicLink()) return fileBehind(resolve(dirname(full), readlinkSync(full)));
  const folder = dirname(full);
  return folder === full ? full : join(fileBehind(folder), basename(full));
}

/** What a log holds; nothing where there is none. */
export function readLog(path: string): string {
  return writing(path, () => {
    refusePipe(path);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  });
}

/** Writes a log anew, under a temporary name that is renamed; a link stays one. */
export function replaceLog(path: string, content: string): void {
  writing(path, () => {
    const file = fileBehind(path);
    makeLogFolder(dirname(file));
    const temporary = `${file}.tmp`;
    writeFileSync(temporary, content, { flush: true });
    renameSync(temporary, file);
  });
}

/** Makes a folder with those that it is in, at once, as `makeFolders` does it in its time: Node's own `recursive` never ends below /proc. */
export function makeLogFolder(folder: string): void {
  const full = resolve(folder);
  const make = () => {
    try {
      mkdirSync(full);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !statSync(full).isDirectory()) throw error;
    }
  };
  try {
    make();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(full) === full) throw error;
    makeLogFolder(dirname(full));
    make();
  }
}

/** Appends all of it or nothing. */
export function appendLog(path: string, content: string | Uint8Array): void {
  writing(path, () => {
    refusePipe(path);
    const before = existsSync(path) ? statSync(path).size : 0;
    try {
      appendFileSync(path, content);
    } catch (error) {
      if (existsSync(path)) truncateSync(path, before); // a full disk may have taken half of it
      throw error;
    }
  });
}

/** A pipe would be waited for, with nothing else done meanwhile, and can't be looked into again. */
function refusePipe(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO()) throw new Error("it is a pipe, and a log needs a file");
}

/** Does what a log needs of the disk; says which log could not be written. */
export function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    return fail("WRITE_FAILED", `Cannot write ${path}: ${String(error)}. What was written before is whole.`, error);
  }
}
