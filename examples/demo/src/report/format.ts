/** Numbers as the report writes them. A number that is missing or not finite is a dash, never "NaN". */

/** What stands where there is no number. */
const NOTHING = "–";

/**
 * A share as a percentage.
 *
 * @param share 0 to 1
 * @returns such as "81.4 %", with a space that does not break
 */
export function percent(share: number | undefined): string {
  return isNumber(share) ? `${(share * 100).toFixed(1)}\u00a0%` : NOTHING;
}

/**
 * A score.
 *
 * @param score usually 0 to 1
 * @returns it with three decimals
 */
export function score(score: number | undefined): string {
  return isNumber(score) ? score.toFixed(3) : NOTHING;
}

/**
 * How many times one number is another.
 *
 * @param value the larger, one hopes
 * @param base what it is measured by
 * @returns such as "8.9 times", or a dash when the base is 0
 */
export function times(value: number, base: number): string {
  return base > 0 && isNumber(value) ? `${(value / base).toFixed(1)}\u00a0times` : NOTHING;
}

/**
 * A time.
 *
 * @param seconds it
 * @returns such as "7 min 42 s"
 */
export function duration(seconds: number): string {
  if (!isNumber(seconds)) return NOTHING;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole}\u00a0s` : `${Math.floor(whole / 60)}\u00a0min ${whole % 60}\u00a0s`;
}

/**
 * An amount of memory.
 *
 * @param bytes it
 * @returns such as "1.4 GiB"
 */
export function gibibytes(bytes: number): string {
  return isNumber(bytes) ? `${(bytes / 2 ** 30).toFixed(1)}\u00a0GiB` : NOTHING;
}

/**
 * A count.
 *
 * @param count it
 * @returns it with separators of thousands
 */
export function whole(count: number): string {
  return isNumber(count) ? Math.round(count).toLocaleString("en-US") : NOTHING;
}

/**
 * A place on the Earth.
 *
 * @param place latitude and longitude in degrees
 * @returns such as "23.4° N, 10.0° E"
 */
export function place({ lat, lon }: { lat: number; lon: number }): string {
  return `${degrees(lat, "N", "S")}, ${degrees(lon, "E", "W")}`;
}

/**
 * A caption as it is, with its punctuation (a token of its own, after a space) kept from starting a line.
 *
 * @param caption any text
 * @returns the same words
 */
export function glued(caption: string): string {
  return caption.replace(/ (?=[.,:;!?])/g, "\u00a0");
}

function degrees(value: number, positive: string, negative: string): string {
  return isNumber(value) ? `${Math.abs(value).toFixed(1)}°\u00a0${value < 0 ? negative : positive}` : NOTHING;
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}
