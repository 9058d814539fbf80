/** The bytes of a file, or of pixels, as fixtures hold them. */
export function unbase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** The largest difference between two pictures' bytes, and how many bytes differ; infinite where they have different sizes. */
export function difference(a: Uint8Array, b: Uint8Array): { largest: number; count: number } {
  if (a.length !== b.length) return { largest: Number.POSITIVE_INFINITY, count: Number.POSITIVE_INFINITY };
  let [largest, count] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i]! - b[i]!);
    if (distance > 0) count++;
    if (distance > largest) largest = distance;
  }
  return { largest, count };
}
