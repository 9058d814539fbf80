import { fail } from "@rsdix/internal";
import { type ByteSource, readExactly } from "../checkpoint/byte-source";
import { listNames } from "../checkpoint/checkpoint";
import type { LazyCheckpoint, LazyTensor } from "../checkpoint/lazy-checkpoint";
import { isWeightFile, SIDE_FILES, WEIGHT_FILES } from "./known-files";
import { type ModelFiles, nameProblem } from "./model-files";

/** One way in which a model's weights lie among its files. */
export interface Weights {
  /** The file, or the index of the files that they are split over. */
  readonly name: string;
  /** How the files are read; `undefined` where only their first bytes tell. */
  readonly format: "safetensors" | "torch" | undefined;
  /** Whether `name` is an index. */
  readonly sharded: boolean;
  /** Whether it has one of the names that libraries give; others are taken where there is just one. */
  readonly known: boolean;
}

/** What reads the formats of weights. */
export interface WeightReaders {
  safetensors(source: ByteSource): Promise<LazyCheckpoint>;
  torch(source: ByteSource): Promise<LazyCheckpoint>;
}

/** An index of the largest models there are names some hundred files. */
const MAX_SHARDS = 2_000;
const SHARD = /-\d{5}-of-\d{5}\.\w+$/;
/** What trainers keep beside the weights, with endings of weights. */
const NO_WEIGHTS = /^(optimizer|scheduler|scaler|training_args|rng_state.*)\.(bin|pt|pth)$/;

/**
 * The weights among a model's files, the preferred first: safetensors, then the pickles of torch; whole files before split ones, names that
 * libraries give before others.
 */
export async function weightsOf(files: ModelFiles): Promise<readonly Weights[]> {
  const names = await files.names();
  const known = WEIGHT_FILES.filter((name) => names.includes(name)).map((name) => describe(name, true));
  const isOther = (name: string) =>
    !name.includes("/") && isWeightFile(name) && !SHARD.test(name) && !NO_WEIGHTS.test(name) && !WEIGHT_FILES.some((each) => each === name);
  const others = names.filter(isOther).map((name) => describe(name, false));
  const only = names.length === 1 && known.length + others.length === 0 && !/\.(json|txt)$/.test(names[0]!);
  if (only) return [describe(names[0]!, false)]; // a Blob, or a file that was named otherwise
  const rank = ({ name }: Weights) => [".safetensors", ".ckpt"].findIndex((ending) => name.endsWith(ending)) >>> 0;
  return [...known, ...others.sort((a, b) => rank(a) - rank(b))];
}

function describe(name: string, known: boolean): Weights {
  const sharded = name.endsWith(".index.json");
  const file = sharded ? name.slice(0, -".index.json".length) : name;
  const format = file.endsWith(".safetensors") ? "safetensors" : isWeightFile(file) ? "torch" : undefined;
  return { name, format, sharded, known };
}

/** The weights of that name, or the preferred ones; an error that says what there is where that leaves a doubt. */
async function chosenWeights(files: ModelFiles, name: string | undefined): Promise<Weights> {
  const found = await weightsOf(files);
  if (name !== undefined) {
    const names = await files.names();
    if (names.includes(name)) return found.find((each) => each.name === name) ?? describe(name, false);
    fail("FILE_NOT_FOUND", `There are no weights "${name}" in ${files.origin}. It has: ${listNames([...names], 20)}.`);
  }
  const [first, second] = found;
  if (!first) {
    const names = listNames([...(await files.names())], 20);
    fail(
      "FILE_NOT_FOUND",
      `There are no weights in ${files.origin}: expected ${listNames([...WEIGHT_FILES])}, or a .ckpt. It has: ${names}.`,
    );
  }
  if (!first.known && second && ending(second.name) === ending(first.name)) {
    const names = listNames(found.map((each) => each.name));
    fail("INVALID_ARGUMENT", `There are several weights in ${files.origin}: ${names}. Say which (the option weights), or give its path.`);
  }
  return first;
}

function ending(name: string): string {
  return name.slice(name.lastIndexOf("."));
}

/** Which array is in which file. An index is a file from outside: its names are checked. */
async function readIndex(files: ModelFiles, name: string): Promise<ReadonlyMap<string, string>> {
  const refuse = (what: string, cause?: unknown) =>
    fail("FILE_CORRUPT", `${name} of ${files.origin} is no index of weights: ${what}.`, cause);
  let map: unknown;
  try {
    map = (JSON.parse((await files.text(name)) ?? "null") as { weight_map?: unknown } | null)?.weight_map;
  } catch (error) {
    if (error instanceof SyntaxError) refuse("it isn't JSON", error);
    throw error;
  }
  if (typeof map !== "object" || map === null || Array.isArray(map)) return refuse("it has no weight_map");
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  const placed = new Map<string, string>();
  for (const [array, file] of Object.entries(map)) {
    const problem = nameProblem(file);
    if (problem) refuse(`"${array}" is in ${JSON.stringify(file)}: ${problem}`);
    placed.set(array, folder + file);
  }
  const shards = new Set(placed.values()).size;
  if (shards === 0 || shards > MAX_SHARDS) refuse(`it names ${shards} files; 1 to ${MAX_SHARDS} are read`);
  return placed;
}

/**
 * The files that a model is read from: configurations, tokenizer, image processor, and with `weights` the preferred weights alone.
 * To be given to `fetch`, which brings them here several at once.
 */
export async function neededFiles(files: ModelFiles, weights: boolean): Promise<readonly string[]> {
  const names = await files.names();
  const side = SIDE_FILES.filter((name) => names.includes(name));
  if (!weights) return side;
  const { name, sharded } = await chosenWeights(files, undefined);
  return sharded ? [...side, name, ...new Set((await readIndex(files, name)).values())] : [...side, name];
}

/** Opens a model's weights: the preferred ones, or those of a name. The arrays are read when they are asked for. */
export async function openWeights(files: ModelFiles, readers: WeightReaders, name?: string): Promise<LazyCheckpoint> {
  const weights = await chosenWeights(files, name);
  const open = async (file: string): Promise<LazyCheckpoint> => {
    await files.fetch([file]);
    const source = (await files.open(file))!; // fetch fails where there is none
    return readers[weights.format ?? (await sniff(source))](source);
  };
  if (!weights.sharded) return open(weights.name);
  const placed = await readIndex(files, weights.name);
  const shardNames = [...new Set(placed.values())];
  await files.fetch(shardNames);
  const shards = new Map<string, LazyCheckpoint>();
  for (const file of shardNames) shards.set(file, await open(file));
  const tensors = new Map<string, LazyTensor>();
  for (const [array, file] of placed) {
    const tensor = shards.get(file)!.get(array);
    tensors.set(
      array,
      tensor ?? fail("FILE_CORRUPT", `${weights.name} of ${files.origin} says that "${array}" is in ${file}, which lacks it.`),
    );
  }
  return tensors;
}

/** A file of torch is a zip archive; anything else is left to the reader of safetensors, which says what is wrong with it. */
async function sniff(source: ByteSource): Promise<"safetensors" | "torch"> {
  const start = await readExactly(source, 0, Math.min(4, source.size));
  return String.fromCharCode(...start) === "PK\x03\x04" ? "torch" : "safetensors";
}
