import type { LazyTensor } from "./lazy-checkpoint";
import { NUMBER_BYTES } from "./number-decode";
import { corrupt } from "./pickle-reader";

/** Bytes an element of each dtype that is read from torch: unsigned numbers of more than a byte have no storage class there. */
const { uint16: _16, uint32: _32, uint64: _64, ...torchBytes } = NUMBER_BYTES;
export const DTYPE_BYTES = torchBytes;

/** What torch calls the numbers of an array. */
export type TorchDtype = keyof typeof DTYPE_BYTES;

/** The memory that arrays are views of: an entry of the archive. */
export class TorchStorage {
  constructor(
    /** Its name in the archive, below `data/`. */
    readonly key: string,
    /** What its class says it holds; undefined where it is bytes and the array says what they are. */
    readonly dtype: TorchDtype | undefined,
    readonly bytes: number,
  ) {}
}

/**
 * An array of a torch checkpoint: where its numbers lie, and what reads them. Element [i, j, …] is element
 * `offset + i·strides[0] + j·strides[1] + …` of its storage, as torch has it.
 */
export interface TorchTensor extends LazyTensor {
  /** What the numbers are in the file; they become float32 or int32 when read. */
  readonly dtype: TorchDtype;
  /** How many elements of the storage lie between neighbours along each axis. */
  readonly strides: readonly number[];
  /** Where it starts in the storage, in elements. */
  readonly offset: number;
  /** The name of its storage; arrays with the same one share memory. */
  readonly storage: string;
}

/** An array that a pickle rebuilt; a class, so that nothing else in a pickle passes for one. */
export class TensorView implements Omit<TorchTensor, "read"> {
  constructor(
    readonly dtype: TorchDtype,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    readonly offset: number,
    readonly storage: string,
  ) {}
}

/** More axes than torch itself takes. */
const MAX_RANK = 64;

/** The array that a pickle describes; it must lie within its storage to the last element. */
export function describeTensor(storage: unknown, offset: unknown, shape: unknown, strides: unknown, dtype?: TorchDtype): TensorView {
  if (!(storage instanceof TorchStorage)) corrupt("an array whose storage is none");
  const known = dtype ?? storage.dtype ?? corrupt("an array that doesn't say what its numbers are");
  const length = storage.bytes / DTYPE_BYTES[known];
  if (!Number.isInteger(length)) corrupt(`a storage "${storage.key}" of ${storage.bytes} bytes, which aren't whole numbers of ${known}`);
  if (!isSizes(shape) || !isSizes(strides) || !isSize(offset) || shape.length !== strides.length) {
    corrupt(`an array of storage "${storage.key}" whose shape, strides and offset aren't whole numbers that belong together`);
  }
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
  const empty = shape.includes(0);
  const count = shape.reduce((product, size) => product * size, 1);
  const inside = empty ? offset <= length : last < length;
  if (!inside || !Number.isSafeInteger(last) || !Number.isSafeInteger(count)) {
    const layout = `[${shape.join(", ")}] with strides [${strides.join(", ")}] from ${offset}`;
    corrupt(`an array ${layout} that goes beyond the ${length} elements of its storage "${storage.key}"`);
  }
  return new TensorView(known, shape, strides, offset, storage.key);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= MAX_RANK && value.every(isSize);
}
