import { checkOptions, checkRange } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkEntries, checkFloat32, checkMatrix, checkShape, hostValues } from "./checks";
import { SINKHORN_ITERATIONS, SINKHORN_LAMBDA } from "./constants";
import { withoutGradient } from "./custom-gradient";
import { normalised, potentialOf, scalingFor } from "./scaling";

/** Below it the spacing of float32 at cost / lambda is coarser than the differences that decide the result. */
const LAMBDA_MIN = 1e-4;
/** Far beyond convergence at any useful lambda; a larger number is a mistake that would look like a hang. */
const ITERATIONS_MAX = 10_000;

/** Options of `sinkhorn`. */
export interface SinkhornOptions {
  /** Entropic regularisation, at least 1e-4; smaller is sharper. Default 0.1. */
  lambda?: number | undefined;
  /** How often rows and columns are rescaled, 0 to 10,000. Default 4. */
  iterations?: number | undefined;
  /** What each row should sum to [M], positive; default 1/M each. */
  rowMarginal?: tf.Tensor1D | undefined;
  /** What each column should sum to [N], positive; default 1/N each. */
  columnMarginal?: tf.Tensor1D | undefined;
}

/**
 * Sinkhorn's matrix scaling, turned into soft labels: `Q = exp(-cost / lambda)` divided by its total; `iterations` times,
 * rows scaled to the row marginal and then columns to the column marginal; at the end every row divided by its sum.
 *
 * No lambda or cost overflows: where the range of `cost / lambda` allows it the exponentials are taken once, elsewhere (and where the
 * range cannot be seen, on a GPU) all is computed on logarithms. No gradient flows through it, and none of its intermediate
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
  const known = ["lambda", "iterations", "rowMarginal", "columnMarginal"];
  const given = checkOptions(options, known, "sinkhorn");
  const { lambda = SINKHORN_LAMBDA, iterations = SINKHORN_ITERATIONS, rowMarginal, columnMarginal } = given;
  checkMatrix(cost, "cost", "[M, N]");
  checkSinkhornRange(lambda, iterations);
  checkMarginal(rowMarginal, cost.shape[0], "rowMarginal");
  checkMarginal(columnMarginal, cost.shape[1], "columnMarginal");
  // Marginals widen the potentials' range by their own: then everything stays logarithms.
  const scaling = scalingFor(rowMarginal || columnMarginal ? Number.POSITIVE_INFINITY : rangeOf(cost) / lambda);
  return withoutGradient(() => {
    const logOf = (marginal?: tf.Tensor1D) => (marginal ? tf.log(marginal) : tf.scalar(0));
    const [logRows, logColumns] = [tf.reshape(logOf(rowMarginal), [-1, 1]), tf.reshape(logOf(columnMarginal), [1, -1])];
    const { strip } = scaling.form(tf.mul(cost, -1 / lambda));
    let v = tf.zeros<tf.Rank.R2>([1, cost.shape[1]]);
    for (let i = 0; i < iterations; i++) {
      // Only differences between rows or between columns matter: the division by the total is undone by the next step.
      const before = v;
      v = tf.tidy(() => {
        const u = tf.sub<tf.Tensor2D>(logRows, scaling.rows(strip, [before])[0]!);
        return tf.add<tf.Tensor2D>(logColumns, potentialOf(scaling, scaling.columns(strip, [u])[0]!));
      });
      before.dispose();
    }
    return normalised(scaling.targets(strip, tf.neg(scaling.rows(strip, [v])[0]!), v));
  });
}

/** Largest minus smallest cost; where it cannot be seen, it may be anything. */
function rangeOf(cost: tf.Tensor2D): number {
  const values = hostValues(cost);
  if (!values) return Number.POSITIVE_INFINITY;
  let [min, max] = [values[0]!, values[0]!];
  for (let k = 1; k < values.length; k++) {
    const value = values[k]!;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return max - min;
}

/** Throws unless the two numbers are usable. */
export function checkSinkhornRange(lambda: number, iterations: number): void {
  checkRange(lambda, "lambda", { min: LAMBDA_MIN });
  checkRange(iterations, "iterations", { min: 0, max: ITERATIONS_MAX, integer: true });
}

/** Throws unless a marginal is there for each row, or each column, and positive. */
function checkMarginal(marginal: tf.Tensor1D | undefined, size: number, name: string): void {
  if (marginal === undefined) return;
  checkShape(marginal, [size], name, name === "rowMarginal" ? "[M]" : "[N]");
  checkFloat32(marginal, name);
  checkEntries(marginal, name, "positive and finite", (value) => value > 0 && value < Number.POSITIVE_INFINITY);
}
