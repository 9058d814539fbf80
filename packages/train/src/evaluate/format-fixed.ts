/** A number with so many decimals, as Python's format and C's printf write it: what lies between two goes to the even digit, where JavaScript goes up. */
export function formatFixed(value: number, decimals: number): string {
  const between = Number.isInteger(value * 2 ** (decimals + 1)) && value.toFixed(decimals + 1).endsWith("5");
  if (!between) return value.toFixed(decimals);
  const down = value
    .toFixed(decimals + 1)
    .slice(0, -1)
    .replace(/\.$/, "");
  return Number(down.at(-1)) % 2 === 0 ? down : value.toFixed(decimals);
}
