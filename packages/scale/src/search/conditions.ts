import { fail } from "@rsdix/internal";
import type { MetadataType } from "./manifest";

/** What a column of a row holds; null where nothing is known. */
export type MetadataValue = string | number | boolean | null;

/** A condition on a column. */
export interface Condition {
  readonly column: string;
  holds(value: MetadataValue): boolean;
}

type Known = Exclude<MetadataValue, null>;

const COMPARISONS: Readonly<Record<string, (a: Known, b: Known) => boolean>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** Reads a condition such as "split=test" or "clouds<0.2". Where a column has no value, no condition on it holds. */
export function parseCondition(text: unknown, columns: Readonly<Record<string, MetadataType>>): Condition {
  const [, column, sign, value] = (typeof text === "string" && /^\s*([^=!<>]*[^=!<>\s])\s*(!=|<=|>=|=|<|>)\s*(.*?)\s*$/s.exec(text)) || [];
  if (column === undefined || value === undefined || sign === undefined)
    return fail(
      "INVALID_ARGUMENT",
      `A condition is a column, one of ${Object.keys(COMPARISONS).join(" ")} and a value, such as "split=test"; got ${JSON.stringify(text)}.`,
    );
  const type = Object.hasOwn(columns, column) ? columns[column] : undefined;
  if (type === undefined)
    return fail("INVALID_ARGUMENT", `"${text}": the index has no column "${column}". It has ${Object.keys(columns).join(", ")}.`);
  const wanted = wantedOf(value, type, text as string);
  const compare = COMPARISONS[sign]!;
  return { column, holds: (given) => given !== null && compare(given, wanted) };
}

function wantedOf(value: string, type: MetadataType, text: string): Known {
  if (type === "string") return value;
  if (type === "boolean") {
    if (value !== "true" && value !== "false") fail("INVALID_ARGUMENT", `"${text}": the column holds true or false, got "${value}".`);
    return value === "true";
  }
  const number = Number(value);
  if (value === "" || Number.isNaN(number)) fail("INVALID_ARGUMENT", `"${text}": the column holds numbers, got "${value}".`);
  return number;
}
