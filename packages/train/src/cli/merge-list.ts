import { createReadStream } from "node:fs";
import { lstat, rm, stat } from "node:fs/promises";
import { realPath, writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { type MergeResult, openShardRun, refuseRunFiles } from "@rsdix/scale";

/** More characters than a line of a list has; a file of bytes may have no end of a line at all. */
const MAX_LINE = 1_000_000;

/** What is beside a merge's file before it: nothing, an empty file, or the list of an earlier merge. */
export type ListThere = "none" | "empty" | "list";

/** Before anything is written: refuses to replace what is beside the output, where it is the run's own or no list of a merge. */
export async function checkList(folder: string, path: string): Promise<ListThere> {
  if (!(await lstat(path).catch(() => undefined))) return "none";
  const { shards } = await openShardRun(folder);
  await refuseRunFiles({ folder, archives: shards.flatMap(({ archive }) => archive ?? []) }, path);
  const there = await stat(path).catch(() => undefined);
  if (!there) return "none"; // a link to nothing
  if (there.isFile() && there.size === 0) return "empty";
  if (there.isFile() && (await isList(path))) return "list";
  return fail(
    "INVALID_ARGUMENT",
    `${path} is there already and is no list of what could not be used, which a merge may replace: remove it, or name another file.`,
  );
}

/** Writes the list; of nothing there is none, and an earlier one would be taken for this merge's. */
export async function writeList(path: string, bad: MergeResult["bad"], there: ListThere): Promise<void> {
  if (bad.length > 0) return writeFileAtomic(path, bad.map((item) => `${JSON.stringify(item)}\n`).join(""));
  if (there !== "list") return;
  await rm(realPath(path), { force: true }).catch((error: Error) =>
    fail(
      "WRITE_FAILED",
      `${path} is of an earlier merge and cannot be removed: ${error.message}. Remove it: nothing was left out now.`,
      error,
    ),
  );
}

/** Whether each line of a file is one of a list. */
async function isList(path: string): Promise<boolean> {
  let rest = "";
  try {
    for await (const text of createReadStream(path, "utf8") as AsyncIterable<string>) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      if (!lines.every(isItem) || rest.length > MAX_LINE) return false;
    }
  } catch (error) {
    return fail("FILE_NOT_FOUND", `${path} cannot be read: ${(error as Error).message}. Remove it, or name another file.`, error);
  }
  return rest === ""; // each line has its end
}

function isItem(line: string): boolean {
  try {
    const item = JSON.parse(line) as Record<string, unknown>;
    return Object.keys(item).sort().join() === "file,reason,shard" && Object.values(item).every((value) => typeof value === "string");
  } catch {
    return false; // no JSON, or null
  }
}
