import { backend_util, util } from "@tensorflow/tfjs-core";
import { size } from "../native-backend";
import type { NativeKernel } from "../register";
import { type Words, words, wordsLike, wordsResult } from "../words";

/** The addon's choice of rows, and its opposite. */
export interface GatherAddon {
  /** x [batches, outer, axis, width], indices [batches, picked] -> y [batches, outer, picked, width] */
  gather(x: Words, indices: Int32Array, y: Words, batches: number, outer: number, axis: number, picked: number, width: number): void;
  /** y [segments, width] = the rows of x [n, width] added up by their id; ids outside [0, segments) are left out. */
  segmentSum(x: Float32Array, ids: Int32Array, y: Float32Array, n: number, segments: number, width: number): void;
}

const gather: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const indices = inputs.indices!;
  const values = words(backend, x);
  if (!values || indices.dtype !== "int32") return undefined;
  const axis = util.parseAxisParam(attrs.axis as number, x.shape)[0]!;
  const batchDims = (attrs.batchDims as number | undefined) ?? 0;
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = backend_util.segment_util.collectGatherOpShapeInfo(
    x as never,
    indices as never,
    axis,
    batchDims,
  );
  const picks = backend.ints(indices);
  const y = wordsLike(backend, values, size(outputShape));
  if (y.length === 0) return undefined; // the stock kernel looks at the indices all the same
  backend.addon.gather(values, picks, y, batchSize, outerSize, dimSize, picks.length / batchSize, sliceSize);
  return wordsResult(backend, outputShape, y);
};

/** Sums of rows by segment: the gradient of `gather`. A NaN or infinity stays in its own segment, the stock kernel spreads it to all. */
const unsortedSegmentSum: NativeKernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const segmentIds = inputs.segmentIds!;
  const segments = attrs.numSegments as number;
  const n = x.shape[0] ?? 0;
  if (
    x.dtype !== "float32" ||
    segmentIds.dtype !== "int32" ||
    segmentIds.shape.length !== 1 ||
    segmentIds.shape[0] !== n ||
    !(segments > 0)
  ) {
    return undefined;
  }
  const shape = [segments, ...x.shape.slice(1)];
  const width = size(x.shape.slice(1));
  const y = backend.allocate(segments * width);
  backend.addon.segmentSum(backend.floats(x), backend.ints(segmentIds), y, n, segments, width);
  return backend.result(shape, y);
};

const scatterNd: NativeKernel = ({ inputs, attrs, backend }) => {
  const indices = inputs.indices!;
  const updates = inputs.updates!;
  const shape = attrs.shape as number[];
  if (updates.dtype !== "float32" || indices.dtype !== "int32") return undefined;
  const { sliceRank, numUpdates, sliceSize, strides, outputSize } = backend_util.calculateShapes(updates, indices, shape);
  const values = backend.floats(updates);
  if (outputSize === 0 || values.length !== numUpdates * sliceSize) return undefined;
  const rows = outputSize / sliceSize;
  const places = backend.ints(indices);
  const ids = new Int32Array(numUpdates);
  for (let i = 0; i < numUpdates; i++) {
    let row = 0;
    for (let j = 0; j < sliceRank; j++) row += places[i * sliceRank + j]! * strides[j]!;
    if (row < 0 || row >= rows) {
      throw new Error(`Invalid indices: ${places.subarray(i * sliceRank, (i + 1) * sliceRank)} does not index into ${shape}`);
    }
    ids[i] = row;
  }
  const y = backend.allocate(outputSize);
  backend.addon.segmentSum(values, ids, y, numUpdates, rows, sliceSize);
  return backend.result(shape, y);
};

/** The kernels that pick rows and add them up again. */
export const GATHER: Record<string, NativeKernel> = { GatherV2: gather, ScatterNd: scatterNd, UnsortedSegmentSum: unsortedSegmentSum };
