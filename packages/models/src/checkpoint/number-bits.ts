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

/** The bits of a number in single precision to the nearest one in half precision, ties to the even one; beyond 65504 is infinity. */
export function floatToHalfBits(float: number): number {
  const sign = (float >>> 16) & 0x8000;
  const magnitude = float & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 65536 and more
  const exponent = (magnitude >>> 23) - 112; // of half precision; below 1 the number is subnormal there
  if (exponent < -10) return sign;
  const dropped = exponent < 1 ? 14 - exponent : 13; // bits of the fraction that half precision has no place for
  const fraction = exponent < 1 ? (magnitude & 0x7fffff) | 0x800000 : magnitude - (112 << 23);
  const kept = fraction >>> dropped;
  const rest = fraction & ((1 << dropped) - 1);
  const middle = 1 << (dropped - 1);
  return sign | (rest > middle || (rest === middle && kept & 1) ? kept + 1 : kept); // a carry goes on into the exponent, as it should
}
