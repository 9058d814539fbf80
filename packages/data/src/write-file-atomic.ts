import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";
import { fail } from "@rsdix/internal";

/**
 * Writes a file so that it is there whole or not at all: to a temporary name beside it, flushed to the disk, then renamed. Whatever goes
 * wrong (a full disk, a crash, Ctrl-C), a file that was there before stays as it was.
 *
 * @param path - the file to write; its folder must exist, and where it is a link the file that it points to is written.
 * @param content - bytes, or text to be written as UTF-8.
 * @throws RsdixError WRITE_FAILED with the path and the reason; no temporary file is left then.
 * @example
 * ```ts
 * import { mkdtemp, readFile, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { writeFileAtomic } from "@rsdix/data/node";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * await writeFileAtomic(join(folder, "scores.tsv"), "top1\t0.814\n");
 * if ((await readFile(join(folder, "scores.tsv"), "utf8")) !== "top1\t0.814\n") throw new Error("expected the text");
 * await rm(folder, { recursive: true });
 * ```
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/functions/rename.html
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  if (typeof path !== "string" || path === "") fail("INVALID_ARGUMENT", `path must be a file name, got ${JSON.stringify(path)}.`);
  const there = await fs.stat(path).catch(() => undefined); // of what a link leads to
  if (there && !there.isFile() && !there.isDirectory()) {
    fail("WRITE_FAILED", `${path} is a device, a pipe or a socket, which a file would take the place of. Name a file.`);
  }
  const target = await fs.realpath(path).catch(() => path);
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    const mode = there ? there.mode & 0o777 : 0o666; // what open() gives a new file, less the umask
    const handle = await fs.open(temporary, "wx", mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, target);
  } catch (cause) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    fail(
      "WRITE_FAILED",
      `${path} could not be written: ${reason(cause as NodeJS.ErrnoException)} What was there before is unchanged.`,
      cause,
    );
  }
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full. Free some space or write elsewhere.";
    case "ENOENT":
      return "its folder does not exist. Create it first.";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "writing there is not permitted.";
    case "EISDIR":
      return "it is a folder.";
    default:
      return `${message}.`;
  }
}
