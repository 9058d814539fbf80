import { randomUUID } from "node:crypto";
import { opendirSync, statSync } from "node:fs";
import { link, lstat, mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { ByteWriter } from "hyparquet-writer";
import { checkPlace } from "./check-place";
import { checkRow, type Row } from "./columns";
import { columnData, parquetWriter, ROWS_PER_GROUP } from "./parquet";
import { areOthers, imagesOf, keepingImages, parsePlan, planHash, type Shard, type ShardPlan, shardsOf, stringifyPlan } from "./plan";
import { seal, sealNote } from "./seal";
import { someNames } from "./some-names";

/** An image that could not be used, and why. */
export interface BadItem {
  /** The image's file, or where in the archive it is. */
  readonly file: string;
  /** What is wrong with it, in words. */
  readonly reason: string;
}

/** Does a shard's work: gives its results in order. What can't be used is told to `bad`, and the rest goes on. */
export type ShardWork = (
  shard: Shard,
  context: { readonly signal: AbortSignal; readonly bad: (item: BadItem) => void },
) => AsyncIterable<Row>;

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

/** What a run's folder holds. */
export const PLAN = "plan.json";
export const RESULTS = "shards";
/** The note in a shard's file that says of which images it is. */
export const IMAGES_NOTE = "rsdix.images";

/** Where a shard's results are, and the list of what could not be used, which is there only where something could not. */
export const shardFiles = (folder: string, { name }: Shard) => ({
  results: join(folder, RESULTS, `${name}.parquet`),
  bad: join(folder, RESULTS, `${name}.bad.jsonl`),
});

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
      for await (const row of work(shard, { signal, bad: (item) => void bad.push(item) })) {
        if (signal.aborted) fail("ABORTED", `The shard ${shard.name} was stopped.`, signal.reason);
        checkRow(row, known.columns, shard.name);
        rows.push(row);
      }
      if (signal.aborted) fail("ABORTED", `The shard ${shard.name} was stopped.`, signal.reason);
      const writer = new ByteWriter();
      const notes = {
        "rsdix.plan": hash,
        "rsdix.shard": shard.name,
        "rsdix.bad": String(bad.length),
        ...imagesNote(known, shard),
        ...known.key,
        ...sealNote,
      };
      const parquet = parquetWriter(writer, known.columns, notes);
      if (rows.length > 0) await parquet.write({ columnData: columnData(rows, known.columns), rowGroupSize: ROWS_PER_GROUP });
      await parquet.finish();
      // The list first: with results the shard is done.
      if (bad.length > 0) await writeFileAtomic(files.bad, bad.map((item) => `${JSON.stringify(item)}\n`).join(""));
      else await rm(files.bad, { force: true }); // of an earlier try
      const file = new Uint8Array(writer.getBuffer());
      seal(file);
      await writeFileAtomic(files.results, file);
      return { shard, rows: rows.length, bad: bad.length };
    },
  };
}

/** The names of files in a folder, which need not be there; neither folders nor links to what is none are results. Asked for many at a time: there may be a million. */
function* resultsIn(folder: string): Generator<string, void, undefined> {
  const open = () => {
    try {
      return opendirSync(folder, { bufferSize: 4096 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      return fail("FILE_NOT_FOUND", `${folder} cannot be read: ${(error as Error).message}.`, error);
    }
  };
  const listing = open();
  try {
    for (let entry = listing?.readSync(); entry; entry = listing?.readSync())
      if (entry.isFile() || (entry.isSymbolicLink() && leadsToFile(join(folder, entry.name)))) yield entry.name;
  } finally {
    listing?.closeSync();
  }
}

function leadsToFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // it leads nowhere, or in a circle
  }
}

/** Makes the folder of results where it isn't there, or no longer; refuses what lies where a shard's file is to be. */
async function makeRoom(folder: string, results: string): Promise<void> {
  await makeFolder(folder);
  const there = await stat(results).catch(() => lstat(results).catch(() => undefined));
  if (!there || there.isFile()) return;
  const what = there.isDirectory() ? "a folder" : there.isSymbolicLink() ? "a link that leads nowhere" : "a device, a pipe or a socket";
  fail("FILE_CORRUPT", `${results} is ${what}, where a shard's file is to be. Remove it, and run again.`);
}

const makeFolder = (folder: string) =>
  mkdir(join(folder, RESULTS), { recursive: true }).catch((error: Error) =>
    fail("WRITE_FAILED", `${folder} cannot be made: ${error.message}.`, error),
  );

/** Writes the plan to a folder that has none, or checks that it is the folder's. */
async function settlePlan(folder: string, plan: ShardPlan | undefined): Promise<ShardPlan> {
  const path = join(folder, PLAN);
  const there = (await readPlan(folder, path)) ?? (await beginPlan(folder, path, plan));
  if (!plan) return there;
  if (planHash(plan) !== planHash(there)) {
    const what = difference(there, plan);
    // Not replaced without a word: somebody else may be at it, whose first shard isn't there yet.
    const [result] = resultsIn(join(folder, RESULTS));
    fail(
      "INVALID_ARGUMENT",
      result === undefined
        ? `${folder} is begun for another run, of which nothing is done: ${what}. Name another folder, or remove the ${PLAN} in it.`
        : `${folder} holds results of another run: ${what}. Name another folder, or remove this one.`,
    );
  }
  const settled = keepingImages(plan, there);
  await settleImages(folder, there, settled);
  return settled;
}

/** The plan of a folder; undefined where there is none. */
async function readPlan(folder: string, path: string): Promise<ShardPlan | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT"
      ? undefined
      : fail(
          "FILE_NOT_FOUND",
          error.code === "ENOTDIR" ? `${folder} is a file: give the folder of a run.` : `${path} cannot be read: ${error.message}.`,
          error,
        ),
  );
  return text === undefined ? undefined : parsePlan(text, path);
}

/** Writes the plan, and gives the one that is then there: of runs that begin at once, one is first. */
async function beginPlan(folder: string, path: string, plan: ShardPlan | undefined): Promise<ShardPlan> {
  if (!plan)
    return fail(
      "FILE_NOT_FOUND",
      `${folder} holds no run: there is no ${PLAN} in it. Give the folder that a run in shards or parts was written to.`,
    );
  shardsOf(plan); // one that can't be is refused before anything is written
  await makeFolder(folder);
  const written = join(folder, `${PLAN}.${randomUUID()}.tmp`);
  await writeFileAtomic(written, stringifyPlan(plan));
  try {
    // Unlike a rename, a link doesn't take the place of what is there, and what it makes is there whole.
    await link(written, path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return;
      await writeFileAtomic(path, stringifyPlan(plan)); // a file system without links
    });
  } finally {
    await rm(written, { force: true });
  }
  return (await readPlan(folder, path)) ?? plan;
}

/** Checks that what is done is of these images. Parts that had images that could not be used are done again where images have changed. */
async function settleImages(folder: string, there: ShardPlan, plan: ShardPlan): Promise<void> {
  const told = shardsOf(plan).filter((shard) => imagesOf(plan, shard) !== imagesOf(there, shard));
  if (told.length === 0) return;
  const again: string[] = [];
  const others: Shard[] = [];
  for (const shard of told.filter((each) => areOthers(imagesOf(plan, each), imagesOf(there, each)))) {
    const { results, bad } = shardFiles(folder, shard);
    if (!(await sizeOf(results))) continue;
    if (await sizeOf(bad)) again.push(results);
    else others.push(shard);
  }
  if (others[0]) {
    const of = (each: ShardPlan) => imagesOf(each, others[0]!);
    const names = someNames(others.map(({ name }) => name));
    const what =
      plan.source.kind === "list"
        ? `the images of ${names} are other files, by their sizes and times, than when it was done`
        : `the archive of ${names} is another file than when it was done (${others[0].archive} had ${of(there)} then, and has ${of(plan)} now)`;
    fail(
      "INVALID_ARGUMENT",
      `${folder} holds results of another run: ${what}. ` +
        `Name another folder, remove this one, or remove what is to be done again, such as ${join(RESULTS, `${others[0].name}.parquet`)} in it. A copy of the same images needs their times, too (cp -p, rsync -t).`,
    );
  }
  for (const path of again) await rm(path, { force: true });
  await writeFileAtomic(join(folder, PLAN), stringifyPlan(plan));
}

/** A file's bytes; 0 where there is none. */
const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

function imagesNote(plan: ShardPlan, shard: Shard): Record<string, string> {
  const images = imagesOf(plan, shard);
  return images === "" ? {} : { [IMAGES_NOTE]: images };
}

function difference(there: ShardPlan, given: ShardPlan): string {
  const flat = ({ task, source: { images: _, ...source }, key, columns }: ShardPlan): Record<string, unknown> => ({
    ...{ task, ...source, ...key, ...columns },
  });
  const [a, b] = [flat(there), flat(given)];
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
  const says = (name: string) => {
    if (name === "sha256") return "the list has other names, or the same in another order";
    if (a[name] === undefined) return `${name} is ${JSON.stringify(b[name])} now, and there it has none`;
    if (b[name] === undefined) return `${name} is ${JSON.stringify(a[name])} there, and now it has none`;
    return `${name} is ${JSON.stringify(a[name])} there and ${JSON.stringify(b[name])} now`;
  };
  // Of another task all else differs, too.
  return (names.includes("task") ? ["task"] : names).map(says).join("; ");
}
