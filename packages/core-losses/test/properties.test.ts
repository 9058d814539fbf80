import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { distillationLoss, sinkhorn, teacherTargets } from "../src/index";
import { inputsOf, ordered, rsdixPart, TILED } from "./all-losses";
import { rowsOf } from "./golden";
import { type Input, matrix } from "./gradients";
import { sharpSinkhorn, sum, transpose } from "./plain-losses";
import { distributions, unitRows } from "./random-batch";

const sums = (rows: number[][]) => rows.map(sum);

/** The rows of an input in another order. */
function permutedRows(input: Input, order?: readonly number[]): Input {
  return matrix(ordered(rowsOf(input)!, order));
}

onEachBackend("properties", () => {
  it.each(TILED)("mean and sum are those of the unreduced losses: $name", (loss) => {
    for (const tile of [undefined, 3]) {
      const options = tile === undefined ? {} : { tile };
      const [none, mean, sum] = (["none", "mean", "sum"] as const).map((reduction) =>
        tf.tidy(() => {
          const tensors = inputsOf(loss, 7, 7).map(({ shape, values }) => tf.tensor(values, shape));
          return [
            ...loss
              .of(7, 7, { ...options, reduction })(...tensors)
              .dataSync(),
          ];
        }),
      );
      const total = none!.reduce((a, b) => a + b, 0);
      expect(none).toHaveLength(7);
      expect(sum!).toBeAllclose([total], { rtol: 1e-5 });
      expect(mean!).toBeAllclose([total / 7], { rtol: 1e-5 });
    }
  });

  const order = [4, 0, 6, 2, 1, 5, 3];
  it.each([...TILED, rsdixPart("contrastive"), rsdixPart("distillation")])(
    "permuting the pairs permutes the unreduced loss: $name",
    (loss) => {
      const [image, text, ...scalars] = inputsOf(loss, 7, 7);
      const tensorsOf = (permuted?: readonly number[]) =>
        [...[image!, text!].map((input) => permutedRows(input, permuted)), ...scalars].map(({ shape, values }) => tf.tensor(values, shape));
      for (const options of [{}, { tile: 3 }, { tile: "auto" as const }]) {
        const losses = (permuted?: readonly number[]) =>
          expectNoLeak(() =>
            tf.tidy(() => [
              ...loss
                .of(
                  7,
                  7,
                  { ...options, reduction: "none" },
                  permuted,
                )(...tensorsOf(permuted))
                .dataSync(),
            ]),
          );
        const plain = losses();
        expect(new Set(plain).size, "losses that differ").toBe(7);
        expect(losses(order)).toBeAllclose(ordered(plain, order), { rtol: 1e-5, atol: 2e-6 });
      }
    },
  );

  it("permuting the pairs permutes the unreduced distillationLoss", () => {
    const losses = (permuted?: readonly number[]) =>
      tf.tidy(() => {
        const both = (rows: number[][]) => tf.tensor2d(ordered(rows, permuted).map((row) => ordered(row, permuted)));
        const targets = { image: both(distributions(2, 7)), text: both(distributions(3, 7)) };
        return [...distillationLoss(both(unitRows(1, 7, 7)), targets, { reduction: "none" }).dataSync()];
      });
    expect(losses(order)).toBeAllclose(ordered(losses(), order), { rtol: 1e-5, atol: 1e-6 });
  });

  it.each([1e-3, 1e-2, 0.1, 1, 10])("Sinkhorn's rows sum to 1, and its columns do when it has converged: lambda %d", (lambda) => {
    tf.tidy(() => {
      const teacher = { image: tf.tensor2d(unitRows(1, 8, 6)), text: tf.tensor2d(unitRows(2, 8, 6)) };
      for (const iterations of [0, 1, 4, 500]) {
        const targets = teacherTargets(teacher, { lambda, iterations });
        for (const target of [targets.image, targets.text]) {
          const rows = target.arraySync();
          expect(rows.flat().filter((x) => !(x >= 0 && x <= 1 + 1e-6))).toEqual([]);
          expect(sums(rows)).toBeAllclose(new Array(8).fill(1), { rtol: 1e-5 });
          if (iterations === 500 && lambda >= 0.1) expect(sums(transpose(rows))).toBeAllclose(new Array(8).fill(1), { rtol: 2e-3 });
        }
      }
    });
  });

  it("Sinkhorn of costs that went through float16 is that of double precision, at every lambda", () => {
    /** Rounded to float16's eleven digits. */
    const half = (x: number) => {
      const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 10);
      return Math.round(x / unit) * unit;
    };
    const cost = unitRows(3, 6, 6).map((row) => row.map((x) => half(-3 * x)));
    for (const lambda of [1e-3, 1e-2, 0.1, 1, 10]) {
      const targets = tf.tidy(() => sinkhorn(tf.tensor2d(cost), { lambda }).dataSync());
      const exact = sharpSinkhorn(
        cost.map((row) => row.map((x) => -x / lambda)),
        4,
      );
      // Logarithms of size 3 / lambda are rounded, and their exponentials are off by as much.
      const rtol = 1e-5 + (8 * 3 * 2 ** -24) / lambda;
      expect(targets, `lambda ${lambda}`).toBeAllclose(exact.flat(), { rtol, atol: 1e-7 });
    }
  });
});
