import { checkOptions, checkRange, fail, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkMatrix } from "./checks";
import { SINKHORN_ITERATIONS, SINKHORN_LAMBDA } from "./constants";
import { withoutGradient } from "./custom-gradient";
import { rowLogSumExp } from "./row-softmax";

/** Below it the spacing of float32 at cost / lambda is coarser than the differences that decide the result. */
const LAMBDA_MIN = 1e-4;
/** Far beyond convergence at any useful lambda; a larger number is a mistake that would look like a hang. */
const ITERATIONS_MAX = 10_000;

/** Options of `sinkhorn`. */
export interface SinkhornOptions {
  /** Entropic regularisation, at least 1e-4; smaller is sharper. Default 0.1. */
  lambda?: number;
  /** How often rows and columns are rescaled, 0 to 10,000. Default 4. */
  iterations?: number;
  /** What each row should sum to [M], positive; default 1/M each. */
  rowMarginal?: tf.Tensor1D;
  /** What each column should sum to [N], positive; default 1/N each. */
  columnMarginal?: tf.Tensor1D;
}

/**
 * Sinkhorn's matrix scaling, turned into soft labels: `Q = exp(-cost / lambda)` divided by its total; `iterations` times,
 * rows scaled to the row marginal and then columns to the column marginal; at the end every row divided by its sum.
 *
 * Computed on logarithms, so that no lambda or cost overflows. No gradient flows through it, and none of its intermediate
 * matrices is kept on a gradient tape.
 *
 * @param cost - cost of matching row i with column j [M, N], float32
 * @param options - regularisation, iterations, marginals
 * @returns soft labels [M, N]; each row is a probability distribution
 * @throws RsdixError SHAPE_MISMATCH for a wrong shape, INVALID_ARGUMENT for a wrong dtype, lambda or number of iterations,
 * UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { sinkhorn } from "@rsdix/core-losses";
 *
 * const cost = tf.tensor2d([[-1, -0.2], [-0.9, -0.3]]);
 * sinkhorn(cost, { lambda: 0.1, iterations: 4 }).print(); // rows sum to 1
 * ```
 * @see https://arxiv.org/abs/1306.0895 algorithm 1
 * @see https://arxiv.org/abs/2112.09445 (OTTER: as soft labels for contrastive learning)
 */
export function sinkhorn(cost: tf.Tensor2D, options: SinkhornOptions = {}): tf.Tensor2D {
  checkOptions(options, ["lambda", "iterations", "rowMarginal", "columnMarginal"], "sinkhorn");
  const { lambda = SINKHORN_LAMBDA, iterations = SINKHORN_ITERATIONS, rowMarginal, columnMarginal } = options;
  checkMatrix(cost, "cost", "[M, N]");
  checkSinkhornRange(lambda, iterations);
  checkMarginal(rowMarginal, cost.shape[0], "rowMarginal");
  checkMarginal(columnMarginal, cost.shape[1], "columnMarginal");
  return withoutGradient(() => {
    const logKernel = tf.mul<tf.Tensor2D>(cost, -1 / lambda);
    return sinkhornOfLogKernel(logKernel, tf.transpose(logKernel), iterations, {
      ...(rowMarginal && { logRows: tf.log(tf.reshape(rowMarginal, [-1, 1])) }),
      ...(columnMarginal && { logColumns: tf.log(tf.reshape(columnMarginal, [-1, 1])) }),
    });
  });
}

/** Throws unless the two numbers are usable. */
export function checkSinkhornRange(lambda: number, iterations: number): void {
  checkRange(lambda, "lambda", { min: LAMBDA_MIN });
  checkRange(iterations, "iterations", { min: 0, max: ITERATIONS_MAX, integer: true });
}

function checkMarginal(marginal: tf.Tensor1D | undefined, size: number, name: string): void {
  if (marginal && (marginal.rank !== 1 || marginal.shape[0] !== size)) {
    fail("SHAPE_MISMATCH", `${name} must have the shape [${size}], got ${showShape(marginal)}.`);
  }
}

/**
 * Sinkhorn on the logarithm K of the kernel [M, N], given with its transpose: Q = exp(u_i + K_ij + v_j), and each step
 * solves for u or v. What only shifts all of u or all of v (the division by the total, the uniform 1/M and 1/N) is
 * undone by the next step or by the final row normalisation, and left out.
 */
export function sinkhornOfLogKernel(
  logKernel: tf.Tensor2D,
  transposed: tf.Tensor2D,
  iterations: number,
  marginals: { logRows?: tf.Tensor; logColumns?: tf.Tensor } = {},
): tf.Tensor2D {
  const { logRows = 0, logColumns = 0 } = marginals;
  let v = tf.zeros<tf.Rank.R2>([1, logKernel.shape[1]]);
  for (let i = 0; i < iterations; i++) {
    v = tf.tidy(() => {
      const u = tf.sub(logRows, rowLogSumExp(tf.add(logKernel, v))); // [M, 1]
      const column = tf.sub(logColumns, rowLogSumExp(tf.add(transposed, tf.reshape(u, [1, -1])))); // [N, 1]
      return tf.reshape(column, [1, -1]);
    });
  }
  return tf.softmax(tf.add(logKernel, v)); // the final row normalisation: u cancels
}
