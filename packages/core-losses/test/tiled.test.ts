import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { inputsOf, TILED, type TiledLoss } from "./all-losses";
import { evaluate, matrix, scalar } from "./gradients";
import { unitRows } from "./random-batch";

/** Numbers of pairs on both sides of where "auto" keeps one matrix less, how many it keeps, and of which losses. */
const SIZES_OF_AUTO = [
  { size: 2100, kept: 3, names: /MSE/ },
  { size: 2400, kept: 0, names: /MSE/ }, // there is room for two, and it keeps three or none
  { size: 2800, kept: 2, names: /"lambda":0.1}|rsdixLoss/ },
  { size: 2900, kept: 1, names: /^infoNCE$|by labels|^sigmoidLoss$|"lambda":0.1}|rsdixLoss/ },
  { size: 4100, kept: 0, names: /^infoNCE$|rsdixLoss/ },
];

type Result = ReturnType<typeof evaluate>;

/** Weights of both signs, so that no entry of an unreduced gradient is like another. */
const weights = (size: number) => Array.from({ length: size }, (_, k) => Math.sin(k + 1));

/** Value and gradients of the unreduced loss (of the mean where M and N differ and it has no unreduced form). */
function run(loss: TiledLoss, m: number, n: number, tile?: number | "auto") {
  const options = tile === undefined ? {} : { tile };
  const inputs = inputsOf(loss, m, n);
  if (m !== n && loss.name === "rsdixLoss") return evaluate(loss.of(m, n, options), inputs);
  const losses = loss.of(m, n, { ...options, reduction: "none" });
  const size = tf.tidy(() => losses(...inputs.map(({ shape, values }) => tf.tensor(values, shape))).size);
  return evaluate(losses, inputs, weights(size));
}

/** Fails unless value and gradients agree, as shares of the entry or, for gradients, of the largest one. */
function expectSame(tiled: Result, dense: Result, rtol: number, atol = 1e-6): void {
  expect(tiled.value, "value").toBeAllclose(dense.value, { rtol, atol });
  for (const [k, gradient] of tiled.gradients.entries()) {
    const largest = Math.max(...dense.gradients[k]!.map(Math.abs));
    expect(gradient, `gradient ${k}`).toBeAllclose(dense.gradients[k]!, { rtol, atol: Math.max(rtol * largest, atol) });
  }
}

/** What `evaluate` returns, and the most bytes that it took beyond the tensors that were there. */
async function profiled(...args: Parameters<typeof evaluate>) {
  const before = tf.memory().numBytes;
  let result: Result | undefined;
  const { peakBytes, result: nothing } = await tf.profile(() => {
    result = evaluate(...args);
    return tf.scalar(0);
  });
  tf.dispose(nothing);
  return { result: result!, bytes: peakBytes - before };
}

onEachBackend("a tiled loss", (backend) => {
  it.each(TILED)("is the same with tiles of N, N/2, 8, 1 and an uneven last one: $name", (loss) => {
    // The potentials of a kernel that spans exp(±150) are as exact as float32 holds numbers of that size.
    const rtol = loss.name.includes("0.02") ? 1e-4 : 1e-5;
    for (const [m, n] of [
      [16, 16],
      [11, 18],
      [18, 11],
    ] as const) {
      const dense = run(loss, m, n);
      for (const tile of [16, 8, 5, 1, "auto"] as const) {
        const tiled = run(loss, m, n, tile);
        expect(tiled.value).toBeAllclose(dense.value, { rtol, atol: 5e-6 });
        for (const [k, gradient] of tiled.gradients.entries()) {
          const largest = Math.max(...dense.gradients[k]!.map(Math.abs));
          expect(gradient).toBeAllclose(dense.gradients[k]!, { rtol, atol: Math.max(rtol * largest, 5e-6) });
        }
      }
    }
  });

  // More than 2,048 columns are blocks on the way back. Few rows keep it cheap, but similarityMSE compares all columns with each other.
  it.each(TILED.filter(({ name }) => name !== "similarityMSE"))(
    "is the same with tile across blocks of columns, 30 images and 2,100 texts: $name",
    (loss) => {
      expectSame(run(loss, 30, 2100, 13), run(loss, 30, 2100), 1e-5);
    },
  );

  // On plain JavaScript it would take minutes.
  const cases = SIZES_OF_AUTO.flatMap(({ names, ...size }) =>
    TILED.filter(({ name }) => names.test(name)).map((loss) => ({ ...size, loss, name: loss.name })),
  );
  it.runIf(backend === "wasm" || backend === "native").each(cases)(
    "is the same with tile auto for $size pairs, in the memory of what it should keep: $name",
    async ({ size, kept, loss }) => {
      const inputs = [matrix(unitRows(1, size, 5)), matrix(unitRows(2, size, 5)), ...loss.scalars.map(scalar)];
      const [auto, dense] = [
        await profiled(loss.of(size, size, { tile: "auto" }), inputs),
        await profiled(loss.of(size, size, {}), inputs),
      ];
      expectSame(auto.result, dense.result, 1e-5, 1e-9);
      // Strips of 4 MiB lie beside what is kept, at least two and at most ten. Saving for the gradient copies it until the forward pass ends.
      expect(auto.bytes).toBeGreaterThan(kept * 4 * size ** 2 + (kept > 0 ? 8 * 2 ** 20 : 0));
      expect(auto.bytes).toBeLessThan(2 * kept * 4 * size ** 2 + 40 * 2 ** 20);
      expect(dense.bytes).toBeGreaterThan(4 * 4 * size ** 2);
    },
  );

  it.each(TILED.filter(({ name }) => !name.includes("mask") && !name.includes("soft")))(
    "takes memory linear in N under gradients, no N x N matrix: $name",
    async (loss) => {
      const peak = async (n: number, options: { tile?: number } = { tile: 4 }) => {
        const tensors = inputsOf(loss, n, n).map(({ shape, values }) => tf.tensor(values, shape));
        const before = tf.memory().numBytes;
        const { peakBytes } = await tf.profile(() => {
          const { value, grads } = tf.valueAndGrads(loss.of(n, n, options))(tensors);
          tf.dispose([value, grads]);
          return value;
        });
        tf.dispose(tensors);
        return peakBytes - before;
      };
      await peak(8); // the first profile of a backend may make tensors of its own
      const [small, large] = [await peak(100), await peak(200)];
      expect(large).toBeLessThan(2.2 * small);
      expect(await peak(200, {})).toBeGreaterThan(3 * large);
    },
  );
});
