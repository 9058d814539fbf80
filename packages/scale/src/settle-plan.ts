import { randomUUID } from "node:crypto";
import { link, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import {
  areOthers,
  checkPlan,
  imagesOf,
  keepingImages,
  parsePlan,
  planHash,
  type Shard,
  type ShardPlan,
  shardsOf,
  stringifyPlan,
} from "./plan";
import { makeFolder, PLAN, RESULTS, resultsIn, shardFiles } from "./run-files";
import { someNames } from "./some-names";

/** Writes the plan to a folder that has none, or checks that it is the folder's. */
export async function settlePlan(folder: string, plan: ShardPlan | undefined): Promise<ShardPlan> {
  const path = join(folder, PLAN);
  const there = (await readPlan(folder, path)) ?? (await beginPlan(folder, path, plan));
  if (!plan || there === plan) return there;
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

/** The plan of a folder; undefined where there is none. One that is known by its text isn't read anew: of a million archives it is large. */
async function readPlan(folder: string, path: string, known?: { text: string; plan: ShardPlan }): Promise<ShardPlan | undefined> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT"
      ? undefined
      : fail(
          "FILE_NOT_FOUND",
          error.code === "ENOTDIR" ? `${folder} is a file: give the folder of a run.` : `${path} cannot be read: ${error.message}.`,
          error,
        ),
  );
  if (text !== undefined && text === known?.text) return known.plan;
  return text === undefined ? undefined : parsePlan(text, path);
}

/** Writes the plan, and gives the one that is then there: of runs that begin at once, one is first. */
async function beginPlan(folder: string, path: string, plan: ShardPlan | undefined): Promise<ShardPlan> {
  if (!plan)
    return fail(
      "FILE_NOT_FOUND",
      `${folder} holds no run: there is no ${PLAN} in it. Give the folder that a run in shards or parts was written to.`,
    );
  checkPlan(plan); // one that can't be is refused before anything is written
  await makeFolder(folder);
  const written = join(folder, `${PLAN}.${randomUUID()}.tmp`);
  const text = stringifyPlan(plan);
  await writeFileAtomic(written, text);
  try {
    // Unlike a rename, a link doesn't take the place of what is there, and what it makes is there whole.
    await link(written, path).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return;
      await writeFileAtomic(path, text); // a file system without links
    });
  } finally {
    await rm(written, { force: true });
  }
  return (await readPlan(folder, path, { text, plan })) ?? plan;
}

/** Checks that what is done is of these images. Parts that had images that could not be used are done again where images have changed. */
async function settleImages(folder: string, there: ShardPlan, plan: ShardPlan): Promise<void> {
  const [now, before] = [plan.source.images, there.source.images];
  if (now === before || (now && before && now.every((text, index) => text === before[index]))) return;
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
