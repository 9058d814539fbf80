import { fail } from "@rsdix/internal";

/** Checks where results are to be: an address would be taken for a folder of an odd name. */
export function checkPlace(place: unknown, what: string): asserts place is string {
  if (typeof place !== "string" || place === "") fail("INVALID_ARGUMENT", `${what} must be a path, got ${JSON.stringify(place)}.`);
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(place))
    fail("INVALID_ARGUMENT", `${place} is an address, and results are written to files: give a path, as of where a store is mounted.`);
}
