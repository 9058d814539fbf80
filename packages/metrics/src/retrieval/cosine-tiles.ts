import { checkRange, fail, show } from "@rsdix/internal";
import { isArrayLike } from "../check-classes";
import { cosine, type Embeddings } from "../embeddings";
import { multiplyRows, type ProductShape } from "./products";

/**
 * A matrix product: `a` [rows, dim] times `b` [columns, dim] transposed, row-major float32, as [rows, columns]. It must not keep
 * `a` and `b`, which are written over after it has given its result.
 */
export type Multiply = (a: Float32Array, b: Float32Array, shape: ProductShape) => Float32Array | Promise<Float32Array>;

/** How a matrix of similarities is computed a tile at a time. */
export interface TileOptions {
  /** Rows and columns of a tile, 1 to 4096; 256 when left out, and 2048 with `multiply`. */
  readonly tile?: number | undefined;
  /** Computes the products, for example on a graphics processor; float32 with SIMD on this thread when left out. */
  readonly multiply?: Multiply | undefined;
  /**
   * How far products of unit vectors may be from the true ones: (dim + 4) / 2²⁴ when left out, which float32 keeps in any order of summation.
   * Larger where `multiply` computes in fewer bits: 0.002 for TF32 and float16 inputs.
   */
  readonly productError?: number | undefined;
}

/** The names of {@link TileOptions}. */
export const TILE_OPTIONS = ["tile", "multiply", "productError"] as const;

/** 4096² products of 4 bytes are 64 MB: enough for any processor to be busy. */
const MAX_TILE = 4096;
/** Which products of each tile are computed again: how far down, how far across. */
const CHECKED = [
  [0, 0],
  [0.5, 1],
  [1, 0.5],
] as const;

/** Two sets of rows and what computes their cosines. */
export interface Tiles {
  readonly tile: number;
  readonly error: number;
  /** Cosines [rowEnd - row, columnEnd - column] in float32, valid until the next call; a promise where `multiply` gives one. */
  compute(row: number, rowEnd: number, column: number, columnEnd: number): Float32Array | Promise<Float32Array>;
}

/** Checks the options and prepares tiles of cosines between the rows of `a` and of `b`. */
export function cosineTiles(a: Embeddings, b: Embeddings, options: TileOptions): Tiles {
  const { multiply, tile = multiply ? 2048 : 256, productError = (a.dim + 4) / 2 ** 24 } = options;
  checkRange(tile, "tile", { min: 1, max: MAX_TILE, integer: true });
  checkRange(productError, "productError", { min: 0, max: 1 });
  if (multiply !== undefined && typeof multiply !== "function") {
    fail("INVALID_ARGUMENT", `multiply must be a function of (a, b, { rows, columns, dim }), got ${show(multiply)}.`);
  }
  const unit = { a: new UnitRows(a, tile), b: new UnitRows(b, tile) };
  const checked = (given: Float32Array, row: number, column: number, shape: ProductShape) => {
    checkProducts(given, shape, productError, (i, j) => cosine(a, row + i, b, column + j));
    return given;
  };
  return {
    tile,
    error: productError,
    compute(row, rowEnd, column, columnEnd) {
      const shape = { rows: rowEnd - row, columns: columnEnd - column, dim: a.dim };
      const [left, right] = [unit.a.take(row, rowEnd), unit.b.take(column, columnEnd)];
      if (!multiply) return multiplyRows(left, right, shape);
      const given = multiply(left, right, shape);
      return given instanceof Promise
        ? given.then((products) => checked(products, row, column, shape))
        : checked(given, row, column, shape);
    },
  };
}

/** Rows of unit length in float32, as many at a time as a tile has. */
class UnitRows {
  private readonly buffer: Float32Array;
  private start = -1;
  private end = -1;

  constructor(
    private readonly from: Embeddings,
    tile: number,
  ) {
    this.buffer = new Float32Array(Math.min(tile, from.rows) * from.dim);
  }

  take(start: number, end: number): Float32Array {
    const { values, inverseNorms, dim } = this.from;
    if (start !== this.start || end !== this.end) {
      let at = 0;
      for (let row = start; row < end; row++) {
        const inverse = inverseNorms[row]!;
        for (let i = row * dim; i < (row + 1) * dim; i++) this.buffer[at++] = values[i]! * inverse;
      }
      this.start = start;
      this.end = end;
    }
    return this.buffer.subarray(0, (end - start) * dim);
  }
}

/** Throws unless `products` has the size that was asked for, and some of them are right. */
function checkProducts(
  products: Float32Array,
  { rows, columns }: ProductShape,
  error: number,
  exact: (i: number, j: number) => number,
): void {
  if (!isArrayLike(products) || products.length !== rows * columns) {
    const got = isArrayLike(products) ? `${products.length} values` : show(products);
    fail("SHAPE_MISMATCH", `multiply must give ${rows} x ${columns} products, got ${got}.`);
  }
  for (const [down, across] of CHECKED) {
    const [i, j] = [Math.floor(down * (rows - 1)), Math.floor(across * (columns - 1))];
    checkProduct(products[i * columns + j]!, exact(i, j), error);
  }
}

/** Throws when a product is further from the true one than is allowed. */
export function checkProduct(product: number, exact: number, error: number): void {
  if (typeof product !== "number" || Number.isNaN(product)) fail("NOT_A_NUMBER", `multiply must give numbers, got ${show(product)}.`);
  if (Math.abs(product - exact) > error) {
    fail(
      "INVALID_ARGUMENT",
      `multiply gave ${product} where ${exact} is right, off by more than productError, ${error}. ` +
        "It must give a · bᵀ; where it computes in fewer bits than float32 has, say so with a larger productError.",
    );
  }
}
