import type { TensorInfo } from "@tensorflow/tfjs-core";
import { type NativeBackend, size } from "../native-backend";
import { contiguous, lists, mergeAxes } from "../strides";
import { type Words, words, wordsLike, wordsResult } from "../words";

/** The addon's copy between arrays that are walked in different orders. */
export interface CopyAddon {
  /** y[…] = x[…] over a shape, each from its offset: `lists` are sizes, strides of x, strides of y. */
  stridedCopy(x: Words, xOffset: number, y: Words, yOffset: number, rank: number, lists: Float64Array): void;
}

/** One array's part in a copy. */
export interface Place {
  values: Words;
  /** Index of the first number. */
  offset: number;
  /** Numbers from one index of an axis to the next; may be 0 or negative. */
  strides: readonly number[];
}

/** Copies over `shape`. False where there are too many axes. */
export function copy(backend: NativeBackend, shape: readonly number[], from: Place, to: Place): boolean {
  const rank = mergeAxes(shape, from.strides, to.strides);
  if (rank === 0) return false;
  backend.addon.stridedCopy(from.values, from.offset, to.values, to.offset, rank, lists);
  return true;
}

/** A new tensor of x's numbers, found with `strides` from `offset` on over `walked`, in the shape `shape`. */
export function copyOf(
  backend: NativeBackend,
  x: TensorInfo,
  { offset, strides, walked, shape }: { offset: number; strides: readonly number[]; walked: readonly number[]; shape: number[] },
): TensorInfo | undefined {
  const values = words(backend, x);
  if (!values) return undefined;
  const y = wordsLike(backend, values, size(walked));
  if (!copy(backend, walked, { values, offset, strides }, { values: y, offset: 0, strides: contiguous(walked) })) return undefined;
  return wordsResult(backend, shape, y);
}
