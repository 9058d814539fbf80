import { fail, showShape } from "@rsdix/internal";
import { type CheckpointTensor, transposed } from "../checkpoint";
import type { LazyTensor } from "../lazy-checkpoint";

/** A named array that is not read yet. */
export type Named = readonly [name: string, tensor: LazyTensor];

/** Remembers the last array that was read, because its parts (queries, keys, values) are mostly asked for one after the other. */
export class LastRead {
  private tensor: LazyTensor | undefined;
  private values: Promise<CheckpointTensor> | undefined;

  /** The array's numbers, which others may be given too. */
  read(tensor: LazyTensor): Promise<CheckpointTensor> {
    if (this.tensor === tensor && this.values) return this.values;
    const values = tensor.read();
    this.tensor = tensor;
    this.values = values;
    values.catch(() => {
      if (this.values === values) this.values = undefined; // what failed is tried again
    });
    return values;
  }
}

/** A matrix the other way round. */
export function transposedTensor([name, tensor]: Named): LazyTensor {
  const [rows, columns] = tensor.shape;
  if (tensor.shape.length !== 2) misshaped(name, "a matrix", tensor);
  return {
    dtype: tensor.dtype,
    shape: [columns!, rows!],
    async read() {
      const { dtype, data } = await tensor.read();
      if (!(data instanceof Float32Array)) fail("CHECKPOINT_MISMATCH", `"${name}" should be of floating-point numbers, got ${dtype}.`);
      return { dtype, shape: [columns!, rows!], data: transposed(data, rows!, columns!) };
    },
  };
}

/** The same numbers with more (or, below zero, fewer) leading dimensions of size 1. */
export function withLeadingOnes([name, tensor]: Named, ones: number): LazyTensor {
  const dropped = tensor.shape.slice(0, Math.max(0, -ones));
  if (dropped.length < -ones || dropped.some((size) => size !== 1)) misshaped(name, `${-ones} leading dimensions of size 1`, tensor);
  const shape = ones > 0 ? [...Array<number>(ones).fill(1), ...tensor.shape] : tensor.shape.slice(-ones);
  return { dtype: tensor.dtype, shape, read: async () => ({ ...(await tensor.read()), shape }) };
}

/**
 * Cuts the rows of a few arrays, one below the other, anew.
 *
 * @param from The arrays, and how many of the parts each has.
 * @param shares How many of the parts each array of the result has.
 */
export function rowsAgain(from: readonly (readonly [Named, number])[], shares: readonly number[], last: LastRead): LazyTensor[] {
  const [[[firstName, first], firstShare]] = from as [readonly [Named, number]];
  const unit = (first.shape[0] ?? 0) / firstShare;
  const inner = first.shape.slice(1);
  for (const [[name, tensor], share] of from) {
    const fits = Number.isInteger(unit) && tensor.shape.length > 0 && tensor.shape.slice(1).join() === inner.join();
    if (!fits || tensor.shape[0] !== unit * share || tensor.dtype !== first.dtype) {
      const what = from.length > 1 ? `like "${firstName}" (${first.dtype} ${showShape(first)})` : `of a multiple of ${share} rows`;
      fail("CHECKPOINT_MISMATCH", `"${name}" should be an array ${what}, got ${tensor.dtype} ${showShape(tensor)}.`);
    }
  }
  let end = 0;
  return shares.map((share) => {
    const start = end;
    end += share;
    const shape = [unit * share, ...inner];
    return { dtype: first.dtype, shape, read: () => readRows(from, [start * unit, (start + share) * unit], shape, last) };
  });
}

/** Rows [start, end) of the arrays one below the other. */
async function readRows(
  from: readonly (readonly [Named, number])[],
  [start, end]: readonly [number, number],
  shape: readonly number[],
  last: LastRead,
): Promise<CheckpointTensor> {
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  let result: CheckpointTensor | undefined;
  let top = 0; // the row at which the next array starts
  for (const [[name, tensor]] of from) {
    const rows = tensor.shape[0]!;
    const [first, beyond] = [Math.max(start, top), Math.min(end, top + rows)];
    if (first < beyond) {
      const { dtype, data } = await last.read(tensor);
      const length = (end - start) * width;
      result ??= { dtype, shape, data: dtype === "float32" ? new Float32Array(length) : new Int32Array(length) };
      if (result.dtype !== dtype) fail("CHECKPOINT_MISMATCH", `"${name}" is ${dtype}, and the arrays that it is joined with are not.`);
      result.data.set(data.subarray((first - top) * width, (beyond - top) * width), (first - start) * width);
    }
    top += rows;
  }
  return result ?? { dtype: "float32", shape, data: new Float32Array(0) };
}

/** An array that is read together with one that must be equal to it. */
export function equalTensor([name, tensor]: Named, [second, other]: Named): LazyTensor {
  if (other.shape.join() !== tensor.shape.join()) unequal(second, name);
  return {
    dtype: tensor.dtype,
    shape: tensor.shape,
    async read() {
      const values = await tensor.read();
      const { data } = await other.read();
      if (data.length !== values.data.length || data.some((value, i) => value !== values.data[i])) unequal(second, name);
      return values;
    },
  };
}

/** The failure of a second name for an array whose numbers are others. */
export function unequal(second: string, name: string): never {
  fail(
    "CHECKPOINT_MISMATCH",
    `"${second}" differs from the token table ("${name}"). Only models whose output matrix is tied to the table can be loaded.`,
  );
}

function misshaped(name: string, expected: string, tensor: LazyTensor): never {
  fail("CHECKPOINT_MISMATCH", `"${name}" should be ${expected}, got ${tensor.dtype} ${showShape(tensor)}.`);
}
