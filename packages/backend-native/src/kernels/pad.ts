import { util } from "@tensorflow/tfjs-core";
import { size } from "../native-backend";
import type { NativeKernel } from "../register";
import { contiguous } from "../strides";
import { alias, words, wordsLike, wordsResult } from "../words";
import { copy, copyOf } from "./copy";

const pad: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const values = words(backend, x);
  if (!values) return undefined;
  const paddings = attrs.paddings as [number, number][];
  const shape = x.shape.map((side, i) => paddings[i]![0] + side + paddings[i]![1]);
  const strides = contiguous(shape);
  const y = wordsLike(backend, values, size(shape));
  y.fill(attrs.constantValue as number);
  const offset = paddings.reduce((sum, [before], i) => sum + before * strides[i]!, 0);
  if (values.length > 0 && !copy(backend, x.shape, { values, offset: 0, strides: contiguous(x.shape) }, { values: y, offset, strides }))
    return undefined;
  return wordsResult(backend, shape, y);
};

const tile: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const repeats = attrs.reps as number[];
  const strides = contiguous(x.shape);
  return copyOf(backend, x, {
    offset: 0,
    strides: strides.flatMap((stride) => [0, stride]),
    walked: x.shape.flatMap((side, i) => [repeats[i]!, side]),
    shape: x.shape.map((side, i) => side * repeats[i]!),
  });
};

const reverse: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  if (x.shape.length === 0 || size(x.shape) === 0) return alias(backend, x, x.shape);
  const axes = util.parseAxisParam(attrs.dims as number[], x.shape);
  const strides = contiguous(x.shape);
  const offset = axes.reduce((sum, axis) => sum + (x.shape[axis]! - 1) * strides[axis]!, 0);
  return copyOf(backend, x, {
    offset,
    strides: strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
    walked: x.shape,
    shape: x.shape,
  });
};

/** The kernels that lay out a float32 or int32 tensor anew. */
export const LAYOUT: Record<string, NativeKernel> = { PadV2: pad, Reverse: reverse, Tile: tile };
