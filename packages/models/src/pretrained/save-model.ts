import { checkOptions } from "@rsdix/internal";
import { platform } from "#platform";
import { oneAtATime } from "../files/one-at-a-time";
import type { Parameters } from "../parameters";
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
}

/**
 * Writes weights and small files, those of the tokenizer among them unless it is none of this package; weights last, so that a folder with
 * weights has all that they need. To one place one model is written at a time: two at once would leave one's configuration with the other's weights.
 */
export async function saveModel(
  folder: SaveTarget,
  parameters: Parameters,
  jsons: Readonly<Record<string, unknown>>,
  tokenizer: object | undefined,
  options: SaveOptions,
): Promise<string[]> {
  checkOptions(options, ["storage", "maxShardBytes"], "save");
  const place = platform.placeOf(folder);
  const files = (tokenizer as Partial<TextTokenizer> | undefined)?.toFiles?.();
  const small = new Map<string, string | Uint8Array>(files);
  for (const [name, json] of Object.entries(jsons)) small.set(name, `${JSON.stringify(json, null, 2)}\n`);
  const reading = parameters.toCheckpoint();
  reading.catch(() => undefined); // it is heard when its turn comes
  return oneAtATime(`save to ${place}`, undefined, async () => platform.saveModel(folder, await reading, small, options));
}
