/** Axes that the addon takes, after neighbours are merged. */
const MAX_RANK = 16;

/** What a call to the addon walks: sizes, one array's strides, the other's, one list after another. Filled anew for each call. */
export const lists = new Float64Array(3 * MAX_RANK);

/** Numbers from one index of an axis to the next, in a contiguous array of this shape. */
export function contiguous(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** The strides of a contiguous array that is broadcast to `rank` axes: 0 along the axes that it lacks. */
export function broadcastStrides(shape: readonly number[], rank: number): number[] {
  const strides = new Array<number>(rank).fill(0);
  let stride = 1;
  for (let i = 1; i <= shape.length; i++) {
    const side = shape[shape.length - i]!;
    if (side !== 1) strides[rank - i] = stride;
    stride *= side;
  }
  return strides;
}

/**
 * Fills `lists` with the fewest axes that describe the same walk: axes of one index are dropped, and neighbours merged where both arrays go on
 * where the inner one ended.
 *
 * @returns Axes, at least one; 0 where there are too many.
 */
export function mergeAxes(sizes: readonly number[], first: readonly number[], second: readonly number[]): number {
  let rank = 0;
  const merged = MERGED;
  for (let i = 0; i < sizes.length; i++) {
    const side = sizes[i]!;
    if (side === 1) continue;
    const [a, b] = [first[i]!, second[i]!];
    if (rank > 0 && merged.first[rank - 1] === a * side && merged.second[rank - 1] === b * side) {
      merged.sizes[rank - 1]! *= side;
      merged.first[rank - 1] = a;
      merged.second[rank - 1] = b;
      continue;
    }
    if (rank === MAX_RANK) return 0;
    merged.sizes[rank] = side;
    merged.first[rank] = a;
    merged.second[rank] = b;
    rank++;
  }
  if (rank === 0) {
    lists[0] = lists[1] = lists[2] = 1;
    return 1;
  }
  for (let i = 0; i < rank; i++) {
    lists[i] = merged.sizes[i]!;
    lists[rank + i] = merged.first[i]!;
    lists[2 * rank + i] = merged.second[i]!;
  }
  return rank;
}

const MERGED = { sizes: new Array<number>(MAX_RANK), first: new Array<number>(MAX_RANK), second: new Array<number>(MAX_RANK) };
