import "@tensorflow/tfjs";
import { createRandom } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { nativeAvailable } from "../../test/test-support";
import { registerNativeBackend } from "../index";

const random = createRandom(7).fork("products");
const numbers = (length: number) => Float32Array.from({ length }, () => random.next() * 2 - 1);
const count = (shape: number[]) => shape.reduce((a, b) => a * b, 1);

/** The same product on a backend. */
async function on(backend: string, a: [number[], Float32Array], b: [number[], Float32Array], flags: [boolean, boolean]) {
  await tf.setBackend(backend);
  return tf.tidy(() => {
    const product = tf.matMul(tf.tensor(a[1].slice(), a[0]), tf.tensor(b[1].slice(), b[0]), ...flags);
    return { shape: product.shape, values: product.dataSync().slice() };
  });
}

describe.runIf(nativeAvailable)("products on the native backend", () => {
  beforeAll(async () => {
    await registerNativeBackend();
  });

  it.each([
    [
      [5, 7],
      [7, 3],
    ],
    [
      [1, 64],
      [64, 96],
    ],
    [
      [130, 70],
      [70, 200],
    ],
    [
      [3, 4, 5],
      [3, 5, 6],
    ],
    [
      [3, 4, 5],
      [1, 5, 6],
    ],
    [
      [1, 4, 5],
      [3, 5, 6],
    ],
    [
      [2, 3, 9, 8],
      [2, 3, 8, 9],
    ],
    [
      [0, 5],
      [5, 3],
    ],
    [
      [4, 0],
      [0, 3],
    ],
    [
      [2, 0, 4],
      [2, 4, 3],
    ],
  ])("[%s] · [%s], with every transpose", async (shapeA, shapeB) => {
    for (const flags of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as [boolean, boolean][]) {
      const turned = (shape: number[], turn: boolean) => (turn ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape);
      const [sa, sb] = [turned(shapeA, flags[0]), turned(shapeB, flags[1])];
      const [a, b] = [
        [sa, numbers(count(sa))],
        [sb, numbers(count(sb))],
      ] as [[number[], Float32Array], [number[], Float32Array]];
      const expected = await on("cpu", a, b, flags);
      const actual = await on("native", a, b, flags);
      expect(actual.shape).toEqual(expected.shape);
      expect(actual.values).toBeAllclose(expected.values, { rtol: 1e-5, atol: 1e-5 });
    }
  });

  it("lets NaN and infinity through, where they belong", async () => {
    const a = numbers(40 * 30);
    a[3 * 30 + 2] = Number.NaN;
    a[7 * 30] = Number.POSITIVE_INFINITY;
    const b = numbers(30 * 50);
    const native = await on("native", [[40, 30], a], [[30, 50], b], [false, false]);
    for (let i = 0; i < 40; i++) {
      const row = native.values.slice(i * 50, (i + 1) * 50);
      if (i === 3) expect(row.every(Number.isNaN)).toBe(true);
      else if (i === 7) expect(row.every((x, j) => x === (b[j]! > 0 ? Infinity : -Infinity))).toBe(true);
      else expect(row.every(Number.isFinite)).toBe(true);
    }
  });

  it("refuses inner sizes that differ", async () => {
    await tf.setBackend("native");
    tf.tidy(() => {
      expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 2]))).toThrow(/inner/);
    });
  });
});
