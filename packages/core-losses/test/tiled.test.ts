import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { inputsOf, TILED, type TiledLoss } from "./all-losses";
import { evaluate, matrix } from "./gradients";
import { unitRows } from "./random-batch";

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

  // On plain JavaScript it would take a minute.
  it.runIf(backend === "wasm" || backend === "native").each(TILED.filter(({ name }) => !name.includes("mask") && !name.includes("soft")))(
    "is the same with tile across blocks of columns, 2,100 pairs: $name",
    (loss) => {
      const n = 2100;
      const inputs = [matrix(unitRows(1, n, 5)), matrix(unitRows(2, n, 5)), ...inputsOf(loss, 1, 1).slice(2)];
      const [dense, tiled, auto] = [{}, { tile: 700 }, { tile: "auto" as const }].map((options) =>
        evaluate(loss.of(n, n, options), inputs),
      );
      for (const other of [tiled!, auto!]) {
        expect(other.value).toBeAllclose(dense!.value, { rtol: 1e-5 });
        for (const [k, gradient] of other.gradients.entries()) {
          const largest = Math.max(...dense!.gradients[k]!.map(Math.abs));
          expect(gradient).toBeAllclose(dense!.gradients[k]!, { rtol: 1e-5, atol: 1e-5 * largest + 1e-9 });
        }
      }
    },
    60_000,
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
