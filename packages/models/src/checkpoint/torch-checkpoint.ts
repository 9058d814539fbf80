import { fail } from "@rsdix/internal";
import { readArray } from "./array-reader";
import { type ByteSource, readExactly, refuseStandIn, sourceOf } from "./byte-source";
import type { Checkpoint, CheckpointTensor } from "./checkpoint";
import { MAX_PICKLE_BYTES } from "./pickle";
import { unpickleTorch } from "./torch-pickle";
import { hyperParametersOf, stateDictOf } from "./torch-state";
import type { TorchTensor } from "./torch-tensor";
import { openZip, type ZipArchive } from "./zip";

/** A checkpoint of PyTorch whose list of arrays was read; their numbers are read when they are asked for. */
export interface TorchCheckpoint {
  /**
   * Every array by its name in the state dict: dtype, shape, strides, storage, and `read`, which gives its numbers: float32 of any float,
   * int32 of any integer or boolean, row-major whatever its strides. It throws FILE_CORRUPT when the file is damaged there or a 64-bit
   * integer doesn't fit 32 bits, FILE_TOO_LARGE when the array repeats a few bytes over and over.
   */
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** Names in the state dict whose value is no array but a number, text or the like: they are left out. */
  readonly skipped: readonly string[];
  /**
   * Lightning's `hyper_parameters` as plain data, empty where there are none: dictionaries and namespaces as objects, lists, tuples and
   * sets as arrays, bytes as Uint8Array, dtypes and functions as their Python path, objects of other classes as `{ class, args, state }`.
   *
   * @throws FILE_CORRUPT or FILE_TOO_LARGE when they contain themselves, or would be huge when written out.
   */
  hyperParameters(): Readonly<Record<string, unknown>>;
  /**
   * Reads many arrays, one after the other; without an argument all of them. Arrays that are one in the file (a tied weight) share memory.
   *
   * @throws What an array's `read` throws; FILE_TOO_LARGE when the arrays together are many times the file.
   */
  load(tensors?: ReadonlyMap<string, TorchTensor>): Promise<Checkpoint>;
}

/** What arrays may have together, in bytes of float32 and int32, for each byte of the file; bytes become int32, so 4 is reached. */
const MAX_LOADED_PER_BYTE = 4;
/** And what a small file may have beyond it: a few expanded arrays. */
const MAX_LOADED_EXTRA = 32_000_000;

/** How files of torch.save before 1.6 start: the pickle of a magic number. */
const LEGACY_START = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/**
 * Opens a PyTorch checkpoint: what torch.save of torch 1.6 or later writes, so `.pt`, `.bin`, and the `.ckpt` of Lightning. The state dict
 * is at its top or below `state_dict`, `model_state_dict`, `model` or `module`. Only the list of arrays is read; the file is never in
 * memory as a whole.
 *
 * A checkpoint is a pickle, a program of Python that may do anything. It is interpreted here without running any of it: what isn't an
 * array, a container or plain data is kept as a name, or refused where it would be called.
 *
 * @param file A Blob (a File, a download), or anything that reads a range of bytes.
 * @returns The list of arrays, and what reads them.
 * @throws FILE_CORRUPT when the file is damaged, hostile, of the layout before torch 1.6, or of a whole module in place of its state dict;
 * FILE_TOO_LARGE when its pickle or directory is beyond what checkpoints have; CHECKPOINT_MISMATCH when it has no state dict;
 * INVALID_ARGUMENT when `file` is neither.
 *
 * @example
 * ```ts
 * import { belowPrefix, readTorchCheckpoint } from "@rsdix/models";
 *
 * async function student(file: File) {
 *   const checkpoint = await readTorchCheckpoint(file);
 *   console.log(checkpoint.hyperParameters());
 *   return checkpoint.load(belowPrefix(checkpoint.tensors, "_student."));
 * }
 * await student(new File(["..."], "picked.ckpt")).catch((error) => console.log(error.code)); // FILE_CORRUPT
 * ```
 *
 * @see https://pytorch.org/docs/stable/notes/serialization.html
 */
export async function readTorchCheckpoint(file: Blob | ByteSource): Promise<TorchCheckpoint> {
  const source = sourceOf(file);
  const start = await readExactly(source, 0, Math.min(265, source.size));
  refuseStandIn(start, "torch checkpoint");
  refuseOldLayouts(start);
  const zip = await openZip(source);
  const root = rootOf(zip);
  const pickle = zip.entries.get(`${root}data.pkl`)!;
  if (pickle.size > MAX_PICKLE_BYTES) {
    fail(
      "FILE_TOO_LARGE",
      `The checkpoint's pickle has ${pickle.size} bytes, more than ${MAX_PICKLE_BYTES}. No checkpoint of a model does.`,
    );
  }
  const littleEndian = await isLittleEndian(zip, root);
  const storageOf = (key: string) => zip.entries.get(`${root}data/${key}`);
  const saved = unpickleTorch(await zip.read(pickle), (key) => storageOf(key)?.size);
  const { tensors: views, skipped } = stateDictOf(saved);
  const tensors = new Map(
    Array.from(views, ([name, { dtype, shape, strides, offset, storage }]): [string, TorchTensor] => {
      const entry = storageOf(storage)!; // the pickle's reader has seen it
      const stored = { type: dtype, littleEndian, name };
      const read = () => readArray({ shape, strides, offset }, stored, (begin, end) => zip.read(entry, begin, end));
      return [name, { dtype, shape, strides, offset, storage, read }];
    }),
  );

  return {
    tensors,
    skipped,
    hyperParameters: () => hyperParametersOf(saved),
    load: async (wanted = tensors) => {
      const limit = MAX_LOADED_PER_BYTE * source.size + MAX_LOADED_EXTRA;
      const loaded = new Map<string, CheckpointTensor>();
      const seen = new Map<string, CheckpointTensor>();
      let total = 0;
      for (const [name, tensor] of wanted) {
        const view = [tensor.storage, tensor.dtype, tensor.offset, tensor.shape, tensor.strides].join(";");
        const known = seen.get(view);
        total += known ? 0 : tensor.shape.reduce((product, size) => product * size, 4);
        if (total > limit)
          fail("FILE_TOO_LARGE", `The arrays would take more than ${limit} bytes, from a file of ${source.size}: they repeat it.`);
        const found = known ?? (await tensor.read());
        seen.set(view, found);
        loaded.set(name, found);
      }
      return loaded;
    },
  };
}

function refuseOldLayouts(start: Uint8Array): void {
  const isTar = new TextDecoder("latin1").decode(start.subarray(257, 262)) === "ustar";
  if (isTar || LEGACY_START.every((byte, i) => start[i] === byte)) {
    fail(
      "FILE_CORRUPT",
      "This checkpoint has the layout that torch had before 1.6. Save it again, in Python: " +
        'torch.save(torch.load("old.pt", map_location="cpu", weights_only=True), "new.pt").',
    );
  }
}

/** The folder in the archive that everything lies in, with its slash: its name is that of the file when it was saved. */
function rootOf(zip: ZipArchive): string {
  const names = [...zip.entries.keys()];
  const pickles = names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) {
    fail("FILE_CORRUPT", `Not a torch checkpoint: the zip archive has ${pickles.length} files data.pkl in a folder, where one was due.`);
  }
  const root = pickles[0]!.slice(0, -"data.pkl".length);
  if (names.some((name) => name === `${root}constants.pkl` || name.startsWith(`${root}code/`))) {
    fail("FILE_CORRUPT", "This is a TorchScript program (torch.jit.save). Save the state_dict() of the model instead.");
  }
  return root;
}

/** The order of bytes within a number: torch before 2.1 doesn't say, and wrote its machine's own, which was little-endian nearly everywhere. */
async function isLittleEndian(zip: ZipArchive, root: string): Promise<boolean> {
  const entry = zip.entries.get(`${root}byteorder`);
  if (!entry) return true;
  const text = entry.size <= 6 ? new TextDecoder("latin1").decode(await zip.read(entry)) : "";
  if (text !== "little" && text !== "big") fail("FILE_CORRUPT", "Not a usable torch checkpoint: its byteorder is neither little nor big.");
  return text === "little";
}
