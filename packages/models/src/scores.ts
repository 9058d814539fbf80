/** The indices of the `count` largest values, largest first; of equals the first comes first. */
export function topIndices(values: ArrayLike<number>, count: number): number[] {
  return Array.from(values, (_, i) => i)
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .slice(0, count);
}
