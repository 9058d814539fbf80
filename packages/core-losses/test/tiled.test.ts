import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../test/tensors";
import { selfDistillationLoss } from "../src/index";
import { inputsOf, TILED, type TiledLoss } from "./all-losses";
import { evaluate, expectSame, matrix, scalar } from "./gradients";
import { distillationLosses, products, reduced, sharpSinkhorn, transpose } from "./plain-losses";
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
    for (const [m, n] of [
      [16, 16],
      [11, 18],
      [18, 11],
    ] as const) {
      const dense = run(loss, m, n);
      const rtol = backend === "webgpu" ? 2e-5 : 1e-5; // an H200's exp and log round otherwise in programs of other shapes: 1.06e-5 was seen
      for (const tile of [16, 8, 5, 1, "auto"] as const) expectSame(run(loss, m, n, tile), dense, rtol);
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
