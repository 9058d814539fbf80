import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { selfDistillationLoss } from "../src/index";
import { inputsOf, TILED, type TiledLoss } from "./all-losses";
import { evaluate, expectSame } from "./gradients";
import { distillationLosses, products, reduced, sharpSinkhorn, transpose } from "./plain-losses";
import { unitRows } from "./random-batch";

/** Weights of both signs, so that no entry of an unreduced gradient is like another. */
const weights = (size: number) => Array.from({ length: size }, (_, k) => Math.sin(k + 1));

type Result = ReturnType<typeof evaluate>;

/** Value and gradients, by tile, of the unreduced loss (of the mean where M and N differ and it has no unreduced form). */
function runner(loss: TiledLoss, m: number, n: number): (tile?: number | "auto") => Result {
  const inputs = inputsOf(loss, m, n);
  const given = (tile?: number | "auto") => (tile === undefined ? {} : { tile });
  if (m !== n && loss.name === "rsdixLoss") return (tile) => evaluate(loss.of(m, n, given(tile)), inputs);
  const of = (tile?: number | "auto") => loss.of(m, n, { ...given(tile), reduction: "none" });
  const size = tf.tidy(() => of()(...inputs.map(({ shape, values }) => tf.tensor(values, shape))).size);
  return (tile) => evaluate(of(tile), inputs, weights(size));
}

onEachBackend("a tiled loss", (backend) => {
  it.each(TILED)("is the same with tiles of N, N/2, 8, 1 and an uneven last one: $name", (loss) => {
    for (const [m, n] of [
      [16, 16],
      [11, 18],
      [18, 11],
    ] as const) {
      const run = runner(loss, m, n);
      const dense = run();
      const rtol = backend === "webgpu" ? 2e-5 : 1e-5; // an H200's exp and log round otherwise in programs of other shapes: 1.06e-5 was seen
      for (const tile of [16, 8, 5, 1, "auto"] as const) expectSame(run(tile), dense, rtol);
    }
  });

  it("is the same with tile at the sharpest lambda, and off by what rounds the kernel: near-equal pairs, lambda 1e-3", () => {
    const near = (seed: number) =>
      unitRows(seed, 6, 4).map((row, i) => {
        const moved = unitRows(9, 1, 4)[0]!.map((x, k) => x + 0.02 * row[k]! * (i + 1));
        return moved.map((x) => Math.fround(x / Math.hypot(...moved)));
      });
    const [image, text, teacherImage, teacherText] = [near(1), near(2), near(3), near(4)];
    const kernel = [products(teacherImage, teacherImage), products(teacherText, teacherText), products(teacherImage, teacherText)];
    const logKernel = kernel[0]!.map((row, i) => row.map((_, j) => kernel.reduce((sum, part) => sum + part[i]![j]!, 0) / 1e-3));
    const targets = { image: sharpSinkhorn(logKernel, 4), text: sharpSinkhorn(transpose(logKernel), 4) };
    const exact = reduced(distillationLosses(products(image, text), targets, 3.9));
    const [dense, ...tiled] = [undefined, 4, 1].map((tile) =>
      tf.tidy(() => {
        const [image2d, text2d, ...teacher] = [image, text, teacherImage, teacherText].map((rows) => tf.tensor2d(rows));
        const inputs = { image: image2d!, text: text2d!, teacherImage: teacher[0]!, teacherText: teacher[1]! };
        return selfDistillationLoss(inputs, { lambda: 1e-3, ...(tile && { tile }) }).dataSync();
      }),
    );
    // Measured: 2e-6 between them. Entries of 3,000 are rounded by 1e-4, dense and tiled alike: the mean of six pairs is off by 2.2e-5.
    for (const values of tiled) expect(values).toBeAllclose(dense!, { rtol: 1e-5 });
    for (const values of [dense!, ...tiled]) expect(values).toBeAllclose(exact, { rtol: 5e-5 });
  });

  // More than 2,048 columns are blocks on the way back. Few rows keep it cheap, but similarityMSE compares all columns with each other.
  it.each(TILED.filter(({ name }) => name !== "similarityMSE"))(
    "is the same with tile across blocks of columns, 12 images and 2,100 texts: $name",
    (loss) => {
      const run = runner(loss, 12, 2100);
      expectSame(run(5), run(), 1e-5);
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
      const [small, large] = [await peak(50), await peak(100)];
      expect(large).toBeLessThan(2.2 * small);
      expect(await peak(100, {})).toBeGreaterThan(3 * large);
    },
  );
});
