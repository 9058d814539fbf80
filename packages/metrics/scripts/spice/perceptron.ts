import { argMax } from "../../src/spice/arg-max";
import { BUCKETS, type FeatureSet } from "../../src/spice/hashed-features";

/** An averaged perceptron (Collins 2002) over hashed features, to be trained. */
export class Perceptron {
  private readonly weights: Float64Array;
  private readonly totals: Float64Array;
  private readonly touched: Int32Array;
  private readonly scores: Float64Array;
  private averaged: Float64Array | undefined;
  private time = 0;

  constructor(
    readonly classes: readonly string[],
    readonly templates: Uint8Array,
  ) {
    this.weights = new Float64Array(BUCKETS * classes.length);
    this.totals = new Float64Array(BUCKETS * classes.length);
    this.touched = new Int32Array(BUCKETS * classes.length);
    this.scores = new Float64Array(classes.length);
  }

  score(features: FeatureSet): Float64Array {
    const { scores, classes } = this;
    const weights = this.averaged ?? this.weights;
    scores.fill(0);
    for (let f = 0; f < features.size; f++) {
      const base = features.rows[f]! * classes.length;
      for (let c = 0; c < classes.length; c++) scores[c]! += weights[base + c]!;
    }
    return scores;
  }

  best(features: FeatureSet): number {
    return argMax(this.score(features));
  }

  /** Rewards the right class and punishes the wrong one; with both the same only time goes on. */
  update(features: FeatureSet, right: number, wrong: number): void {
    this.time++;
    if (right === wrong) return;
    for (let f = 0; f < features.size; f++) {
      const base = features.rows[f]! * this.classes.length;
      this.change(base + right, 1);
      this.change(base + wrong, -1);
    }
  }

  private change(at: number, by: number): void {
    this.totals[at]! += (this.time - this.touched[at]!) * this.weights[at]!;
    this.touched[at] = this.time;
    this.weights[at]! += by;
  }

  /** From now on scores are those of the averaged weights. */
  average(): this {
    const out = new Float64Array(this.weights.length);
    for (let at = 0; at < out.length; at++) {
      out[at] = (this.totals[at]! + (this.time - this.touched[at]!) * this.weights[at]!) / Math.max(1, this.time);
    }
    this.averaged = out;
    return this;
  }

  /** The averaged weights: row by row, a weight for each class. */
  get table(): Float64Array {
    return this.averaged ?? this.average().table;
  }
}

/** Weights of a trained classifier: row by row, a weight for each class. */
export interface Weights {
  readonly classes: readonly string[];
  readonly table: Float64Array;
}

/** The mean of classifiers that saw the same examples in different orders: steadier than each. */
export function meanOf(models: readonly Weights[]): Weights {
  const [first, ...others] = models;
  const table = Float64Array.from(first!.table);
  for (const { table: other } of others) for (let at = 0; at < table.length; at++) table[at]! += other[at]!;
  return { classes: first!.classes, table: table.map((weight) => weight / models.length) };
}
