import { KERNELS } from "./filters";

/** For each output position the first source position, counted from `from`, how many follow, and their fixed-point weights. */
export interface Weights {
  /** The first source position that is read. */
  readonly from: number;
  /** How many are read from there on. */
  readonly reads: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `stride` slots an output position, the first `count` of them used. */
  readonly values: Int32Array;
  readonly stride: number;
}

// Pillow keeps weights as whole numbers so that 255 times a sum of weights fits in 32 bits, with 2 bits for overshoot.
export const PRECISION_BITS = 32 - 8 - 2;

/** A data set's images have few sizes; a size's weights take as long as a tenth of its resizing. */
const KEPT = 16;
/** Of larger images the weights are made anew: about 1 MB is kept at most. */
const MAX_KEPT_VALUES = 16_384;
const kept = new Map<string, Weights>();

/** The weights of a pass from `from` to `to` pixels: of `length` of them, from `start` on. */
export function weightsFor(from: number, to: number, filter: keyof typeof KERNELS, start = 0, length = to): Weights {
  const key = `${from} ${to} ${start} ${length} ${filter}`;
  const known = kept.get(key);
  if (known) return known;
  const made = makeWeights(from, to, filter, start, length);
  if (made.values.length > MAX_KEPT_VALUES) return made;
  if (kept.size === KEPT) kept.delete(kept.keys().next().value!);
  kept.set(key, made);
  return made;
}

function makeWeights(from: number, to: number, filter: keyof typeof KERNELS, begin: number, length: number): Weights {
  const { support: unitSupport, weight } = KERNELS[filter];
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const support = unitSupport * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(length);
  const count = new Int32Array(length);
  const values = new Int32Array(length * stride);
  const exact = new Float64Array(stride);
  for (let position = 0; position < length; position++) {
    const center = (begin + position + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const n = Math.min(from, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      // Multiplying by 1 / stretch (not dividing by stretch) is what Pillow does, and differs in the last bit.
      exact[i] = weight((i + start - center + 0.5) * (1 / stretch));
      sum += exact[i]!;
    }
    first[position] = start;
    count[position] = n;
    for (let i = 0; i < n; i++) {
      const value = sum === 0 ? exact[i]! : exact[i]! / sum;
      values[position * stride + i] = Math.trunc(value * 2 ** PRECISION_BITS + (value < 0 ? -0.5 : 0.5));
    }
  }
  const origin = first[0]!; // neither first positions nor ends decrease
  const reads = first[length - 1]! + count[length - 1]! - origin;
  return { from: origin, reads, first: first.map((position) => position - origin), count, values, stride };
}
