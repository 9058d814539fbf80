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
/** Added and taken away again it leaves the nearest whole number, since doubles of this size have no fraction; Math.round takes twice as long. */
const WHOLE = 1.5 * 2 ** 52;

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
  const [byRow, byColumn] = scales(data, rows, columns);
  const isRow = shape.length !== 2 || rowsLoseLess(data, columns, byRow, byColumn);
  const scale = isRow ? byRow : byColumn;
  const scaleShape = isRow ? shape.map((_, axis) => (axis === 0 ? rows : 1)) : [1, columns];
  return { scale, scaleShape, quantised: () => divided(data, columns, scale, isRow) };
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

/** The largest number of each row and of each column, divided by 127. */
function scales(data: Float32Array, rows: number, columns: number): [byRow: Float32Array, byColumn: Float32Array] {
  const [byRow, byColumn] = [new Float32Array(rows), new Float32Array(columns)];
  for (let r = 0, i = 0; r < rows; r++) {
    let largest = 0;
    for (let c = 0; c < columns; c++, i++) {
      const size = Math.abs(data[i]!);
      if (size > largest) largest = size;
      if (size > byColumn[c]!) byColumn[c] = size;
    }
    byRow[r] = largest;
  }
  return [stepsOf(byRow), stepsOf(byColumn)];
}

/**
 * In place. Rounded to 16 bits of precision, upwards: times a whole number of 7 bits a scale is exact in float32, so that a matrix which was
 * read from int8 is written as the same bytes again.
 */
function stepsOf(largest: Float32Array): Float32Array {
  const bits = new Int32Array(largest.buffer);
  for (let i = 0; i < largest.length; i++) {
    largest[i] = largest[i]! / LARGEST;
    bits[i] = largest[i]! < SMALLEST_SCALE ? 0 : (bits[i]! + 0xff) & ~0xff;
  }
  return largest;
}

/** What numbers are multiplied by to become whole; 0 for channels of zeros. */
function inverses(scale: Float32Array): Float64Array {
  return Float64Array.from(scale, (step) => (step === 0 ? 0 : 1 / step));
}

/** Compares the sums of the squared differences that rounding makes. */
function rowsLoseLess(data: Float32Array, columns: number, byRow: Float32Array, byColumn: Float32Array): boolean {
  const [rowInverses, columnInverses] = [inverses(byRow), inverses(byColumn)];
  let difference = 0;
  for (let r = 0, i = 0; i < data.length; r++) {
    const [step, inverse] = [byRow[r]!, rowInverses[r]!];
    for (let c = 0; c < columns; c++, i++) {
      const value = data[i]!;
      const ofRow = value - (value * inverse + WHOLE - WHOLE) * step;
      const ofColumn = value - (value * columnInverses[c]! + WHOLE - WHOLE) * byColumn[c]!;
      difference += ofRow * ofRow - ofColumn * ofColumn;
    }
  }
  return difference <= 0;
}

function divided(data: Float32Array, columns: number, scale: Float32Array, isRow: boolean): Int8Array<ArrayBuffer> {
  const result = new Int8Array(data.length);
  const inverse = inverses(scale);
  for (let r = 0, i = 0; i < data.length; r++) {
    for (let c = 0; c < columns; c++, i++) result[i] = data[i]! * inverse[isRow ? r : c]! + WHOLE - WHOLE;
  }
  return result;
}
