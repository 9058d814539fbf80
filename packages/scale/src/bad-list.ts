import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fail } from "@rsdix/internal";
import { endOf, type FileNotes } from "./parquet";
import { shardFiles } from "./run-files";
import type { FailedShard } from "./run-shards";
import type { ShardRun } from "./shard-run";
import type { BadItem } from "./shard-work";

/** Notes in a shard's file: how many lines the list of what could not be used has, and its SHA-256. */
const COUNT = "rsdix.bad";
const HASH = "rsdix.bad.sha256";

/** The list of what could not be used, as a file has it; "" for none. */
export const badText = (bad: readonly BadItem[]) => bad.map((item) => `${JSON.stringify(item)}\n`).join("");

/** What a shard's file notes of its list. */
export const badNotes = (bad: readonly BadItem[]): FileNotes => ({
  [COUNT]: String(bad.length),
  ...(bad.length > 0 && { [HASH]: hashOf(badText(bad)) }),
});

/** How many there are, of a shard's notes. */
export const badCount = (notes: FileNotes) => Number(notes[COUNT] ?? 0);

/** Reads a list, which must be what was written with the shard. */
export async function readBad(path: string, notes: FileNotes): Promise<BadItem[]> {
  if (badCount(notes) === 0) return [];
  const text = await readFile(path, "utf8").catch((error: Error) =>
    fail("FILE_NOT_FOUND", `${path} cannot be read: ${error.message}.`, error),
  );
  const lines = text.split("\n").filter((line) => line !== "");
  if (hashOf(text) !== notes[HASH])
    fail(
      "FILE_CORRUPT",
      `${path} is not what was written there: it has ${lines.length} lines, the shard says ${badCount(notes)}, and its checksum is another. ` +
        "Remove both, and run again.",
    );
  return lines.map((line) => JSON.parse(line) as BadItem);
}

const LIST = ".bad.jsonl";

/** Of the shards that are done, those whose list is there and is not what was written. Only what has a list is looked at. */
export async function damagedLists(run: ShardRun, names: Iterable<string>): Promise<FailedShard[]> {
  const lists = new Set([...names].filter((name) => name.endsWith(LIST)).map((name) => name.slice(0, -LIST.length)));
  const damaged: FailedShard[] = [];
  for (const shard of lists.size > 0 ? run.shards : []) {
    if (!lists.has(shard.name)) continue;
    const { results, bad } = shardFiles(run.folder, shard);
    const end = await endOf(results).catch(() => undefined); // that isn't done
    if (end) await readBad(bad, end.notes).catch(({ message }: Error) => damaged.push({ name: shard.name, reason: message }));
  }
  return damaged;
}

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
