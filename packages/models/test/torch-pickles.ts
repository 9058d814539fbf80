import { readTorchCheckpoint } from "../src/checkpoint/torch-checkpoint";
import { int, named, pickle, raw, str, tuple } from "./pickles";
import { memorySource, torchFile } from "./torch-files";

/** A tuple of whole numbers. */
export const ints = (values: readonly (number | bigint)[]) => tuple(...values.map(int));

/** A persistent id of a storage, as torch writes it. */
export const storage = (length: number | bigint, key = "0", type = "FloatStorage") =>
  raw(tuple(str("storage"), named("torch", type), str(key), str("cpu"), int(length)), "Q");

/** What an array says about itself: by default four floats of storage 0. */
interface View {
  of?: Uint8Array;
  offset?: number | bigint;
  shape?: readonly (number | bigint)[];
  strides?: readonly (number | bigint)[];
  /** The dictionary of bits that newer versions add. */
  metadata?: readonly Uint8Array[];
}

/** An array, as torch writes it: a call of _rebuild_tensor_v2. */
export function array({ of = storage(4), offset = 0, shape = [4], strides = [1], metadata = [] }: View): Uint8Array {
  const args = tuple(of, int(offset), ints(shape), ints(strides), 0x89, raw(named("collections", "OrderedDict"), ")R"), ...metadata);
  return raw(named("torch._utils", "_rebuild_tensor_v2"), args, "R");
}

/** A state dict with one value, whatever it is. */
export const state = (value: Uint8Array | string) => pickle("}", str("w"), value, "s");
/** The bytes of storage 0, four floats. */
export const sixteen = { 0: new Uint8Array(16) };
/** A checkpoint with one array. */
export const file = (view: View, storages: Readonly<Record<string, Uint8Array>> = sixteen) => torchFile(state(array(view)), storages);
/** A checkpoint of Lightning with one option. */
export const option = (value: Uint8Array | string) =>
  torchFile(pickle("}(", str("state_dict"), "}", str("hyper_parameters"), "}", str("x"), value, "su"));
/** A call of a function, by REDUCE. */
export const call = (module: string, name: string, args: Uint8Array | string = ")") => raw(named(module, name), args, "R");
/** The arguments of os.system. */
export const command = tuple(str("touch owned"));

/** Opens a checkpoint, reads its options and all of its arrays. */
export async function readAll(bytes: Uint8Array) {
  const checkpoint = await readTorchCheckpoint(memorySource(bytes));
  return { options: checkpoint.hyperParameters(), arrays: await checkpoint.load(), skipped: checkpoint.skipped };
}
