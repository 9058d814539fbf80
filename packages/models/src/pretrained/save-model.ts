import { checkOptions, checkSignal, fail, show } from "@rsdix/internal";
import { platform } from "#platform";
import type { Checkpoint } from "../checkpoint/checkpoint";
import { isWeightFile, isWeightIndex, SIDE_FILES } from "../files/known-files";
import { nameProblem } from "../files/model-files";
import { oneAtATime } from "../files/one-at-a-time";
import type { Parameters } from "../parameters";
import { KEPT_FILES } from "../tokenizers/from-files";
import type { TextTokenizer } from "../tokenizers/text-tokenizer";

/**
 * A folder to write to: in Node a path, from the home folder too (`~/models/clip`), or its URL (`file:`); in a browser the handle of one that
 * the user chose, or of the page's own storage.
 */
export type SaveTarget = string | URL | FileSystemDirectoryHandle;

/** How a model is written. */
export interface SaveOptions {
  /**
   * `"float32"` (the default), `"float16"` or `"int8"`: how the matrices are kept. Our loaders give float32 of all of them; transformers reads
   * the first two, and would take int8 for the weights themselves (docs/models/checkpoints.md has the lines of Python that undo it).
   */
  readonly storage?: "float32" | "float16" | "int8";
  /** The most bytes of weights in a file, in Node; 5 GB by default. */
  readonly maxShardBytes?: number;
  /** Stops the writing: nothing new is left then, and an older model is untouched. */
  readonly signal?: AbortSignal;
}

/**
 * Writes weights and small files, those of the tokenizer among them unless it is none of this package; weights last, so that a folder with
 * weights has all that they need. To one place one model is written at a time: two at once would leave one's configuration with the other's weights.
 */
export async function saveModel(
  target: SaveTarget,
  parameters: Parameters,
  jsons: Readonly<Record<string, unknown>>,
  tokenizer: object | undefined,
  options: SaveOptions,
  renamed: (tensors: Checkpoint) => Promise<Checkpoint> = async (tensors) => tensors,
): Promise<string[]> {
  const given = { ...checkOptions(options, ["storage", "maxShardBytes", "signal"], "save") }; // as they are now, whatever becomes of them
  checkSignal(given.signal);
  const { folder, place } = platform.placeOf(target);
  const small = tokenizerFiles(tokenizer);
  for (const [name, json] of Object.entries(jsons)) small.set(name, `${JSON.stringify(json, null, 2)}\n`);
  for (const name of small.keys()) checkFolders(name, small);
  const reading = parameters.toCheckpoint();
  reading.catch(() => undefined); // it is heard when its turn comes
  return oneAtATime(`save to ${place}`, given.signal, async () => {
    const tensors = await renamed(await reading);
    if (given.signal?.aborted) fail("ABORTED", `Saving to ${place} was stopped. An older model is untouched.`, given.signal.reason);
    return platform.saveModel(folder, tensors, small, given);
  });
}

/** The files of a tokenizer, checked: one of the caller's own may name what it likes. */
function tokenizerFiles(tokenizer: object | undefined): Map<string, string | Uint8Array> {
  const files: unknown = (tokenizer as Partial<TextTokenizer> | undefined)?.toFiles?.();
  if (files === undefined) return new Map();
  if (!(files instanceof Map))
    return fail("INVALID_ARGUMENT", `A tokenizer's toFiles must give a Map of contents by name, got ${show(files)}.`);
  for (const [name, content] of files) {
    const isContent = typeof content === "string" || content instanceof Uint8Array;
    const problem =
      nameProblem(name) ?? (isTaken(name) ? TAKEN : isContent ? undefined : `its content is ${show(content)}, no text or bytes`);
    if (problem) refuseFile(name, problem);
  }
  const copied = (content: string | Uint8Array) => (typeof content === "string" ? content : new Uint8Array(content));
  return new Map([...files].map(([name, content]) => [name, copied(content)])); // as they are now, too
}

const TAKEN = "it is one of weights or of a model's configuration";
/** What the model itself says, and would be read in place of that. */
const CONFIGURATIONS = SIDE_FILES.filter((name) => !KEPT_FILES.includes(name));

function isTaken(name: string): boolean {
  const plain = name.toLowerCase(); // many file systems don't tell case
  return isWeightFile(plain) || isWeightIndex(plain) || CONFIGURATIONS.some((each) => each.toLowerCase() === plain);
}

/** Throws on a name below another file's. */
function checkFolders(name: string, files: ReadonlyMap<string, unknown>): void {
  for (let end = name.indexOf("/"); end >= 0; end = name.indexOf("/", end + 1)) {
    const folder = name.slice(0, end);
    if (files.has(folder)) refuseFile(folder, `${name} is a file below it`);
    if (isTaken(folder)) refuseFile(name, `${folder} isn't a folder: ${TAKEN}`);
  }
}

function refuseFile(name: unknown, problem: string): never {
  const shown = typeof name === "string" ? JSON.stringify(name) : show(name);
  return fail("INVALID_ARGUMENT", `A tokenizer's toFiles names a file ${shown}, which can't be saved: ${problem}.`);
}
