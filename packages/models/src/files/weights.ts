import { fail } from "@rsdix/internal";
import { type ByteSource, readExactly } from "../checkpoint/byte-source";
import { listNames } from "../checkpoint/checkpoint";
import type { LazyCheckpoint } from "../checkpoint/lazy-checkpoint";
import { nameFile, nameFileOf } from "../checkpoint/name-file";
import { openSafetensors } from "../checkpoint/safetensors";
import { openShardedSafetensors } from "../checkpoint/safetensors-sharded";
import { MAX_INDEX_BYTES, parseShardIndex } from "../checkpoint/shard-index";
import { readTorchCheckpoint } from "../checkpoint/torch-checkpoint";
import { isOtherWeights, isWeightFile, SIDE_FILES, WEIGHT_FILES } from "./known-files";
import type { ModelFiles } from "./model-files";

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

/** A model's weights, opened: arrays are read when they are asked for. */
export interface OpenWeights {
  /** The file that they are from, or its index. */
  readonly name: string;
  readonly tensors: LazyCheckpoint;
  /** The free text of a safetensors file, empty where there is none. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What Lightning keeps of a training's settings, empty where there is nothing; throws as that of TorchCheckpoint. */
  hyperParameters(): Readonly<Record<string, unknown>>;
}

/**
 * The weights among a model's files, the preferred first: safetensors, then the pickles of torch; whole files before split ones, names that
 * libraries give before others.
 */
export async function weightsOf(files: ModelFiles): Promise<readonly Weights[]> {
  const names = await files.names();
  const known = WEIGHT_FILES.filter((name) => names.includes(name)).map((name) => describe(name, true));
  const others = names.filter(isOtherWeights).map((name) => describe(name, false));
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
    const all = await files.names();
    const advice = all.length === 1 && files.origin.endsWith(all[0]!) ? " Give the folder that it is in." : "";
    const names = `${listNames([...all], 20)}.${advice}`;
    fail(
      "FILE_NOT_FOUND",
      `There are no weights in ${files.origin}: expected ${listNames([...WEIGHT_FILES])}, or a .ckpt. It has: ${names}`,
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

/** The files that an index names, all of them beside it. */
async function shardsOf(files: ModelFiles, name: string): Promise<string[]> {
  const source = await needed(files, name);
  if (source.size > MAX_INDEX_BYTES) fail("FILE_TOO_LARGE", `${name} of ${files.origin} has ${source.size} bytes, which no index has.`);
  const { shards } = parseShardIndex(await readExactly(source, 0, source.size));
  return [...shards.keys()].map((shard) => folderOf(name) + shard);
}

function folderOf(name: string): string {
  return name.slice(0, name.lastIndexOf("/") + 1);
}

/** A file that must be there. */
async function needed(files: ModelFiles, name: string): Promise<ByteSource> {
  await files.fetch([name]);
  return (await files.open(name))!; // fetch fails where there is none
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
  return sharded ? [...side, name, ...(await shardsOf(files, name))] : [...side, name];
}

/** Opens a model's weights: the preferred ones, or those of a name. */
export async function openWeights(files: ModelFiles, name?: string): Promise<OpenWeights> {
  const weights = await chosenWeights(files, name);
  const none = () => ({});
  if (weights.sharded) {
    await files.fetch(await shardsOf(files, weights.name));
    const folder = folderOf(weights.name);
    const opened = await openShardedSafetensors((file) => needed(files, folder + file), weights.name.slice(folder.length));
    return { name: weights.name, ...opened, hyperParameters: none };
  }
  const { name: file } = weights;
  const source = await needed(files, file);
  const { tensors, ...others } = await nameFile(file, async () => {
    if ((weights.format ?? (await sniff(source))) === "safetensors") return { ...(await openSafetensors(source)), hyperParameters: none };
    const { tensors, hyperParameters } = await readTorchCheckpoint(source);
    return { tensors, metadata: {}, hyperParameters };
  });
  return { name: file, tensors: nameFileOf(file, tensors), ...others };
}

/** A file of torch is a zip archive; anything else is left to the reader of safetensors, which says what is wrong with it. */
async function sniff(source: ByteSource): Promise<"safetensors" | "torch"> {
  const start = await readExactly(source, 0, Math.min(4, source.size));
  return String.fromCharCode(...start) === "PK\x03\x04" ? "torch" : "safetensors";
}
