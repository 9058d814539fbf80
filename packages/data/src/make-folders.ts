import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fail, show } from "@rsdix/internal";

/**
 * Makes a folder with those that it is in, where they are not there. Node's own `recursive` never ends where a system answers that the folder around is
 * missing, which is there, as Linux does below /proc.
 *
 * @param folder - its path.
 * @returns when it is there, the first folder that was made for it, or undefined where it was there before.
 * @throws RsdixError INVALID_ARGUMENT for what is no path; else the system's error, such as ENOENT, EACCES, or EEXIST where a file is in its place.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { makeFolders } from "@rsdix/data/node";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * await makeFolders(join(folder, "tiles", "2026"));
 * await rm(folder, { recursive: true });
 * ```
 * @see https://nodejs.org/api/fs.html#fspromisesmkdirpath-options
 */
export async function makeFolders(folder: string): Promise<string | undefined> {
  if (typeof folder !== "string" || folder === "")
    fail("INVALID_ARGUMENT", `The folder to make must be a path, got ${folder === "" ? "an empty text" : show(folder)}.`);
  const make = () =>
    mkdir(folder).then(
      () => folder,
      async (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST" || !(await stat(folder)).isDirectory()) throw error;
        return undefined;
      },
    );
  return make().catch(async (error: NodeJS.ErrnoException) => {
    const around = dirname(folder); // as it is written: what `..` leads back from may be a link
    if (error.code !== "ENOENT" || around === folder) throw error;
    const first = await makeFolders(around);
    const made = await make();
    return first ?? made;
  });
}
