import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fail } from "@rsdix/internal";

/** What a log holds; nothing where there is none. */
export function readLog(path: string): string {
  return writing(path, () => (existsSync(path) ? readFileSync(path, "utf8") : ""));
}

/** Writes a log anew, under a temporary name that is renamed. */
export function replaceLog(path: string, content: string): void {
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    const temporary = `${path}.tmp`;
    writeFileSync(temporary, content, { flush: true });
    renameSync(temporary, path);
  });
}

/** Appends all of it or nothing. */
export function appendLog(path: string, content: string | Uint8Array): void {
  writing(path, () => {
    const before = existsSync(path) ? statSync(path).size : 0;
    try {
      appendFileSync(path, content);
    } catch (error) {
      if (existsSync(path)) truncateSync(path, before); // a full disk may have taken half of it
      throw error;
    }
  });
}

/** Does what a log needs of the disk; says which log could not be written. */
export function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    return fail("WRITE_FAILED", `Cannot write ${path}: ${String(error)}. What was written before is whole.`, error);
  }
}
