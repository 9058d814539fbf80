import { backend_util, slice_util, type Tensor, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { type NativeBackend, size } from "../native-backend";
import type { NativeKernel } from "../register";
import { contiguous } from "../strides";
import { alias } from "../words";
import { copyOf } from "./copy";

/** A box of x. The stock kernel gives a view of its input where the box is one run; a copy keeps both arrays in the recycler's hands. */
function sliceOf(
  backend: NativeBackend,
  x: TensorInfo,
  begin: readonly number[],
  box: readonly number[],
  shape: number[],
): TensorInfo | undefined {
  if (!isWords(x)) return undefined;
  if (size(box) === size(x.shape)) return alias(backend, x, shape);
  const strides = contiguous(x.shape);
  const offset = begin.reduce((sum, index, axis) => sum + index * strides[axis]!, 0);
  return copyOf(backend, x, { offset, strides, walked: box, shape });
}

const slice: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const [begin, box] = slice_util.parseSliceParams(x, attrs.begin as number[], attrs.size as number[]);
  slice_util.assertParamsValid(x, begin!, box!);
  return sliceOf(backend, x, begin!, box!, box!);
};

/** Steps other than 1 along one axis or more; what the stock kernel passes on to `Slice` is left to it. */
const stridedSlice: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const { begin, end, strides, ...masks } = attrs as { begin: number[]; end: number[]; strides: number[] } & Record<string, number>;
  const { beginMask = 0, endMask = 0, ellipsisMask = 0, newAxisMask = 0, shrinkAxisMask = 0 } = masks as Record<string, number>;
  const info = slice_util.sliceInfo(x.shape, begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask);
  if (info.isIdentity) return undefined;
  const walked = info.finalShapeSparse;
  const own = contiguous(x.shape);
  if (walked.length !== own.length) return undefined;
  return copyOf(backend, x, {
    offset: size(walked) === 0 ? 0 : info.begin.reduce((sum, index, axis) => sum + index * own[axis]!, 0),
    strides: own.map((stride, axis) => stride * info.strides[axis]!),
    walked,
    shape: info.finalShape,
  });
};

const splitV: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const axis = util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  const sizes = backend_util.prepareSplitSize(x as unknown as Tensor, attrs.numOrSizeSplits as number | number[], axis);
  return parts(backend, x, axis, sizes, (side) => x.shape.map((other, i) => (i === axis ? side : other)));
};

const unpack: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.value!;
  const axis = ((attrs.axis as number) + x.shape.length) % x.shape.length;
  const shape = x.shape.filter((_, i) => i !== axis);
  return parts(backend, x, axis, new Array(x.shape[axis]!).fill(1), () => shape);
};

function isWords({ dtype }: TensorInfo): boolean {
  return dtype === "float32" || dtype === "int32";
}

/** x cut along an axis; each part a tensor of its own shape. */
function parts(
  backend: NativeBackend,
  x: TensorInfo,
  axis: number,
  sizes: number[],
  shapeOf: (side: number) => number[],
): TensorInfo[] | undefined {
  const begin = x.shape.map(() => 0);
  const results: TensorInfo[] = [];
  for (const side of sizes) {
    const box = x.shape.map((other, i) => (i === axis ? side : other));
    const part = sliceOf(backend, x, begin, box, shapeOf(side));
    if (!part) return undefined;
    results.push(part);
    begin[axis]! += side;
  }
  return results;
}

/** The kernels that take parts of a float32 or int32 tensor. */
export const SLICE: Record<string, NativeKernel> = { Slice: slice, SplitV: splitV, StridedSlice: stridedSlice, Unpack: unpack };
