import { fail } from "@rsdix/internal";
import type { CheckpointTensor } from "./checkpoint";
import { HOST_IS_LITTLE_ENDIAN, halfToFloatBits } from "./number-bits";
import { DTYPE_BYTES, type TorchDtype, type TorchTensor } from "./torch-tensor";

/** Bytes of a storage, counted from its start. */
export type ReadStorage = (begin: number, end: number) => Promise<Uint8Array>;

/** What is read at a time: an array of any size needs its own memory and this. */
const WINDOW_BYTES = 8_000_000;
/** Elements of an array that repeats its storage, or goes through it several times over: a few bytes of file could ask for any memory. */
const MAX_REPEATED = 2_000_000;

interface Axis {
  readonly size: number;
  /** From one element to the next, in the storage and in the result. */
  readonly from: number;
  readonly to: number;
}

/**
 * Reads an array's numbers, row-major whatever its strides are: floats as float32, integers and booleans as int32.
 *
 * @param read Gives bytes of the array's storage.
 * @param windowBytes The most that is asked of it at a time.
 * @throws FILE_CORRUPT when a 64-bit integer doesn't fit 32 bits, FILE_TOO_LARGE when it repeats its storage beyond reason, OUT_OF_MEMORY.
 */
export async function readTensor(
  tensor: TorchTensor,
  name: string,
  littleEndian: boolean,
  read: ReadStorage,
  windowBytes = WINDOW_BYTES,
): Promise<CheckpointTensor> {
  const { dtype, shape } = tensor;
  const count = shape.reduce((product, size) => product * size, 1);
  const axes = count > 0 ? axesOf(tensor) : [];
  checkRepeats(axes, count, DTYPE_BYTES[dtype], name);
  const isFloat = dtype.includes("float");
  const data = allocated(isFloat ? Float32Array : Int32Array, count, name);
  const result: CheckpointTensor = { dtype: isFloat ? "float32" : "int32", shape, data };
  if (count === 0) return result;
  await readAxes(axes, tensor.offset, 0, { data, name, dtype, littleEndian, read, window: Math.floor(windowBytes / DTYPE_BYTES[dtype]) });
  return result;
}

interface Target {
  readonly data: Float32Array | Int32Array;
  readonly name: string;
  readonly dtype: TorchDtype;
  readonly littleEndian: boolean;
  readonly read: ReadStorage;
  /** Elements that are read at a time. */
  readonly window: number;
}

/** Axes by their stride in the storage, largest first, so that what is read at a time lies together; neighbours that are one become one. */
function axesOf({ shape, strides }: TorchTensor): Axis[] {
  let to = 1;
  const axes: Axis[] = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1) axes.push({ size: shape[axis]!, from: strides[axis]!, to });
    to *= shape[axis]!;
  }
  axes.sort((a, b) => b.from - a.from || b.to - a.to);
  const merged: Axis[] = [];
  for (const axis of axes) {
    const outer = merged.at(-1);
    if (outer && outer.from === axis.from * axis.size && outer.to === axis.to * axis.size) {
      merged[merged.length - 1] = { ...axis, size: axis.size * outer.size };
    } else merged.push(axis);
  }
  return merged;
}

/** How many elements of the storage lie from the first to the last of these axes' elements. */
function spanOf(axes: readonly Axis[]): number {
  return axes.reduce((sum, { size, from }) => sum + (size - 1) * from, 1);
}

function checkRepeats(axes: readonly Axis[], count: number, bytes: number, name: string): void {
  const overlaps = axes.some(({ from }, i) => from > 0 && from < spanOf(axes.slice(i + 1)));
  const repeats = overlaps || axes.some(({ from }) => from === 0);
  if ((repeats && count > MAX_REPEATED) || (overlaps && spanOf(axes) * bytes > WINDOW_BYTES)) {
    fail(
      "FILE_TOO_LARGE",
      `"${name}" repeats its storage to ${count} elements; at most ${MAX_REPEATED} are made. Save it with .contiguous().`,
    );
  }
}

function allocated(type: typeof Float32Array | typeof Int32Array, count: number, name: string): Float32Array | Int32Array {
  try {
    return new type(count);
  } catch (error) {
    return fail("OUT_OF_MEMORY", `"${name}" has ${count} elements, for which there is no memory.`, error);
  }
}

/** Reads what the axes go through, as many steps of the first one at a time as a window holds. */
async function readAxes(axes: readonly Axis[], from: number, to: number, target: Target): Promise<void> {
  const bytes = DTYPE_BYTES[target.dtype];
  const { window } = target;
  const [first, ...rest] = axes;
  const inner = spanOf(rest);
  if (!first || spanOf(axes) <= window) {
    const piece = await target.read(from * bytes, (from + spanOf(axes)) * bytes);
    return decode(piece, axes, to, target);
  }
  const steps = inner > window ? 1 : Math.max(1, Math.floor((window - inner) / first.from) + 1);
  for (let done = 0; done < first.size; done += steps) {
    const size = Math.min(steps, first.size - done);
    const piece = size === 1 ? rest : [{ ...first, size }, ...rest];
    await readAxes(piece, from + done * first.from, to + done * first.to, target);
  }
}

/** Writes the elements of a piece of the storage to their places. */
function decode(piece: Uint8Array, axes: readonly Axis[], to: number, target: Target): void {
  const { data, dtype, littleEndian } = target;
  const last = axes.at(-1) ?? { size: 1, from: 1, to: 1 };
  if (axes.length <= 1 && last.from === 1 && last.to === 1 && littleEndian && HOST_IS_LITTLE_ENDIAN && /^(float|int)32$/.test(dtype)) {
    new Uint8Array(data.buffer, data.byteOffset + 4 * to, piece.byteLength).set(piece);
    return;
  }
  const element = elementOf(new DataView(piece.buffer, piece.byteOffset, piece.byteLength), target);
  const outer = axes.slice(0, -1);
  const index = outer.map(() => 0);
  let source = 0;
  let place = to;
  for (;;) {
    for (let i = 0; i < last.size; i++) data[place + i * last.to] = element(source + i * last.from);
    let axis = outer.length - 1;
    for (; axis >= 0; axis--) {
      const { size, from, to: step } = outer[axis]!;
      index[axis]!++;
      source += from;
      place += step;
      if (index[axis]! < size) break;
      index[axis] = 0;
      source -= size * from;
      place -= size * step;
    }
    if (axis < 0) return;
  }
}

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** A float32 by its bits; a NaN's bits may change on the way, which no model counts on. */
function fromBits(value: number): number {
  bits[0] = value;
  return float[0]!;
}

function elementOf(view: DataView, { dtype, littleEndian: little, name }: Target): (index: number) => number {
  switch (dtype) {
    case "float64":
      return (i) => view.getFloat64(8 * i, little);
    case "float32":
      return (i) => view.getFloat32(4 * i, little);
    case "float16":
      return (i) => fromBits(halfToFloatBits(view.getUint16(2 * i, little)));
    case "bfloat16":
      return (i) => fromBits(view.getUint16(2 * i, little) << 16);
    case "int64":
      return (i) => {
        const [low, high] = [view.getInt32(8 * i + (little ? 0 : 4), little), view.getInt32(8 * i + (little ? 4 : 0), little)];
        if (high !== low >> 31) fail("FILE_CORRUPT", `"${name}": ${view.getBigInt64(8 * i, little)} doesn't fit 32 bits.`);
        return low;
      };
    case "int32":
      return (i) => view.getInt32(4 * i, little);
    case "int16":
      return (i) => view.getInt16(2 * i, little);
    case "int8":
      return (i) => view.getInt8(i);
    case "uint8":
      return (i) => view.getUint8(i);
    case "bool":
      return (i) => (view.getUint8(i) === 0 ? 0 : 1);
  }
}
