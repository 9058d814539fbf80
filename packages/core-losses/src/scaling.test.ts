import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { type Matrix, plainSinkhorn, plainTeacherTargets, transpose } from "../test/plain-losses";
import { fractions } from "../test/random-batch";
import { scalingFor } from "./scaling";
import { sinkhorn } from "./sinkhorn";
import { teacherTargets } from "./teacher-targets";

/** The widest range of a log kernel that is exponentiated. */
const EDGE = 75;

/** Log kernels from 0 to -range in which a column, a row, or nearly all lies at one end: potentials become as large as they can. */
const hardKernels = (range: number): Record<string, Matrix> => {
  const far = (m: number, n: number, isFar: (i: number, j: number) => boolean) =>
    Array.from({ length: m }, (_, i) => Array.from({ length: n }, (_, j) => (isFar(i, j) ? -range : 0)));
  return {
    "one far column": far(2, 6, (_, j) => j === 5),
    "all columns far but one": far(6, 5, (_, j) => j > 0),
    "one near pair": far(5, 5, (i, j) => i + j > 0),
    "far diagonal": far(5, 5, (i, j) => i === j),
    "near diagonal": far(5, 5, (i, j) => i !== j),
    "rows for one column and for the others": far(3, 4, (i, j) => i < 2 === j > 0),
    "anything between": fractions(1, 6, 7).map((row) => row.map((x) => -range * x)),
  };
};

/** log Σ exp, in double precision. */
const logSumExp = (values: number[]) => {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, x) => sum + Math.exp(x - largest), 0));
};

onEachBackend("scaling", () => {
  // A logarithm of size 75 is off by 75 · 2^-24 = 4e-6 after each of its roundings, and so is what it is the logarithm of.
  it.each([0.5, 1, 1.01, 1.5, 2.2])("is Sinkhorn in double precision for kernels that span %d times the range of exponentials", (share) => {
    for (const [name, kernel] of Object.entries(hardKernels(share * EDGE))) {
      for (const iterations of [0, 1, 2, 4, 12]) {
        const lambda = 0.1;
        const cost = kernel.map((row) => row.map((x) => Math.fround(-x * lambda)));
        const values = expectNoLeak(() => tf.tidy(() => [...sinkhorn(tf.tensor2d(cost), { lambda, iterations }).dataSync()]));
        const exact = plainSinkhorn(cost, lambda, iterations).flat();
        expect(values, `${name}, ${iterations} iterations`).toBeAllclose(exact, { rtol: 2e-4, atol: 1e-6 });
      }
    }
  });

  it("is Sinkhorn in double precision for teachers whose similarities span all of -3 to 3, on both sides of the edge", () => {
    const signs = [1, -1, 1, 1, -1, 1];
    const rows = signs.map((sign) => [sign, 0]);
    for (const lambda of [0.0809, 0.0807, 0.056]) {
      for (const iterations of [1, 4, 12]) {
        const exact = plainTeacherTargets(rows, rows, lambda, iterations);
        tf.tidy(() => {
          const targets = teacherTargets({ image: tf.tensor2d(rows), text: tf.tensor2d(rows) }, { lambda, iterations });
          expect(targets.image.dataSync()).toBeAllclose(exact.image.flat(), { rtol: 1e-4 });
          expect(targets.text.dataSync()).toBeAllclose(exact.text.flat(), { rtol: 1e-4 });
        });
      }
    }
  });

  it.each(["exponentials", "logarithms"])("by %s holds for potentials of half the range at either end", (kind) => {
    const scaling = scalingFor(kind === "exponentials" ? EDGE : EDGE + 1);
    for (const [name, kernel] of Object.entries(hardKernels(EDGE))) {
      const [m, n] = [kernel.length, kernel[0]!.length];
      const ends = (size: number) => [
        new Array<number>(size).fill(EDGE / 2),
        new Array<number>(size).fill(-EDGE / 2),
        Array.from({ length: size }, (_, k) => ((k % 2) - 0.5) * EDGE),
      ];
      tf.tidy(() => {
        const { strip, shift } = scaling.form(tf.tensor2d(kernel));
        const own = shift.dataSync();
        const log = kernel.map((row, i) => row.map((x) => x - own[i]!));
        expect(scaling.log(strip).dataSync()).toBeAllclose(log.flat(), { rtol: 1e-5, atol: 1e-5 });
        const along = (matrix: Matrix, potential: number[]) => matrix.map((row) => logSumExp(row.map((x, k) => x + potential[k]!)));
        const sums = scaling.rows(
          strip,
          ends(n).map((v) => tf.tensor2d(v, [1, n])),
        );
        for (const [k, v] of ends(n).entries()) {
          expect(sums[k]!.dataSync(), `${name}, rows`).toBeAllclose(along(log, v), { rtol: 1e-5, atol: 1e-5 });
        }
        // The rows in two strips, as a loss with tiles takes them.
        const halves = [0, 1].map((half) => ({ start: half, size: half === 0 ? 1 : m - 1 }));
        const [first, second] = halves.map(({ start, size }) =>
          scaling.columns(
            tf.slice2d(strip, [start, 0], [size, n]),
            ends(m).map((u) => tf.tensor2d(u.slice(start, start + size), [size, 1])),
          ),
        );
        for (const [k, u] of ends(m).entries()) {
          const logs = scaling.done(scaling.add(first![k]!, second![k]!)).dataSync();
          expect(logs, `${name}, columns`).toBeAllclose(along(transpose(log), u), { rtol: 1e-5, atol: 1e-5 });
        }
      });
    }
  });
});
