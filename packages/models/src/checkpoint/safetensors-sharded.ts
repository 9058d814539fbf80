import { fail, show } from "@rsdix/internal";
import { type ByteSource, readExactly, sourceOf } from "./byte-source";
import type { LazyTensor } from "./lazy-checkpoint";
import { nameFile, nameFileOf } from "./name-file";
import { type LazySafetensors, openStored } from "./safetensors";
import { checkShard, MAX_INDEX_BYTES, parseShardIndex } from "./shard-index";
import { combineLazily, withoutStorage } from "./storage-read";

/** What Hugging Face calls the index of a model in several files. */
export const INDEX_FILE = "model.safetensors.index.json";

/**
 * Opens a model that lies in several safetensors files, by its index. Every file's header is read and compared with the index; arrays are
 * read when they are asked for.
 *
 * @param open Opens a file by its name: the index first, then each file that it names, all in the index's folder.
 * @param index The index's name.
 * @returns The arrays of all files, each with `read`, and the files' metadata together.
 * @throws FILE_CORRUPT when the index is damaged, names a file that isn't beside it, or isn't what the files hold; FILE_TOO_LARGE when it is
 * beyond 16 MB; what `open` and `openSafetensors` throw.
 *
 * @example
 * ```ts
 * import { encodeSafetensors, openShardedSafetensors } from "@rsdix/models";
 *
 * const files: Record<string, BlobPart> = { "model.safetensors.index.json": '{"weight_map":{"bias":"a.safetensors"}}' };
 * files["a.safetensors"] = encodeSafetensors(new Map([["bias", { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) }]]));
 * const { tensors } = await openShardedSafetensors(async (name) => new Blob([files[name] ?? ""]));
 * console.log([...tensors.keys()]); // [ 'bias' ]
 * ```
 *
 * @see https://huggingface.co/docs/transformers/big_models
 */
export async function openShardedSafetensors(
  open: (name: string) => Promise<Blob | ByteSource>,
  index: string = INDEX_FILE,
): Promise<LazySafetensors> {
  if (typeof open !== "function")
    fail("INVALID_ARGUMENT", `openShardedSafetensors needs what opens a file by its name, got ${show(open)}.`);
  const source = sourceOf(await open(index));
  if (source.size > MAX_INDEX_BYTES) {
    fail("FILE_TOO_LARGE", `The index ${index} has ${source.size} bytes, more than ${MAX_INDEX_BYTES}. No checkpoint's has.`);
  }
  const { shards } = parseShardIndex(await readExactly(source, 0, source.size));
  const tensors = new Map<string, LazyTensor>();
  let metadata: Record<string, string> = {};
  for (const [file, names] of shards) {
    const source = sourceOf(await open(file));
    const stored = await nameFile(file, () => openStored(source));
    checkShard(file, names, stored.tensors.keys());
    const shard = withoutStorage(stored, combineLazily);
    for (const [name, tensor] of nameFileOf(file, shard.tensors)) tensors.set(name, tensor);
    metadata = { ...shard.metadata, ...metadata };
  }
  return { tensors, metadata };
}
