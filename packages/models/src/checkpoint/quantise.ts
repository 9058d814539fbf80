/** A matrix as whole numbers from -127 to 127, times a scale for each channel. */
export interface Quantised {
  /** One number a channel, float32. */
  readonly scale: Float32Array;
  /** The matrix's rank, 1 where the scale is the same: `[rows, 1]` or `[1, columns]`. */
  readonly scaleShape: readonly number[];
  /** Makes the whole numbers, row-major. */
  quantised(): Int8Array<ArrayBuffer>;
}

/** The largest whole number: -128 is left out, so that a matrix and its negative are stored alike. */
const LARGEST = 127;
/** Channels below it are zeros: smaller numbers lose float32's precision, and no weight is so small. */
const SMALLEST_SCALE = 1e-30;

/** The largest number that quantise takes: a scale is rounded up, and the product must not be infinite. */
export const LARGEST_TO_QUANTISE = 3e38;

/**
 * Divides a matrix's channels by their scales. A channel is a row, which in torch's Linear gives one output; of two dimensions it is a column
 * where that loses less, as for GPT-2, whose matrices lie the other way.
 *
 * @param data The matrix, row-major; all within ±`LARGEST_TO_QUANTISE`.
 * @param shape Its shape, of rank 2 or more; what follows the first axis is one row.
 */
export function quantise(data: Float32Array, shape: readonly number[]): Quantised {
  const rows = shape[0]!;
  const columns = data.length / rows;
  const byRow = scales(data, columns, true, rows);
  const row = { scale: byRow, scaleShape: shape.map((_, axis) => (axis === 0 ? rows : 1)) };
  const quantised = (scale: Float32Array, isRow: boolean) => () => divided(data, columns, scale, isRow);
  if (shape.length !== 2) return { ...row, quantised: quantised(byRow, true) };
  const byColumn = scales(data, columns, false, columns);
  if (squaredLoss(data, columns, byRow, true) <= squaredLoss(data, columns, byColumn, false))
    return { ...row, quantised: quantised(byRow, true) };
  return { scale: byColumn, scaleShape: [1, columns], quantised: quantised(byColumn, false) };
}

/**
 * The matrix again, in the memory of its whole numbers.
 *
 * @param data Whole numbers, row-major; overwritten.
 * @param shape The matrix's shape.
 * @param scaleShape `shape`, but 1 along some axes.
 */
export function dequantise(data: Int32Array, shape: readonly number[], scale: Float32Array, scaleShape: readonly number[]): Float32Array {
  const result = new Float32Array(data.buffer, data.byteOffset, data.length);
  const columns = data.length / (shape[0] || 1);
  const byRow = scale.length === shape[0] && scaleShape[0] === shape[0];
  for (let r = 0, i = 0; i < data.length; r++) {
    for (let c = 0; c < columns; c++, i++) result[i] = data[i]! * scale[byRow ? r : c]!;
  }
  return result;
}

/** Each channel's largest number, divided by 127. */
function scales(data: Float32Array, columns: number, byRow: boolean, count: number): Float32Array {
  const scale = new Float32Array(count);
  for (let r = 0, i = 0; i < data.length; r++) {
    for (let c = 0; c < columns; c++, i++) {
      const channel = byRow ? r : c;
      scale[channel] = Math.max(scale[channel]!, Math.abs(data[i]!));
    }
  }
  // To 16 bits of precision, upwards: times a whole number of 7 bits a scale is exact in float32, so that a matrix which was read from int8 is
  // written as the same bytes again.
  const bits = new Int32Array(scale.buffer);
  for (let channel = 0; channel < count; channel++) {
    scale[channel] = scale[channel]! / LARGEST;
    bits[channel] = scale[channel]! < SMALLEST_SCALE ? 0 : (bits[channel]! + 0xff) & ~0xff;
  }
  return scale;
}

function squaredLoss(data: Float32Array, columns: number, scale: Float32Array, byRow: boolean): number {
  let loss = 0;
  for (let r = 0, i = 0; i < data.length; r++) {
    for (let c = 0; c < columns; c++, i++) {
      const step = scale[byRow ? r : c]!;
      const difference = step === 0 ? data[i]! : data[i]! - Math.round(data[i]! / step) * step;
      loss += difference * difference;
    }
  }
  return loss;
}

function divided(data: Float32Array, columns: number, scale: Float32Array, byRow: boolean): Int8Array<ArrayBuffer> {
  const result = new Int8Array(data.length);
  for (let r = 0, i = 0; i < data.length; r++) {
    for (let c = 0; c < columns; c++, i++) {
      const step = scale[byRow ? r : c]!;
      result[i] = step === 0 ? 0 : Math.round(data[i]! / step);
    }
  }
  return result;
}
