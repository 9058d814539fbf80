import { PRODUCTS_CODE } from "./products-code";

/** The sizes of a product. */
export interface ProductShape {
  /** Rows of `a`, and of the product. */
  readonly rows: number;
  /** Rows of `b`, and columns of the product. */
  readonly columns: number;
  /** Values a row of `a` and of `b`. */
  readonly dim: number;
}

/** What wasm/products.ts exports. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  products(a: number, b: number, out: number, rows: number, columns: number, dim: number): void;
}

const PAGE = 65_536;
const START = 1024; // behind what the compiler keeps for itself

let kernel: Kernel | null | undefined;

/**
 * The products of all rows of `a` with all rows of `b`, [rows, columns], in float32: by WebAssembly with SIMD where there is any.
 * The result is valid until the next call.
 */
export function multiplyRows(a: Float32Array, b: Float32Array, shape: ProductShape): Float32Array {
  if (kernel === undefined) kernel = load();
  return kernel ? multiplyBySimd(kernel, a, b, shape) : multiplyByScalars(a, b, shape);
}

function multiplyBySimd(
  { memory, products }: Kernel,
  a: Float32Array,
  b: Float32Array,
  { rows, columns, dim }: ProductShape,
): Float32Array {
  const pitch = Math.ceil(dim / 4) * 4;
  const atB = START + rows * pitch * 4;
  const atOut = atB + columns * pitch * 4;
  const missing = atOut + rows * columns * 4 - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  place(a, new Float32Array(memory.buffer, START, rows * pitch), rows, dim, pitch);
  place(b, new Float32Array(memory.buffer, atB, columns * pitch), columns, dim, pitch);
  products(START, atB, atOut, rows, columns, pitch);
  return new Float32Array(memory.buffer, atOut, rows * columns);
}

/** Rows of `dim` values to rows of `pitch` values, zeros behind. */
function place(from: Float32Array, to: Float32Array, rows: number, dim: number, pitch: number): void {
  if (dim === pitch) to.set(from.subarray(0, rows * dim));
  else {
    to.fill(0);
    for (let row = 0; row < rows; row++) to.set(from.subarray(row * dim, (row + 1) * dim), row * pitch);
  }
}

/** The same in plain JavaScript, two rows by two columns at a time; at the edges a last one is computed again. */
export function multiplyByScalars(a: Float32Array, b: Float32Array, { rows, columns, dim }: ProductShape): Float32Array {
  const out = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i += 2) {
    const i1 = Math.min(i + 1, rows - 1);
    for (let j = 0; j < columns; j += 2) {
      const j1 = Math.min(j + 1, columns - 1);
      const [a0, a1, b0, b1] = [i * dim, i1 * dim, j * dim, j1 * dim];
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      for (let d = 0; d < dim; d++) {
        const x0 = a[a0 + d]!;
        const x1 = a[a1 + d]!;
        const y0 = b[b0 + d]!;
        const y1 = b[b1 + d]!;
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
      }
      out[i * columns + j] = s00;
      out[i * columns + j1] = s01;
      out[i1 * columns + j] = s10;
      out[i1 * columns + j1] = s11;
    }
  }
  return out;
}

/** Compiled at the first use: it is small enough for the thread of a page. */
function load(): Kernel | null {
  try {
    const module = new WebAssembly.Module(Uint8Array.from(PRODUCTS_CODE.match(/../g)!, (byte) => Number.parseInt(byte, 16)));
    return new WebAssembly.Instance(module).exports as unknown as Kernel;
  } catch {
    return null; // an old engine, or a page that forbids it: plain JavaScript does the same
  }
}
