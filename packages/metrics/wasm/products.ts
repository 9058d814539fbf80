// Products of rows as WebAssembly with SIMD. AssemblyScript, of which build.mjs makes ../src/retrieval/products-code.ts.
//
// out[i, j] = a[i, :] · b[j, :], float32, row-major; dim is a multiple of 4, and so are addresses of 16. Four rows by two columns are summed at a time, in
// eight of the sixteen registers that processors have. At the edges a last row or column is computed again instead of one that is not there.

/** The sum of the four lanes. */
function total(sums: v128): f32 {
  return f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
}

/** `a` [rows, dim], `b` [columns, dim], `out` [rows, columns]. */
export function products(a: usize, b: usize, out: usize, rows: i32, columns: i32, dim: i32): void {
  const pitch = <usize>dim * 4;
  for (let i = 0; i < rows; i += 4) {
    const i1 = min(i + 1, rows - 1);
    const i2 = min(i + 2, rows - 1);
    const i3 = min(i + 3, rows - 1);
    for (let j = 0; j < columns; j += 2) {
      const j1 = min(j + 1, columns - 1);
      let a0 = a + <usize>i * pitch;
      let a1 = a + <usize>i1 * pitch;
      let a2 = a + <usize>i2 * pitch;
      let a3 = a + <usize>i3 * pitch;
      let b0 = b + <usize>j * pitch;
      let b1 = b + <usize>j1 * pitch;
      let s00 = f32x4.splat(0);
      let s01 = f32x4.splat(0);
      let s10 = f32x4.splat(0);
      let s11 = f32x4.splat(0);
      let s20 = f32x4.splat(0);
      let s21 = f32x4.splat(0);
      let s30 = f32x4.splat(0);
      let s31 = f32x4.splat(0);
      const end = a0 + pitch;
      while (a0 < end) {
        const y0 = v128.load(b0);
        const y1 = v128.load(b1);
        let x = v128.load(a0);
        s00 = f32x4.add(s00, f32x4.mul(x, y0));
        s01 = f32x4.add(s01, f32x4.mul(x, y1));
        x = v128.load(a1);
        s10 = f32x4.add(s10, f32x4.mul(x, y0));
        s11 = f32x4.add(s11, f32x4.mul(x, y1));
        x = v128.load(a2);
        s20 = f32x4.add(s20, f32x4.mul(x, y0));
        s21 = f32x4.add(s21, f32x4.mul(x, y1));
        x = v128.load(a3);
        s30 = f32x4.add(s30, f32x4.mul(x, y0));
        s31 = f32x4.add(s31, f32x4.mul(x, y1));
        a0 += 16;
        a1 += 16;
        a2 += 16;
        a3 += 16;
        b0 += 16;
        b1 += 16;
      }
      put(out, i, j, columns, s00);
      put(out, i, j1, columns, s01);
      put(out, i1, j, columns, s10);
      put(out, i1, j1, columns, s11);
      put(out, i2, j, columns, s20);
      put(out, i2, j1, columns, s21);
      put(out, i3, j, columns, s30);
      put(out, i3, j1, columns, s31);
    }
  }
}

function put(out: usize, i: i32, j: i32, columns: i32, sums: v128): void {
  store<f32>(out + (<usize>i * columns + j) * 4, total(sums));
}
