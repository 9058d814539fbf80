import { checkOptions, fail, show } from "@rsdix/internal";
import { platform } from "#platform";
import type { Parameters } from "../parameters";
import type { TextTokenizer } from "../tokenizers/text-tokenizer";

/** A folder to write to: a path in Node; in a browser the handle of one that the user chose, or of the page's own storage. */
export type SaveTarget = string | FileSystemDirectoryHandle;

/** How a model is written. */
export interface SaveOptions {
  /**
   * `"float32"` (the default), `"float16"` or `"int8"`: how the matrices are kept. Our loaders give float32 of all of them; transformers reads
   * the first two, and would take int8 for the weights themselves (docs/models/checkpoints.md has the lines of Python that undo it).
   */
  readonly storage?: "float32" | "float16" | "int8";
  /** The most bytes of weights in a file, in Node; 5 GB by default. */
  readonly maxShardBytes?: number;
}

/**
 * One model is written at a time, whatever the folder, since paths and handles don't tell whether two are one: two models at once would leave
 * one's configuration with the other's weights.
 */
let saving: Promise<unknown> = Promise.resolve();

/** Writes weights and small files, those of the tokenizer among them unless it is none of this package; weights last, so that a folder with weights has all that they need. */
export async function saveModel(
  folder: SaveTarget,
  parameters: Parameters,
  jsons: Readonly<Record<string, unknown>>,
  tokenizer: object | undefined,
  options: SaveOptions,
): Promise<string[]> {
  checkOptions(options, ["storage", "maxShardBytes"], "save");
  const named = typeof folder === "string" ? folder !== "" : typeof folder?.getFileHandle === "function";
  if (!named) fail("INVALID_ARGUMENT", `A model is saved to a folder's path, in a browser to a folder's handle; got ${show(folder)}.`);
  const files = (tokenizer as Partial<TextTokenizer> | undefined)?.toFiles?.();
  const small = new Map<string, string | Uint8Array>(files);
  for (const [name, json] of Object.entries(jsons)) small.set(name, `${JSON.stringify(json, null, 2)}\n`);
  const own = Promise.all([parameters.toCheckpoint(), saving]).then(([tensors]) => platform.saveModel(folder, tensors, small, options));
  saving = Promise.allSettled([saving, own]).then(() => undefined);
  return own;
}
