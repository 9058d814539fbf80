import { createRandom } from "@rsdix/internal";
import { afterEach, describe, expect, it, vi } from "vitest";
import { multiplyByScalars, multiplyRows, type ProductShape } from "./products";

const made = (length: number, seed: number) => {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => random.normal());
};

function byDefinition(a: Float32Array, b: Float32Array, { rows, columns, dim }: ProductShape): number[] {
  const dot = (i: number, j: number) => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += a[i * dim + d]! * b[j * dim + d]!;
    return sum;
  };
  return Array.from({ length: rows * columns }, (_, at) => dot(Math.floor(at / columns), at % columns));
}

describe.each([
  ["WebAssembly", multiplyRows],
  ["JavaScript", multiplyByScalars],
])("products of rows in %s", (_name, multiply) => {
  it.each([
    [1, 1, 1],
    [1, 2, 3],
    [2, 1, 4],
    [3, 5, 5],
    [4, 2, 8],
    [5, 3, 7],
    [6, 7, 13],
    [7, 6, 16],
    [130, 97, 33],
  ])("[%i, %i] of %i values", (rows, columns, dim) => {
    const [a, b] = [made(rows * dim, 1), made(columns * dim, 2)];
    const shape = { rows, columns, dim };
    expect(multiply(a, b, shape)).toBeAllclose(byDefinition(a, b, shape), { rtol: 0, atol: 1e-5 });
  });

  it("reads no more rows than there are of a longer buffer", () => {
    const shape = { rows: 1, columns: 2, dim: 2 };
    expect([...multiply(Float32Array.of(1, 2, 9, 9), Float32Array.of(3, 4, 5, 6, 9, 9), shape)]).toEqual([11, 17]);
  });
});

it("a smaller product after a larger one finds no rest of it", () => {
  multiplyRows(made(64, 1), made(64, 2), { rows: 8, columns: 8, dim: 8 });
  expect([...multiplyRows(Float32Array.of(1, 2, 3), Float32Array.of(1, 1, 1), { rows: 1, columns: 1, dim: 3 })]).toEqual([6]);
});

describe("WebAssembly", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });
  const shape = { rows: 1, columns: 1, dim: 3 };

  it("is used where there is any", () => {
    expect(multiplyRows(Float32Array.of(1, 2, 3), Float32Array.of(1, 1, 1), shape).byteOffset).toBeGreaterThan(0); // a view into its memory
  });

  it("is done without where a page forbids it", async () => {
    vi.resetModules();
    vi.stubGlobal("WebAssembly", undefined);
    const { multiplyRows: alone } = await import("./products");
    const product = alone(Float32Array.of(1, 2, 3), Float32Array.of(1, 1, 1), shape);
    expect([...product]).toEqual([6]);
    expect(product.byteOffset).toBe(0);
  });
});
