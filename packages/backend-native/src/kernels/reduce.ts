import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import { type NativeBackend, size } from "../native-backend";
import type { NativeKernel } from "../register";

/** The addon's reductions. */
export interface ReduceAddon {
  /** x [outer, n, inner] -> y [outer, inner], divided. */
  reduce(operation: number, x: Float32Array, y: Float32Array, outer: number, n: number, inner: number, divisor: number): void;
  /** Where the largest (0) or smallest (1) number along the middle axis is. */
  argReduce(smallest: number, x: Float32Array, y: Int32Array, outer: number, n: number, inner: number): void;
}

/** In the order of csrc/reduce.h. */
const OPERATIONS = { sum: 0, product: 1, max: 2, min: 3 };

interface Group {
  size: number;
  reduced: boolean;
}

/** Neighbouring axes of one fate, merged; axes of one index are left out. */
function groupAxes(shape: readonly number[], axes: readonly number[]): Group[] {
  const groups: Group[] = [];
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 1) continue;
    const reduced = axes.includes(i);
    const last = groups[groups.length - 1];
    if (last?.reduced === reduced) last.size *= shape[i]!;
    else groups.push({ size: shape[i]!, reduced });
  }
  return groups;
}

/** One run of reduced axes after another, the innermost first. */
function reduceGroups(backend: NativeBackend, operation: number, values: Float32Array, groups: Group[], divisor: number): Float32Array {
  let left = groups.filter(({ reduced }) => reduced).length;
  if (left === 0) {
    const copy = backend.allocate(values.length);
    copy.set(values); // an empty list of axes, or axes of one index
    return copy;
  }
  let x = values;
  let inner = 1;
  for (let i = groups.length - 1; left > 0; i--) {
    const group = groups[i]!;
    if (!group.reduced) {
      inner *= group.size;
      continue;
    }
    const outer = x.length / group.size / inner;
    const y = backend.allocate(outer * inner);
    left--;
    backend.addon.reduce(operation, x, y, outer, group.size, inner, left === 0 ? divisor : 1);
    if (x !== values) backend.release(x);
    x = y;
  }
  return x;
}

function reduction(operation: keyof typeof OPERATIONS, axisName: string, isMean = false): NativeKernel {
  return ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    const n = size(x.shape);
    if (x.dtype !== "float32" || n === 0) return undefined;
    const axes = util.parseAxisParam(attrs[axisName] as number | number[], x.shape);
    const shape = reducedShape(x, axes, attrs.keepDims as boolean);
    const divisor = isMean ? n / size(shape) : 1;
    const y = reduceGroups(backend, OPERATIONS[operation], backend.floats(x), groupAxes(x.shape, axes), divisor);
    return backend.result(shape, y);
  };
}

function reducedShape(x: TensorInfo, axes: readonly number[], keepDims: boolean): number[] {
  if (keepDims) return x.shape.map((side, i) => (axes.includes(i) ? 1 : side));
  return x.shape.filter((_, i) => !axes.includes(i));
}

function argReduction(smallest: number): NativeKernel {
  return ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    if (x.dtype !== "float32" || size(x.shape) === 0) return undefined;
    const axis = util.parseAxisParam(attrs.axis as number, x.shape)[0];
    if (axis === undefined) return undefined; // a scalar
    const shape = reducedShape(x, [axis], false);
    const y = new Int32Array(size(shape));
    backend.addon.argReduce(smallest, backend.floats(x), y, size(x.shape.slice(0, axis)), x.shape[axis]!, size(x.shape.slice(axis + 1)));
    return backend.makeTensorInfo(shape, "int32", y);
  };
}

/** The kernels that reduce float32 tensors along any axes. */
export const REDUCE: Record<string, NativeKernel> = {
  Sum: reduction("sum", "axis"),
  Mean: reduction("sum", "axis", true),
  Prod: reduction("product", "axis"),
  Max: reduction("max", "reductionIndices"),
  Min: reduction("min", "axis"),
  ArgMax: argReduction(0),
  ArgMin: argReduction(1),
};
