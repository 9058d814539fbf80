import { readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { fail } from "@rsdix/internal";
import { hashOf } from "./hash-of";
import { endOf, type FileNotes } from "./parquet";
import type { Shard } from "./plan";
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
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => failToRead(path, notes, error));
  const lines = text.split("\n").filter((line) => line !== "");
  if (hashOf(text) !== notes[HASH])
    fail(
      "FILE_CORRUPT",
      `${path} is not what was written there: it has ${lines.length} lines, the shard says ${badCount(notes)}, and its checksum is another. ` +
        "Remove both, and run again.",
    );
  return lines.map((line) => JSON.parse(line) as BadItem);
}

function failToRead(path: string, notes: FileNotes, error: NodeJS.ErrnoException): never {
  const { base, dir } = parse(path);
  const results = join(dir, base.replace(LIST, RESULTS_END));
  fail(
    "FILE_NOT_FOUND",
    error.code === "ENOENT"
      ? `${path} is missing: the shard says that ${badCount(notes)} could not be used, which are listed there. Put it back, or remove ${results} and run again.`
      : `${path} cannot be read: ${error.message}. Let it be read, or remove it and ${results}, and run again.`,
    error,
  );
}

const LIST = ".bad.jsonl";
const RESULTS_END = ".parquet";

/** Of so many shards that are done each is looked at, which takes a second or a few. Of more, only those with a list; a merge looks at all. */
const MOST_LOOKED_AT = 10_000;
const AT_A_TIME = 16;

/** Of the shards that are done, those whose list is not what was written, or is missing. */
export async function damagedLists(run: ShardRun, names: Iterable<string>): Promise<FailedShard[]> {
  const lists = new Set<string>();
  const done = new Set<string>();
  for (const name of names) {
    if (name.endsWith(LIST)) lists.add(name.slice(0, -LIST.length));
    else if (name.endsWith(RESULTS_END) && done.size <= MOST_LOOKED_AT) done.add(name.slice(0, -RESULTS_END.length));
  }
  const looked = done.size <= MOST_LOOKED_AT ? done : lists;
  const shards = looked.size > 0 ? run.shards.filter(({ name }) => looked.has(name)) : [];
  const damaged: FailedShard[] = [];
  for (let first = 0; first < shards.length; first += AT_A_TIME) {
    const some = await Promise.all(shards.slice(first, first + AT_A_TIME).map((shard) => damageOf(run, shard)));
    damaged.push(...some.filter((each) => each !== undefined));
  }
  return damaged;
}

async function damageOf(run: ShardRun, shard: Shard): Promise<FailedShard | undefined> {
  const { results, bad } = shardFiles(run.folder, shard);
  const end = await endOf(results).catch(() => undefined); // that isn't done
  if (!end) return undefined;
  return readBad(bad, end.notes).then(
    () => undefined,
    ({ message }: Error) => ({ name: shard.name, reason: message }),
  );
}
