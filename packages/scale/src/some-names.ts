/** Names that a message gives. */
const NAMED = 5;

/** The first of some names, and how many more there are: "a, b, c, d, e and 7 more". */
export function someNames(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return names.slice(0, NAMED).join(", ") + more;
}
