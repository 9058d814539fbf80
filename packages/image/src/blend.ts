// Beyond this the result is 0 or 255 whatever it is added to.
const LIMIT = 512;

// What a value from -LIMIT to 255 + LIMIT becomes in 8 bits, at [value + LIMIT]: a look-up, as branches on pixels are guessed wrong.
const CLIPPED = Uint8Array.from({ length: 2 * LIMIT + 256 }, (_, i) => Math.max(0, Math.min(255, i - LIMIT)));

/**
 * What an enhancement multiplies with: for each difference d from -255 to 255, at [d + 255], `factor * d` in float32. Pillow blends in
 * float32, with the product and the sum each rounded, and drops what is behind the point: that decides one level here and there.
 */
export function blendTable(factor: number): Float32Array {
  const factor32 = Math.fround(factor);
  return Float32Array.from({ length: 511 }, (_, i) => Math.max(-LIMIT, Math.min(LIMIT, factor32 * (i - 255))));
}

/** `from + factor * (to - from)` as Pillow's `Image.blend` has it, for factors beyond 0 and 1 too; `table` is the factor's. */
export function blendByte(from: number, to: number, table: Float32Array): number {
  return CLIPPED[(Math.fround(from + table[to - from + 255]!) | 0) + LIMIT]!;
}
