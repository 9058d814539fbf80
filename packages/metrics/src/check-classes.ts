import { checkRange, fail, show } from "@rsdix/internal";

/** More classes than there are of anything; so many can still be counted one by one. */
const MAX_CLASSES = 10_000_000;

/** Throws unless `values` is a non-empty array of class indices below `classes`. */
export function checkClasses(values: ArrayLike<number>, name: string, classes: number): void {
  checkRange(classes, "The number of classes", { min: 1, max: MAX_CLASSES, integer: true });
  if (!isArrayLike(values)) fail("INVALID_ARGUMENT", `${name} must be an array of class indices, got ${show(values)}.`);
  if (values.length === 0) fail("EMPTY_DATA", `${name} is empty: give at least one class index.`);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isInteger(value) || value < 0 || value >= classes) {
      fail("INVALID_ARGUMENT", `${name}[${i}] must be a class index from 0 to ${classes - 1}, got ${show(value)}.`);
    }
  }
}

/** An array or a typed array: what `ArrayLike<number>` promises, without strings. */
export function isArrayLike(values: unknown): values is ArrayLike<number> {
  return Array.isArray(values) || (ArrayBuffer.isView(values) && !(values instanceof DataView));
}
