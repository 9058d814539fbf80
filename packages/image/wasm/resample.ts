// The two passes of resize.ts as WebAssembly with SIMD. AssemblyScript, of which build.mjs makes ../src/resample-code.ts.
//
// A weight has 22 bits and a sign, more than the 16 bits that `dot` multiplies, so it comes in two parts: weight = high * 2048 + low. Weights come in
// pairs, as `dot` adds the products of neighbours: for each pair 4 x int16 (high, high, low, low); where their number is odd a zero fills up. Sums wrap
// at 32 bits; what comes out of them doesn't. Reads go up to 16 bytes beyond an image, writes up to 15: the caller leaves room.

const PRECISION: i32 = 22;
const PART: i32 = 11;

/** Sums of both parts: rounded and shifted. */
function rounded(high: v128, low: v128): v128 {
  const sum = i32x4.add(i32x4.add(i32x4.shl(high, PART), low), i32x4.splat(1 << (PRECISION - 1)));
  return i32x4.shr_s(sum, PRECISION);
}

/** RGB lines of `from` pixels to lines of `width`. `spans` has 2 x int32 a column: its first pixel, and how many pairs of weights it takes. */
export function resampleRows(
  source: usize,
  from: i32,
  height: i32,
  target: usize,
  width: i32,
  spans: usize,
  weights: usize,
  gap: i32,
): void {
  // Two pixels R G B R G B as int16: R R G G B B and two zeros.
  const pairs = i8x16(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
  for (let y = 0; y < height; y++) {
    let weight = weights;
    let span = spans;
    for (let x = 0; x < width; x++) {
      let pixel = source + 3 * <usize>load<i32>(span);
      const end = weight + 8 * <usize>load<i32>(span, 4);
      let high = i32x4.splat(0);
      let low = i32x4.splat(0);
      for (; weight < end; weight += 8) {
        const values = i8x16.swizzle(v128.load64_zero(pixel), pairs);
        high = i32x4.add(high, i32x4.dot_i16x8_s(values, v128.load32_splat(weight)));
        low = i32x4.add(low, i32x4.dot_i16x8_s(values, v128.load32_splat(weight, 4)));
        pixel += 6;
      }
      const words = rounded(high, low);
      const bytes = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(words, words), words);
      store<i32>(target, i32x4.extract_lane(bytes, 0));
      target += 3;
      span += 8;
    }
    source += 3 * <usize>from;
    target += <usize>gap;
  }
}

/** Lines of `line` bytes, a multiple of 16, to `height` of them. `spans` and `weights` are as above, a line of the result. */
export function resampleColumns(source: usize, line: usize, target: usize, height: i32, spans: usize, weights: usize): void {
  let weight = weights;
  for (let y = 0; y < height; y++) {
    const first = source + <usize>load<i32>(spans) * line;
    const end = weight + 8 * <usize>load<i32>(spans, 4);
    for (let x: usize = 0; x < line; x += 16) {
      let high0 = i32x4.splat(0);
      let high1 = high0;
      let high2 = high0;
      let high3 = high0;
      let low0 = high0;
      let low1 = high0;
      let low2 = high0;
      let low3 = high0;
      let pixel = first + x;
      for (let at = weight; at < end; at += 8) {
        const above = v128.load(pixel);
        const below = v128.load(pixel + line);
        const left = i8x16.shuffle(above, below, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const right = i8x16.shuffle(above, below, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        const high = v128.load32_splat(at);
        const low = v128.load32_splat(at, 4);
        const part0 = i16x8.extend_low_i8x16_u(left);
        const part1 = i16x8.extend_high_i8x16_u(left);
        const part2 = i16x8.extend_low_i8x16_u(right);
        const part3 = i16x8.extend_high_i8x16_u(right);
        high0 = i32x4.add(high0, i32x4.dot_i16x8_s(part0, high));
        high1 = i32x4.add(high1, i32x4.dot_i16x8_s(part1, high));
        high2 = i32x4.add(high2, i32x4.dot_i16x8_s(part2, high));
        high3 = i32x4.add(high3, i32x4.dot_i16x8_s(part3, high));
        low0 = i32x4.add(low0, i32x4.dot_i16x8_s(part0, low));
        low1 = i32x4.add(low1, i32x4.dot_i16x8_s(part1, low));
        low2 = i32x4.add(low2, i32x4.dot_i16x8_s(part2, low));
        low3 = i32x4.add(low3, i32x4.dot_i16x8_s(part3, low));
        pixel += 2 * line;
      }
      const words01 = i16x8.narrow_i32x4_s(rounded(high0, low0), rounded(high1, low1));
      const words23 = i16x8.narrow_i32x4_s(rounded(high2, low2), rounded(high3, low3));
      v128.store(target + x, i8x16.narrow_i16x8_u(words01, words23));
    }
    target += line;
    weight = end;
    spans += 8;
  }
}
