import { fail } from "./error";

interface Shaped {
  readonly shape: readonly number[];
  readonly isDisposed?: boolean;
}

/** What tells a tensor from an object that only has a shape, whichever copy of TensorFlow.js made it. */
interface TensorLike extends Shaped {
  dataSync(): unknown;
}

/** Near the largest number that float32 holds: tensors turn what lies beyond into infinity. */
export const FLOAT32_MAX = 3.4e38;

/** `[2, 3]`, as shapes are written in messages; of a tensor that was disposed also that. */
export function showShape(value: Shaped): string {
  return `[${value.shape.join(", ")}]${value.isDisposed ? ", disposed" : ""}`;
}

/** What came, as messages write it: never an error of its own, which String gives for an object without a prototype. */
export function show(value: unknown): string {
  return typeof value === "object" && value ? {}.toString.call(value) : String(value);
}

/** Throws unless `value` is a tensor of `rank` dimensions that can still be read; `layout` names them in the message, for example `[batch, dim]`. */
export function checkRank(value: TensorLike, rank: number, name: string, layout: string): void {
  const isTensor = typeof value?.dataSync === "function";
  if (isTensor && value.shape.length === rank && !value.isDisposed) return;
  const got = isTensor ? `shape ${showShape(value)}` : show(value);
  fail("SHAPE_MISMATCH", `${name} must be a tensor of shape ${layout}, got ${got}.`);
}

/** Throws unless both have the same shape. */
export function checkSameShape(a: Shaped, b: Shaped, nameA: string, nameB: string): void {
  if (a.shape.length !== b.shape.length || a.shape.some((size, i) => size !== b.shape[i])) {
    fail("SHAPE_MISMATCH", `${nameA} and ${nameB} must have the same shape, got ${showShape(a)} and ${showShape(b)}.`);
  }
}

/** Throws unless `value` is a number that float32 holds in [min, max] (and whole, when asked). */
export function checkRange(value: unknown, name: string, range: { min?: number; max?: number; integer?: boolean }): void {
  const { min = -FLOAT32_MAX, max = FLOAT32_MAX, integer = false } = range;
  const isNumber = typeof value === "number";
  if (!isNumber || !(value >= min && value <= max) || (integer && !Number.isInteger(value))) {
    const beyond = isNumber && Math.abs(value) > FLOAT32_MAX;
    const bounds = [range.min !== undefined && `at least ${min}`, range.max !== undefined && `at most ${max}`]
      .filter(Boolean)
      .join(" and ");
    fail(
      "INVALID_ARGUMENT",
      `${name} must be ${integer ? "a whole number" : "a finite number"}${bounds && ` ${bounds}`}, got ${show(value)}${beyond ? ", beyond float32" : ""}.`,
    );
  }
}

/**
 * The options, none where they are absent. Throws on what is no object, and on an option that nobody reads: what is accepted is never
 * ignored. `where` is the function, or what of it they are: "fit", "fit's validation".
 */
export function checkOptions<T extends object>(options: T | undefined, known: readonly string[], where: string): T {
  const given = options === undefined ? ({} as T) : options;
  if (show(given) !== "[object Object]") {
    const what = where.includes("'") ? where : `${where}'s options`;
    fail("INVALID_ARGUMENT", `${what} must be an object of ${known.join(", ")}, got ${show(given)}.`);
  }
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      fail("UNKNOWN_OPTION", `${where} has no option "${key}". It takes: ${known.join(", ")}.`);
    }
  }
  return given;
}
