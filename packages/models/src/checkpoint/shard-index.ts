import { fail, isRecord } from "@rsdix/internal";
import { listNames } from "./checkpoint";
import { parseHostileJson } from "./hostile-json";

/** What the index of a sharded checkpoint says. */
export interface ShardIndex {
  /** Each shard's file name, and the names of the arrays that lie in it. */
  readonly shards: ReadonlyMap<string, ReadonlySet<string>>;
}

/** As large as the pickle of a torch checkpoint may be; the index of a model of 700 billion weights has 9 MB. */
export const MAX_INDEX_BYTES = 16_000_000;
/** Each array is a name and a comma; this many are an attack on memory. */
const INDEX_LIMITS = { depth: 8, values: 200_000, commas: 200_000 };
/** Each shard is an open file; a model of 700 billion weights has 163. */
const MAX_SHARDS = 1000;
const MAX_NAME = 255;

/** Parses and checks an index: every file that it names lies beside it. */
export function parseShardIndex(bytes: Uint8Array): ShardIndex {
  const index = parseHostileJson(bytes, INDEX_LIMITS, (what, cause) => corrupt(`it ${what}`, cause));
  const { weight_map: map } = index;
  if (!isRecord(map)) corrupt("it has no weight_map of file names by array");
  const shards = new Map<string, Set<string>>();
  for (const [name, file] of Object.entries(map)) {
    if (!isFileName(file))
      corrupt(`it says that "${name.slice(0, 100)}" lies in ${JSON.stringify(file)?.slice(0, 100)}, which is no name of a file beside it`);
    shards.set(file, (shards.get(file) ?? new Set()).add(name));
  }
  if (shards.size === 0 || shards.size > MAX_SHARDS) corrupt(`it names ${shards.size} files, where 1 to ${MAX_SHARDS} were due`);
  return { shards };
}

/** A shard's header must have exactly the arrays that the index puts there: what is elsewhere would be read twice, or never. */
export function checkShard(file: string, expected: ReadonlySet<string>, found: Iterable<string>): void {
  const names = new Set(found);
  const missing = [...expected].filter((name) => !names.has(name));
  const more = [...names].filter((name) => !expected.has(name));
  const problems = [
    missing.length > 0 && `lacks ${listNames(missing)}`,
    more.length > 0 && `has ${listNames(more)}, which the index puts elsewhere or nowhere`,
  ].filter(Boolean);
  if (problems.length > 0) fail("FILE_CORRUPT", `The shard ${file} isn't as its index says: it ${problems.join("; it ")}.`);
}

/** A name without a way in it: an index must not reach any other file of the machine or host that it is read from. */
function isFileName(name: unknown): name is string {
  return typeof name === "string" && name.length <= MAX_NAME && /^[^/\\:?#%\0]+\.safetensors$/.test(name) && !name.startsWith(".");
}

function corrupt(what: string, cause?: unknown): never {
  fail("FILE_CORRUPT", `Not a usable index of a sharded checkpoint: ${what}.`, cause);
}
