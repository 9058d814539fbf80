/** A text on its way: its tokens and the sum of their log-probabilities. */
export interface Scored {
  readonly tokens: readonly number[];
  readonly sum: number;
}

/** Log-probabilities from logits, in double precision. */
export function logSoftmax(logits: ArrayLike<number>): Float64Array {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i]!);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i]! - max);
  const shift = max + Math.log(total);
  const result = new Float64Array(logits.length);
  for (let i = 0; i < logits.length; i++) result[i] = logits[i]! - shift;
  return result;
}

/** The indices of the `count` largest values, largest first; of equals the first comes first. */
export function topIndices(values: ArrayLike<number>, count: number): number[] {
  const better = (a: number, b: number) => values[b]! - values[a]! || a - b;
  if (count * 8 > values.length)
    return Array.from(values, (_, i) => i)
      .sort(better)
      .slice(0, count);
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (best.length === count && values[i]! <= values[best[count - 1]!]!) continue;
    let place = best.length;
    while (place > 0 && values[best[place - 1]!]! < values[i]!) place--;
    best.splice(place, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}
