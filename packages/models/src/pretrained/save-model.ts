import { checkOptions, fail, show } from "@rsdix/internal";
import { platform } from "#platform";
import type { Parameters } from "../parameters";
import type { ModelOrigin } from "./open-model";

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

/** Small files that say nothing of the weights, and so stay what they were. */
const KEPT =
  /^(tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|sentence_bert_config)\.json$|^(merges|vocab)\.txt$|\.model$/;

/** Writes weights and small files; weights last, so that a folder with weights has all that they need. */
export async function saveModel(
  folder: SaveTarget,
  parameters: Parameters,
  jsons: Readonly<Record<string, unknown>>,
  origin: ModelOrigin | undefined,
  options: SaveOptions,
): Promise<string[]> {
  checkOptions(options, ["storage", "maxShardBytes"], "save");
  const named = typeof folder === "string" ? folder !== "" : typeof folder?.getFileHandle === "function";
  if (!named) fail("INVALID_ARGUMENT", `A model is saved to a folder's path, in a browser to a folder's handle; got ${show(folder)}.`);
  const small = new Map<string, string | Uint8Array>();
  for (const [name, content] of origin?.files ?? []) if (KEPT.test(name)) small.set(name, content);
  for (const [name, json] of Object.entries(jsons)) small.set(name, `${JSON.stringify(json, null, 2)}\n`);
  return platform.saveModel(folder, await parameters.toCheckpoint(), small, options);
}
