/** `to` with a capital at its beginning where `from` has one. */
export function withCaseOf(from: string, to: string): string {
  const first = from.charAt(0);
  return first === first.toLowerCase() ? to : to.charAt(0).toUpperCase() + to.slice(1);
}
