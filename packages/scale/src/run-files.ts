import { opendirSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeFolders } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import type { Shard } from "./plan";

/** What a run's folder holds. */
export const PLAN = "plan.json";
export const RESULTS = "shards";

/** Where a shard's results are, and the list of what could not be used, which is there only where something could not. */
export const shardFiles = (folder: string, { name }: Shard) => ({
  results: join(folder, RESULTS, `${name}.parquet`),
  bad: join(folder, RESULTS, `${name}.bad.jsonl`),
});

/** Makes the folder of results, and the run's. */
export const makeFolder = (folder: string) =>
  makeFolders(join(folder, RESULTS)).catch((error: Error) => fail("WRITE_FAILED", `${folder} cannot be made: ${error.message}.`, error));

/**
 * The names of files in a folder, which need not be there; neither folders nor links to what is none are results. Asked for many at a time: there may be a
 * million.
 */
export function* resultsIn(folder: string): Generator<string, void, undefined> {
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
