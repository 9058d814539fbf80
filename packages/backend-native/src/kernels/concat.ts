import { backend_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { type NativeBackend, size } from "../native-backend";
import type { NativeKernel } from "../register";
import { contiguous } from "../strides";
import { alias, words, wordsLike, wordsResult } from "../words";
import { copy } from "./copy";

function joined(backend: NativeBackend, tensors: TensorInfo[], axis: number, shape: number[]): TensorInfo | undefined {
  const dtype = tensors[0]!.dtype;
  if ((dtype !== "float32" && dtype !== "int32") || tensors.some((x) => x.dtype !== dtype)) return undefined;
  const full = tensors.filter((x) => size(x.shape) > 0);
  if (full.length === 0) return undefined; // nothing to join
  if (full.length === 1) return alias(backend, full[0]!, shape);
  const y = wordsLike(backend, words(backend, full[0]!)!, size(shape));
  // Along the axis everything is a run: rows of each input, side by side in the rows of the result.
  const rows = size(shape.slice(0, axis));
  const width = y.length / rows;
  let offset = 0;
  for (const x of full) {
    const values = words(backend, x)!;
    const run = values.length / rows;
    copy(backend, [rows, run], { values, offset: 0, strides: contiguous([rows, run]) }, { values: y, offset, strides: [width, 1] });
    offset += run;
  }
  return wordsResult(backend, shape, y);
}

const concat: NativeKernel = ({ inputs, attrs, backend }) => {
  const tensors = inputs as unknown as TensorInfo[];
  const axis = util.parseAxisParam(attrs.axis as number, tensors[0]!.shape)[0]!;
  const shapes = tensors.map((x) => x.shape);
  backend_util.assertParamsConsistent(shapes, axis);
  return joined(backend, tensors, axis, backend_util.computeOutShape(shapes, axis));
};

const pack: NativeKernel = ({ inputs, attrs, backend }) => {
  const tensors = inputs as unknown as TensorInfo[];
  const { shape, dtype } = tensors[0]!;
  for (const x of tensors) {
    util.assertShapesMatch(shape, x.shape, "All tensors passed to stack must have matching shapes");
    util.assert(x.dtype === dtype, () => "All tensors passed to stack must have matching dtypes");
  }
  const rank = shape.length + 1;
  const axis = ((attrs.axis as number) + rank) % rank;
  return joined(backend, tensors, axis, [...shape.slice(0, axis), tensors.length, ...shape.slice(axis)]);
};

/** The kernels that join float32 or int32 tensors along an axis. */
export const CONCAT: Record<string, NativeKernel> = { Concat: concat, Pack: pack };
