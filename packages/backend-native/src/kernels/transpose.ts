import type { NativeKernel } from "../register";
import { contiguous, lists, mergeAxes } from "../strides";
import { alias, words, wordsLike, wordsResult } from "../words";

/** Any order of any number of axes. */
export const transpose: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const order = attrs.perm as number[];
  const values = words(backend, x);
  if (!values) return undefined;
  const strides = contiguous(x.shape);
  const shape = order.map((axis) => x.shape[axis]!);
  const rank = mergeAxes(
    shape,
    order.map((axis) => strides[axis]!),
    contiguous(shape),
  );
  if (rank === 0) return undefined;
  if (rank === 1) return alias(backend, x, shape); // only axes of one index have moved
  const y = wordsLike(backend, values, values.length);
  backend.addon.stridedCopy(values, 0, y, 0, rank, lists);
  return wordsResult(backend, shape, y);
};
