// Numbers that Python makes too (numbers_.py): both sides get the same weights, so that their results can be compared and not only their speed.

/** Number i of a stream, in [-1, 1). */
function number(i) {
  let t = Math.imul(i + 1, 0x6d2b79f5);
  t = Math.imul(t ^ (t >>> 15), 1 | t);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2147483648 - 1;
}

/** Weights in the order in which they are asked for. */
export function createNumbers(start = 0) {
  let next = start;
  return {
    floats(count, scale) {
      const values = new Float32Array(count);
      for (let i = 0; i < count; i++) values[i] = number(next + i) * scale;
      next += count;
      return values;
    },
    ids(count, below) {
      const values = new Int32Array(count);
      for (let i = 0; i < count; i++) values[i] = Math.floor((number(next + i) + 1) * 0.5 * below);
      next += count;
      return values;
    },
  };
}

/** Where the streams of inputs start: beyond those of weights. */
export const INPUTS = 2 ** 30;
