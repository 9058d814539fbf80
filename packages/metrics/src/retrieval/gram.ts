import type { Embeddings } from "../embeddings";

/** Rows that are taken in together: each sum is read and written once for all of them. */
const TOGETHER = 4;

/** Aᵀ·B of rows of unit length, [a.dim, b.dim], in double precision, taken in some rows at a time. */
export class Gram {
  readonly values: Float64Array;
  private readonly left: Float64Array;
  private readonly right: Float64Array;

  constructor(
    private readonly a: Embeddings,
    private readonly b: Embeddings,
  ) {
    this.values = new Float64Array(a.dim * b.dim);
    this.left = new Float64Array(TOGETHER * a.dim);
    this.right = new Float64Array(TOGETHER * b.dim);
  }

  /** Takes in rows from `start` up to `end`. */
  add(start: number, end: number): void {
    for (let row = start; row < end; row += TOGETHER) {
      unitRows(this.a, row, end, this.left);
      unitRows(this.b, row, end, this.right);
      this.addTogether();
    }
  }

  private addTogether(): void {
    const { values, left, right } = this;
    const [m, n] = [this.a.dim, this.b.dim];
    for (let i = 0; i < m; i++) {
      const x0 = left[i]!;
      const x1 = left[m + i]!;
      const x2 = left[2 * m + i]!;
      const x3 = left[3 * m + i]!;
      const at = i * n;
      for (let j = 0; j < n; j++) {
        values[at + j]! += x0 * right[j]! + x1 * right[n + j]! + x2 * right[2 * n + j]! + x3 * right[3 * n + j]!;
      }
    }
  }
}

/** The sum of products of two matrices of one size, entry by entry. */
export function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The next rows at unit length, zeros where there are none any more. */
function unitRows({ values, inverseNorms, dim }: Embeddings, start: number, end: number, to: Float64Array): void {
  for (let r = 0; r < TOGETHER; r++) {
    const row = start + r;
    const inverse = row < end ? inverseNorms[row]! : 0;
    for (let d = 0; d < dim; d++) to[r * dim + d] = inverse === 0 ? 0 : values[row * dim + d]! * inverse;
  }
}
