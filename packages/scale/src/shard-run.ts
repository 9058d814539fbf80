import { lstat, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { ByteWriter } from "hyparquet-writer";
import { badNotes, badText } from "./bad-list";
import { checkPlace } from "./check-place";
import { checkRow, type Row } from "./columns";
import { columnData, parquetWriter, ROWS_PER_GROUP } from "./parquet";
import { imagesOf, planHash, type Shard, type ShardPlan, shardsOf } from "./plan";
import { makeFolder, RESULTS, resultsIn, shardFiles } from "./run-files";
import { seal, sealNote } from "./seal";
import { settlePlan } from "./settle-plan";
import type { BadItem, ShardWork } from "./shard-work";

/** How a shard went. */
export interface ShardResult {
  /** Which shard. */
  readonly shard: Shard;
  /** Its results. */
  readonly rows: number;
  /** Its images that could not be used. */
  readonly bad: number;
}

/** A folder in which a run's shards are done, each once, by any number of processes. */
export interface ShardRun {
  /** Where results go. */
  readonly folder: string;
  /** What is done. */
  readonly plan: ShardPlan;
  /** All shards, done or not, in order. */
  readonly shards: readonly Shard[];
  /** Those that aren't done yet. */
  pending(): Promise<Shard[]>;
  /** Does one shard: its file is there whole or not at all. */
  run(shard: Shard, work: ShardWork, signal?: AbortSignal): Promise<ShardResult>;
}

/** The note in a shard's file that says of which images it is. */
export const IMAGES_NOTE = "rsdix.images";
/** What the names of a work's own notes begin with. */
export const OWN_NOTE = "rsdix.note.";

/**
 * Opens a folder for a run, made where it isn't there. What was done before is kept: the same run may be begun again and again, here or on other machines
 * that see the folder.
 *
 * @param folder - where results go.
 * @param plan - what is done; the one in the folder where it is left out.
 * @returns the run.
 * @throws RsdixError INVALID_ARGUMENT where the folder holds another run, with what differs; FILE_NOT_FOUND without a plan here or there; FILE_CORRUPT;
 * WRITE_FAILED.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { mergeShards, openShardRun, type ShardPlan } from "@rsdix/scale";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const source = { kind: "list", name: "names", sha256: "of them", items: 5, parts: 2 } as const;
 * const plan: ShardPlan = { task: "name", source, key: { by: "nobody" }, columns: { caption: "string" } };
 * const run = await openShardRun(folder, plan);
 * for (const shard of await run.pending()) {
 *   await run.run(shard, async function* ({ first, end }) {
 *     for (let i = first!; i < end!; i++) yield { id: String(i), file: `${i}.png`, values: { caption: `a lake, ${i}` } };
 *   });
 * }
 * const { rows } = await mergeShards(folder, join(folder, "all.parquet"));
 * if (rows !== 5) throw new Error("expected every image once");
 * await rm(folder, { recursive: true });
 * ```
 */
export async function openShardRun(folder: string, plan?: ShardPlan): Promise<ShardRun> {
  checkPlace(folder, "folder");
  const known = await settlePlan(folder, plan);
  const shards = shardsOf(known);
  const hash = planHash(known);
  return {
    folder,
    plan: known,
    shards,
    async pending() {
      const done = new Uint8Array(shards.length);
      for (const file of resultsIn(join(folder, RESULTS))) {
        const shard = shards[Number.parseInt(file, 10)]; // names begin with their number
        if (shard && file === `${shard.name}.parquet`) done[shard.index] = 1;
      }
      return shards.filter(({ index }) => done[index] === 0);
    },
    async run(shard, work, signal = new AbortController().signal) {
      const files = shardFiles(folder, shard);
      await makeRoom(folder, files.results); // before the work, which would be for nothing
      const bad: BadItem[] = [];
      const rows: Row[] = [];
      const said: Record<string, string> = {};
      const note = (name: string, text: string) => {
        said[`${OWN_NOTE}${name}`] = text;
      };
      for await (const row of work(shard, { signal, note, bad: (item) => void bad.push(item) })) {
        if (signal.aborted) fail("ABORTED", `The shard ${shard.name} was stopped.`, signal.reason);
        checkRow(row, known.columns, shard.name);
        rows.push(row);
      }
      if (signal.aborted) fail("ABORTED", `The shard ${shard.name} was stopped.`, signal.reason);
      const writer = new ByteWriter();
      const notes = {
        "rsdix.plan": hash,
        "rsdix.shard": shard.name,
        ...badNotes(bad),
        ...imagesNote(known, shard),
        ...said,
        ...known.key,
        ...sealNote,
      };
      const parquet = parquetWriter(writer, known.columns, notes);
      if (rows.length > 0) await parquet.write({ columnData: columnData(rows, known.columns), rowGroupSize: ROWS_PER_GROUP });
      await parquet.finish();
      // The list first: with results the shard is done.
      if (bad.length > 0) await writeFileAtomic(files.bad, badText(bad));
      else await rm(files.bad, { force: true }); // of an earlier try
      const file = new Uint8Array(writer.getBuffer());
      seal(file);
      await writeFileAtomic(files.results, file);
      return { shard, rows: rows.length, bad: bad.length };
    },
  };
}

/** Makes the folder of results where it isn't there, or no longer; refuses what lies where a shard's file is to be. */
async function makeRoom(folder: string, results: string): Promise<void> {
  await makeFolder(folder);
  const there = await stat(results).catch(() => lstat(results).catch(() => undefined));
  if (!there || there.isFile()) return;
  const what = there.isDirectory() ? "a folder" : there.isSymbolicLink() ? "a link that leads nowhere" : "a device, a pipe or a socket";
  fail("FILE_CORRUPT", `${results} is ${what}, where a shard's file is to be. Remove it, and run again.`);
}

function imagesNote(plan: ShardPlan, shard: Shard): Record<string, string> {
  const images = imagesOf(plan, shard);
  return images === "" ? {} : { [IMAGES_NOTE]: images };
}
