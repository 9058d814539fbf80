import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail, show } from "@rsdix/internal";

/**
 * The path that a text means: a path, one from the home folder (`~/`), or a `file:` address.
 *
 * @param source - the text.
 * @returns the path; one that is relative stays so.
 * @throws RsdixError INVALID_ARGUMENT for what is no text, for an address of another machine, or one with what no file's name may have, such as an escaped
 * stroke.
 * @example
 * ```ts
 * import { pathOf } from "@rsdix/data/node";
 * if (pathOf("file:///data/tiles.tar") !== "/data/tiles.tar") throw new Error("expected the path");
 * ```
 * @see RFC 8089, https://www.rfc-editor.org/rfc/rfc8089 (`file:` addresses)
 */
export function pathOf(source: string): string {
  if (typeof source !== "string") fail("INVALID_ARGUMENT", `A path must be text, got ${show(source)}.`);
  if (!/^file:/i.test(source)) return source.startsWith("~/") ? join(homedir(), source.slice(2)) : source;
  const wrong = (why: string, cause?: unknown) =>
    fail("INVALID_ARGUMENT", `${source} is no address of a file on this machine: ${why}. Give a path, or file:///folder/file.`, cause);
  try {
    const path = fileURLToPath(source);
    return path.includes("\0") ? wrong("it has a character of number 0") : path;
  } catch (error) {
    if ((error as Error).name === "RsdixError") throw error;
    return wrong((error as Error).message, error);
  }
}
