import { fail } from "./error";

interface Shaped {
  readonly shape: readonly number[];
}

/** `[2, 3]`, as shapes are written in messages. */
export function showShape(value: Shaped): string {
  return `[${value.shape.join(", ")}]`;
}

/** Throws unless `value` has `rank` dimensions; `layout` names them in the message, for example `[batch, dim]`. */
export function checkRank(value: Shaped, rank: number, name: string, layout: string): void {
  if (value?.shape?.length !== rank) {
    const got = value?.shape ? `shape ${showShape(value)}` : String(value);
    fail("SHAPE_MISMATCH", `${name} must be a tensor of shape ${layout}, got ${got}.`);
  }
}

/** Throws unless both have the same shape. */
export function checkSameShape(a: Shaped, b: Shaped, nameA: string, nameB: string): void {
  if (a.shape.length !== b.shape.length || a.shape.some((size, i) => size !== b.shape[i])) {
    fail("SHAPE_MISMATCH", `${nameA} and ${nameB} must have the same shape, got ${showShape(a)} and ${showShape(b)}.`);
  }
}

/** Throws unless `value` is a finite number in [min, max] (and whole, when asked). */
export function checkRange(value: unknown, name: string, range: { min?: number; max?: number; integer?: boolean }): void {
  const { min = -Number.MAX_VALUE, max = Number.MAX_VALUE, integer = false } = range;
  if (typeof value !== "number" || !(value >= min && value <= max) || (integer && !Number.isInteger(value))) {
    const bounds = [range.min !== undefined && `at least ${min}`, range.max !== undefined && `at most ${max}`]
      .filter(Boolean)
      .join(" and ");
    fail(
      "INVALID_ARGUMENT",
      `${name} must be ${integer ? "a whole number" : "a finite number"}${bounds && ` ${bounds}`}, got ${String(value)}.`,
    );
  }
}

/** Throws on an option that nobody reads: what is accepted is never ignored. */
export function checkOptions(options: object | undefined, known: readonly string[], where: string): void {
  for (const key of Object.keys(options ?? {})) {
    if (!known.includes(key)) {
      fail("UNKNOWN_OPTION", `${where} has no option "${key}". It takes: ${known.join(", ")}.`);
    }
  }
}
