import { opening } from "./file-node";
import { readTorchCheckpoint, type TorchCheckpoint } from "./torch-checkpoint";

/**
 * Opens a PyTorch checkpoint on disk: what torch.save of torch 1.6 or later writes, so `.pt`, `.bin`, and the `.ckpt` of Lightning. Only
 * the list of arrays is read; an array's `read`, and `load`, read the numbers, one array at a time. Nothing in the file is run.
 *
 * @param path The file.
 * @returns The list of arrays, what reads them, and `close`, to be called when all that is wanted was read.
 * @throws FILE_NOT_FOUND; FILE_CORRUPT when it is damaged, hostile, of the layout before torch 1.6, or of a whole module in place of its
 * state dict; FILE_TOO_LARGE when its pickle or directory is beyond what checkpoints have; CHECKPOINT_MISMATCH when it has no state dict.
 *
 * @example
 * ```ts
 * import { belowPrefix } from "@rsdix/models";
 * import { openTorchCheckpoint } from "@rsdix/models/node";
 *
 * async function student(path: string) {
 *   const checkpoint = await openTorchCheckpoint(path);
 *   try {
 *     return await checkpoint.load(belowPrefix(checkpoint.tensors, "_student."));
 *   } finally {
 *     await checkpoint.close();
 *   }
 * }
 * await student("rsdix-clip.ckpt").catch((error) => console.log(error.code)); // FILE_NOT_FOUND
 * ```
 *
 * @see https://pytorch.org/docs/stable/notes/serialization.html
 */
export async function openTorchCheckpoint(path: string): Promise<TorchCheckpoint & { close(): Promise<void> }> {
  return opening(path, readTorchCheckpoint);
}
