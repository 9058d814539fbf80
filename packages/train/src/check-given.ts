import { fail, show } from "@rsdix/internal";

/** What was given, once it is found to have a method; `what` says what is wanted: "headTask trains a Head". */
export function withMethod<T>(given: T, method: keyof T & string, what: string): T {
  if (typeof (given as Partial<T> | null | undefined)?.[method] !== "function") fail("INVALID_ARGUMENT", `${what}, got ${show(given)}.`);
  return given;
}

/** Throws on what is no list; `of` says of what: "texts". */
export function checkList(value: unknown, name: string, of: string): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) fail("INVALID_ARGUMENT", `${name} must be a list of ${of}, got ${show(value)}.`);
}

/** Throws on what is no text. */
export function checkText(value: unknown, name: string): asserts value is string {
  if (typeof value !== "string") fail("INVALID_ARGUMENT", `${name} must be a text, got ${show(value)}.`);
}

/** Throws on what is no list of texts. */
export function checkTexts(value: unknown, name: string, of = "texts"): asserts value is readonly string[] {
  checkList(value, name, of);
  for (const [i, text] of value.entries()) checkText(text, `${name}[${i}]`);
}

/** Throws on what is neither true nor false. */
export function checkFlag(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== "boolean") fail("INVALID_ARGUMENT", `${name} must be true or false, got ${show(value)}.`);
}

/** Throws on what is given as a function and is none; `what` says what it does: "a function of a point". */
export function checkFunction(value: unknown, name: string, what = "a function"): void {
  if (typeof value !== "function") fail("INVALID_ARGUMENT", `${name} must be ${what}, got ${show(value)}.`);
}
