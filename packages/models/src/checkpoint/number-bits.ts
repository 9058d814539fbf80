/** Whether arrays in memory have the order of bytes that checkpoints have. */
export const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** IEEE 754 half precision to the bits of the same number in single precision. */
export function halfToFloatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13); // infinity or NaN
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  const shift = Math.clz32(fraction) - 21; // a subnormal: move its leading bit to where single precision implies it
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
