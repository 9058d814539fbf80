import * as tf from "@tensorflow/tfjs-core";
import { clampedFactor, withinClamp } from "./distillation-scale";
import type { Plan } from "./plan";
import { chained, columnLogSums, combined, exponential, logAddExp, mergeLogSums, rowLogSums, sumOfRows } from "./products";
import { columnPotentials, type KernelStrips, kernelStrips, type Potentials, rowPotentials } from "./sinkhorn-passes";
import { columnsOf, rowsOf, spansOf } from "./spans";
import { type KernelFactors, kernelFactors, logKernel } from "./teacher-kernel";
import type { Teacher } from "./teacher-targets";
import type { Term } from "./term";
import { dot } from "./tiles";

/**
 * KL(target ‖ softmax(s · S)) of M rows, then of N columns: losses [M + N]. The targets exist a strip at a time, as
 * exp(K + u + v) of the teacher's log kernel and the potentials that Sinkhorn found.
 */
export function distillationTerm(m: number, n: number, tau: tf.Scalar, teacher: Teacher, plan: Plan): Term {
  const { scaling, iterations } = teacher;
  const allColumns = { start: 0, size: n };
  let factors: KernelFactors;
  let kernel: KernelStrips;
  return {
    parameters: [tau],
    start() {
      factors = kernelFactors(teacher.embeddings);
      kernel = kernelStrips(spansOf(m, plan.rows), logKernel(factors, allColumns, teacher.kernel), scaling, plan.kept >= 1);
      return columnPotentials(kernel, scaling, n, iterations);
    },
    strip(similarities, _, index, started) {
      const form = kernel.at(index);
      const [u, w] = rowPotentials(scaling, form, started as Potentials) as [tf.Tensor2D, tf.Tensor2D];
      const v = started[0] as tf.Tensor2D;
      const logits = tf.mul<tf.Tensor2D>(similarities, clampedFactor(tau));
      const rowSums = rowLogSums(logits);
      const columnSums = columnLogSums(logits);
      const difference = combined(tf.sub, scaling.log(form.strip), logits);
      // Σ_j t (log t - log softmax), with log t = K + u + v and log softmax = L - m - log r added up entry by entry: what is large
      // cancels before it is weighted, and the logarithm of the sum, which may be small, is not rounded beside m.
      const divergence = (u: tf.Tensor2D, v: tf.Tensor2D, [largest, sum]: tf.Tensor2D[]) => {
        const ratio = chained(
          tf.add(difference, largest!),
          (x) => tf.add(x, u),
          (x) => tf.add(x, v),
          (x) => tf.add(x, tf.log(sum!)),
        );
        return combined(tf.mul, ratio, scaling.targets(form.strip, u, v));
      };
      const alongRows = chained(divergence(u, v, rowSums), (x) => tf.sum(x, 1, true));
      // The columns' targets and softmax are normalised within the strip; merging strips puts that right.
      const weight = scaling.done(scaling.columns(form.strip, [w])[0]!);
      const alongColumns = chained(divergence(w, tf.neg(weight), columnSums), sumOfRows);
      return { rows: [alongRows, ...rowSums, u, w, tf.clone(form.shift)], columns: [...columnSums, weight, alongColumns] };
    },
    merge(a, b) {
      const [[m, r], weight] = [mergeLogSums(a, b) as [tf.Tensor2D, tf.Tensor2D], logAddExp(a[2]!, b[2]!)];
      const share = ([ownM, ownR, ownWeight, own]: tf.Tensor2D[]) => {
        const part = tf.sub(ownWeight!, weight); // the logarithm of the strips' part in the targets
        const ofSoftmax = tf.add(tf.sub(ownM!, m), tf.log(tf.div(ownR!, r)));
        return tf.mul<tf.Tensor2D>(tf.exp(part), tf.add(own!, tf.sub(part, ofSoftmax)));
      };
      return [m, r, weight, tf.add(share(a), share(b))];
    },
    finish({ rows: [alongRows, rowMax, rowSum, u, w, shift], columns: [columnMax, columnSum, weight, alongColumns] }, [v]) {
      return {
        losses: tf.concat1d([tf.reshape(alongRows!, [-1]), tf.reshape(alongColumns!, [-1])]),
        state: [
          tau,
          rowMax!,
          rowSum!,
          columnMax!,
          columnSum!,
          u!,
          v!,
          w!,
          tf.neg(weight!),
          shift!,
          ...factors.left,
          ...factors.right,
          ...kernel.kept.map(({ strip }) => strip),
        ],
      };
    },
    backward(dy, state) {
      const saved = state[0] as tf.Scalar;
      const [rowMax, rowSum, columnMax, columnSum, u, v, w, x, shift, ...rest] = state.slice(1) as tf.Tensor2D[];
      const factors = { left: rest.splice(0, 2), right: rest.splice(0, 3) } as unknown as KernelFactors;
      const factor = clampedFactor(saved);
      const weights = tf.mul<tf.Tensor1D>(dy, factor);
      const rowWeight = tf.reshape(tf.slice1d(weights, 0, m), [m, 1]) as tf.Tensor2D;
      const columnWeight = tf.reshape(tf.slice1d(weights, m, n), [1, n]) as tf.Tensor2D;
      return {
        block(columns) {
          const block = rest.length > 0 ? undefined : logKernel(factors, columns, teacher.kernel);
          const [max, sum, vs, xs, byColumn] = [columnMax!, columnSum!, v!, x!, columnWeight].map((vector) => columnsOf(vector, columns));
          return (similarities, rows, index) => {
            const [largest, own, us, ws, byRow] = [rowMax!, rowSum!, u!, w!, rowWeight].map((vector) => rowsOf(vector, rows));
            const strip = block ? scaling.formTile(block(rows), rowsOf(shift!, rows)) : rest[index]!;
            const logits = tf.mul<tf.Tensor2D>(similarities, factor);
            const along = ([max, sum]: tf.Tensor2D[], [rowPotential, columnPotential]: tf.Tensor2D[], weight: tf.Tensor2D) => {
              const softmax = chained(tf.sub(logits, max!), exponential, (x) => tf.div(x, sum!));
              const target = scaling.targets(strip, rowPotential!, columnPotential!);
              return chained(combined(tf.sub, softmax, target), (x) => tf.mul(x, weight));
            };
            const alongRows = along([largest!, own!], [us!, vs!], byRow!);
            const alongColumns = along([max!, sum!], [ws!, xs!], byColumn!);
            const gradient = combined(tf.add, alongRows, alongColumns);
            return [gradient, dot(gradient, similarities)];
          };
        },
        // Within the clamp the factor is exp(τ), so d/dτ = Σ dS · S; outside it τ changes nothing.
        parameters: ([dots]) => [tf.mul<tf.Scalar>(dots!, withinClamp(saved))],
      };
    },
  };
}
