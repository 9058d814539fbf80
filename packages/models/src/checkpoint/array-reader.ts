import { fail } from "@rsdix/internal";
import type { CheckpointTensor } from "./checkpoint";
import { allocate, decodeRun, elementOf, isFloat, NUMBER_BYTES, type Stored } from "./number-decode";

/** Bytes of a storage, counted from its start. */
export type ReadStorage = (begin: number, end: number) => Promise<Uint8Array>;

/** How an array lies in its storage: element [i, j, …] is the storage's element `offset + i·strides[0] + j·strides[1] + …`. */
export interface ArrayLayout {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

/** An array whose elements lie row after row from the storage's start. */
export function rowMajor(shape: readonly number[]): ArrayLayout {
  const strides = [...shape];
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return { shape, strides, offset: 0 };
}

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
 * @throws FILE_CORRUPT when an integer doesn't fit 32 bits, FILE_TOO_LARGE when it repeats its storage beyond reason, OUT_OF_MEMORY.
 */
export async function readArray(
  layout: ArrayLayout,
  stored: Stored,
  read: ReadStorage,
  windowBytes = WINDOW_BYTES,
): Promise<CheckpointTensor> {
  const { shape } = layout;
  const count = shape.reduce((product, size) => product * size, 1);
  const axes = count > 0 ? axesOf(layout) : [];
  const bytes = NUMBER_BYTES[stored.type];
  checkRepeats(axes, count, bytes, stored.name);
  const data = allocate(stored, count);
  const result: CheckpointTensor = { dtype: isFloat(stored.type) ? "float32" : "int32", shape, data };
  if (count > 0) await readAxes(axes, layout.offset, 0, { data, stored, read, window: Math.floor(windowBytes / bytes) });
  return result;
}

interface Target {
  readonly data: Float32Array | Int32Array;
  readonly stored: Stored;
  readonly read: ReadStorage;
  /** Elements that are read at a time. */
  readonly window: number;
}

/** Axes by their stride in the storage, largest first, so that what is read at a time lies together; neighbours that are one become one. */
function axesOf({ shape, strides }: ArrayLayout): Axis[] {
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

/** Reads what the axes go through, as many steps of the first one at a time as a window holds. */
async function readAxes(axes: readonly Axis[], from: number, to: number, target: Target): Promise<void> {
  const bytes = NUMBER_BYTES[target.stored.type];
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
  const { data, stored } = target;
  const last = axes.at(-1) ?? { size: 1, from: 1, to: 1 };
  if (axes.length <= 1 && last.from === 1 && last.to === 1) {
    decodeRun(piece, stored, data, to);
    return;
  }
  const element = elementOf(piece, stored);
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
