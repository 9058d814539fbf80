import * as tf from "@tensorflow/tfjs-core";
import { chained, columnLogSumExp, exponential, logAddExp, rowLogSumExp } from "./products";

/** Largest range of a log kernel whose exponentials, and products of two of them, stay within float32 with room to spare. */
const EXPONENT_RANGE = 75;
/** Half of it, about. */
const LIFT = 36;

/**
 * Arithmetic of Sinkhorn on strips of a log kernel K with whole rows. Potentials are logarithms in both: u over rows [r, 1], v
 * over columns [1, N]. What adds a constant to a row of K is taken into u.
 */
export interface Scaling {
  /** The strip in the form that the other functions take, and what was subtracted from each row [r, 1]. */
  form(logKernel: tf.Tensor2D): { strip: tf.Tensor2D; shift: tf.Tensor2D };
  /** A tile whose rows are not whole, with the rows' shift as it was found. */
  formTile(logKernel: tf.Tensor2D, shift: tf.Tensor2D): tf.Tensor2D;
  /** K, less the shift. */
  log(strip: tf.Tensor2D): tf.Tensor2D;
  /** log Σ_j exp(K_ij + v_j) for each v: [r, 1]. */
  rows(strip: tf.Tensor2D, vs: tf.Tensor2D[]): tf.Tensor2D[];
  /** Σ_i exp(K_ij + u_i) for each u [1, N], in a form that `add` adds up over strips and whose logarithm `done` is. */
  columns(strip: tf.Tensor2D, us: tf.Tensor2D[]): tf.Tensor2D[];
  add(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D;
  done(sum: tf.Tensor2D): tf.Tensor2D;
  /** exp(K_ij + u_i + v_j). */
  targets(strip: tf.Tensor2D, u: tf.Tensor2D, v: tf.Tensor2D): tf.Tensor2D;
}

/** Rows divided by their sums, which are 1 but for what rounding did to large potentials. */
export function normalised(rows: tf.Tensor2D): tf.Tensor2D {
  return tf.div(rows, tf.sum(rows, 1, true));
}

/** The scaling for a kernel whose entries span no more than `range`: exponentials once where they cannot overflow, else logarithms. */
export function scalingFor(range: number): Scaling {
  return range <= EXPONENT_RANGE ? exponentialScaling : logarithmicScaling;
}

/** Kernel and potentials stay logarithms: any λ and any cost, at the price of an exponential an entry and a step. */
const logarithmicScaling: Scaling = {
  form(logKernel) {
    // Rows that begin at 0 keep the digits of their largest entries, which are the ones that count.
    const shift = tf.max<tf.Tensor2D>(logKernel, 1, true);
    return { strip: tf.sub(logKernel, shift), shift };
  },
  formTile: (logKernel, shift) => tf.sub(logKernel, shift),
  log: (strip) => tf.clone(strip),
  rows: (strip, vs) => vs.map((v) => chained(tf.add(strip, v), rowLogSumExp)),
  columns: (strip, us) => us.map((u) => chained(tf.add(strip, u), columnLogSumExp)),
  add: logAddExp,
  done: (sum) => tf.clone(sum),
  targets: (strip, u, v) => chained(tf.add(strip, u), (x) => tf.add(x, v), exponential),
};

/**
 * The kernel is exponentiated once, with rows that sum to 1, and a step is a product with a vector. With v centred, a kernel of range R
 * leaves rows' sums within exp(±R/2) and columns' between exp(-3R/2) and exp(R/2) times their number, which the lift puts in the middle
 * of what float32 holds.
 */
const exponentialScaling: Scaling = {
  form(logKernel) {
    const strip = tf.softmax(logKernel);
    const shift = tf.sub<tf.Tensor2D>(tf.max(logKernel, 1, true), tf.log(tf.max(strip, 1, true)));
    return { strip, shift };
  },
  formTile: (logKernel, shift) => chained(tf.sub(logKernel, shift), exponential),
  log: (strip) => tf.log(strip),
  rows: (strip, vs) => tf.split(tf.log(tf.matMul(strip, tf.transpose(tf.exp(tf.concat2d(vs, 0))))), vs.length, 1),
  columns: (strip, us) => tf.split(tf.matMul(tf.transpose(tf.exp(tf.add(tf.concat2d(us, 1), LIFT))), strip), us.length, 0),
  add: (a, b) => tf.add(a, b),
  done: (sum) => tf.sub(tf.log(sum), LIFT),
  targets(strip, u, v) {
    const middle = middleOf(v);
    return chained(tf.mul(strip, tf.exp(tf.add(u, middle))), (x) => tf.mul(x, tf.exp(tf.sub(v, middle))));
  },
};

/** The middle of a potential's range. */
function middleOf(potential: tf.Tensor2D): tf.Tensor {
  return tf.mul(tf.add(tf.max(potential), tf.min(potential)), 0.5);
}

/** The potential that follows from the sums of columns; only its differences matter, so that it is centred. */
export function potentialOf(scaling: Scaling, sum: tf.Tensor2D): tf.Tensor2D {
  const potential = tf.neg<tf.Tensor2D>(scaling.done(sum));
  return tf.sub(potential, middleOf(potential));
}
