/** Within it, ticks are written without an exponent. */
const PLAIN = { from: 1e-3, to: 1e6 } as const;
/** Values closer together, compared with their size, differ by rounding alone. */
const NOISE = 1e-6;
/** Room around them, compared with their size. */
const ROOM = 1e-3;

/** How an axis over values from low to high is written and how far it goes, where that is not what d3 does: it would write 1.4e-15 as 0.0000000000000014. */
export function valueAxis(low: number, high: number): { format?: string; domain?: [number, number] } {
  const size = Math.max(Math.abs(low), Math.abs(high));
  const span = high - low;
  const middle = low + span / 2;
  return {
    ...(size > 0 && (size < PLAIN.from || size >= PLAIN.to) && { format: "~g" }),
    ...(span > 0 && span < size * NOISE && { domain: [middle - size * ROOM, middle + size * ROOM] }),
  };
}
