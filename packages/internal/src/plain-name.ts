/** A name without what spellings differ in: "BareLand", "bare_land" and "bare land" are one. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "");
}
