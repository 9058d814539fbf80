import { checkRange, show } from "./checks";
import { fail } from "./error";

/** How many of a caption's words are replaced: a share of them that is drawn from a range, at least and at most so many. */
interface Replaced {
  readonly fraction: readonly [min: number, max: number];
  readonly augMin: number;
  readonly augMax: number;
}

/** Throws INVALID_ARGUMENT unless a share of words may be drawn from `fraction`, and a number of words lie between the two others. */
export function checkReplaced({ fraction, augMin, augMax }: Replaced): void {
  if (!Array.isArray(fraction) || fraction.length !== 2 || fraction[0] > fraction[1]) {
    const got = Array.isArray(fraction) ? `[${fraction.map(show).join(", ")}]` : show(fraction);
    fail("INVALID_ARGUMENT", `fraction must be [smallest, largest], got ${got}.`);
  }
  for (const i of [0, 1] as const) checkRange(fraction[i], `fraction[${i}]`, { min: 0, max: 1 });
  checkRange(augMin, "augMin", { min: 0, integer: true });
  checkRange(augMax, "augMax", { min: augMin, integer: true });
}
