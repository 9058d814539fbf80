/** The number so far from the first one to the second: 0 is the first, 1 the second. */
export function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
