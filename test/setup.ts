import { afterAll, afterEach, expect } from "vitest";
import { cleanUp } from "./cleanup";

type Values = ArrayLike<number>;

interface Tolerance {
  rtol?: number;
  atol?: number;
}

/** numpy's `allclose`: |actual - expected| <= atol + rtol * |expected|, element by element, lengths equal. */
function toBeAllclose(actual: Values, expected: Values, { rtol = 1e-5, atol = 1e-6 }: Tolerance = {}) {
  if (actual.length !== expected.length) {
    return { pass: false, message: () => `expected ${expected.length} values, got ${actual.length}` };
  }
  let worst = 0;
  let at = -1;
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i]!;
    const e = expected[i]!;
    const ratio = Object.is(a, e) || a === e ? 0 : Math.abs(a - e) / (atol + rtol * Math.abs(e));
    const excess = Number.isNaN(ratio) ? Number.POSITIVE_INFINITY : ratio; // a NaN on one side, or two infinities that differ
    if (excess > worst) {
      worst = excess;
      at = i;
    }
  }
  return {
    pass: worst <= 1,
    message: () =>
      `index ${at}: got ${actual[at]}, expected ${expected[at]} (${worst.toPrecision(3)} times the tolerance, rtol ${rtol}, atol ${atol})`,
  };
}

/**
 * Whether two typed arrays of one kind hold the same bytes: `toEqual` looks at each element for a microsecond. What differs is left to it, to be shown; so is
 * what is empty, or detached.
 */
function haveSameBytes(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
  if (a.byteLength !== b.byteLength || a.byteLength === 0) return undefined;
  const right = bytesOf(b);
  return bytesOf(a).every((byte, i) => byte === right[i]) || undefined;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);

expect.extend({ toBeAllclose });
const shared = globalThis as { comparesBytes?: true }; // this file runs for each of a process's files, whose testers are one list
if (!shared.comparesBytes) expect.addEqualityTesters([haveSameBytes]);
shared.comparesBytes = true;

afterEach(() => cleanUp("test"));
afterAll(() => cleanUp("file"));

declare module "vitest" {
  interface Matchers<T> {
    /** Element-wise closeness of two arrays of numbers; a NaN matches only a NaN. */
    toBeAllclose(expected: Values, tolerance?: Tolerance): T;
  }
}
