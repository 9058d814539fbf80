import { checkRange, fail, show } from "@rsdix/internal";

/**
 * Holm's correction: p-values of several tests, so raised that the chance of even one false alarm among all of them stays below the level that they are
 * compared with.
 *
 * @param ps The tests' p-values, 0 to 1; null for a test that had no answer, which does not count.
 * @returns The raised p-values in the same order, null where it was null.
 * @throws RsdixError INVALID_ARGUMENT for what is no list of such values.
 * @example
 * ```ts
 * import { holm } from "@rsdix/metrics/study";
 * console.log(holm([0.01, 0.04, null, 0.03])); // [ 0.03, 0.06, null, 0.06 ]
 * ```
 * @see Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979
 */
export function holm(ps: readonly (number | null)[]): (number | null)[] {
  if (!Array.isArray(ps)) fail("INVALID_ARGUMENT", `ps must be a list of p-values, got ${show(ps)}.`);
  for (let i = 0; i < ps.length; i++) if (ps[i] !== null) checkRange(ps[i], `ps[${i}]`, { min: 0, max: 1 });
  const order = ps.flatMap((p, i) => (p === null ? [] : [{ p, i }])).sort((a, b) => a.p - b.p);
  const raised: (number | null)[] = ps.map(() => null);
  let largest = 0;
  order.forEach(({ p, i }, rank) => {
    largest = Math.max(largest, Math.min(1, p * (order.length - rank)));
    raised[i] = largest;
  });
  return raised;
}
