import { fail } from "@rsdix/internal";

/** Throws on an option that is null: what isn't wanted is left out, and null, which nothing asks for, is a mistake of the caller's. */
export function refuseNull<T extends object>(options: T, names: readonly string[] = Object.keys(options)): T {
  for (const name of names) {
    if (options[name as keyof T] === null) fail("INVALID_ARGUMENT", `${name} must not be null: leave it out where it isn't wanted.`);
  }
  return options;
}
