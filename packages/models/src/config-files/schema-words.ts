import { show } from "@rsdix/internal";
import type * as z from "zod/mini";

type Issue = z.core.$ZodIssue;

const MOST = 100;

/** What a field must be, by the names that zod has for it. */
const KINDS: Readonly<Record<string, string>> = {
  number: "a number",
  int: "a whole number",
  string: "a text",
  boolean: "true or false",
  array: "a list",
  object: "an object with fields",
  record: "an object with fields",
};

/** The first thing that is wrong with a file, as a sentence: where it is, what was expected, and what came. */
export function problemOf(issue: Issue, json: unknown): string {
  const name = issue.path.join(".").slice(0, 2 * MOST);
  const value = issue.path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], json);
  if (issue.code === "unrecognized_keys") {
    const fields = issue.keys.slice(0, 5).map((key) => JSON.stringify(key.slice(0, MOST)));
    return `${name ? `"${name}"` : "it"} has ${fields.join(", ")}, which isn't known here and may change the model.`;
  }
  const must = `must be ${expectedBy(issue)}`;
  if (value === undefined && name) return `"${name}" is missing; it ${must}.`;
  return `${name ? `"${name}"` : "its content"} ${must}, got ${shown(value)}.`;
}

function expectedBy(issue: Issue): string {
  if (issue.code === "invalid_type") return KINDS[issue.expected] ?? issue.expected;
  const entries = "origin" in issue && issue.origin === "array" ? "a list of " : "";
  if (issue.code === "too_big") return `${entries}${issue.inclusive ? "at most" : "less than"} ${issue.maximum}${entries && " entries"}`;
  if (issue.code === "too_small") return `${entries}${issue.inclusive ? "at least" : "more than"} ${issue.minimum}${entries && " entries"}`;
  return issue.message;
}

/** What came, as it stands in the file. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length > 4 ? `a list of ${value.length} entries` : JSON.stringify(value).slice(0, MOST);
  return typeof value === "string" ? JSON.stringify(value.slice(0, MOST)) : show(value).replace("[object Object]", "an object");
}
