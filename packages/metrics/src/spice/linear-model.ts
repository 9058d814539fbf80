import { argMax } from "./arg-max";
import { BUCKETS, type FeatureSet } from "./hashed-features";

/** A linear classifier over hashed features: sparse rows of small whole weights. */
export class LinearModel {
  private readonly scores: Int32Array;

  /**
   * @param classes - The names of the classes.
   * @param templates - How its features are made of values.
   * @param starts - Where each row's weights start; one more than rows.
   * @param columns - The class of each weight.
   * @param weights - The weights.
   */
  constructor(
    readonly classes: readonly string[],
    readonly templates: Uint8Array,
    private readonly starts: Int32Array,
    private readonly columns: Uint8Array,
    private readonly weights: Int8Array,
  ) {
    this.scores = new Int32Array(classes.length);
    if (starts.length !== BUCKETS + 1) throw new RangeError(`A model has ${BUCKETS} rows, got ${starts.length - 1}.`);
  }

  /** The score of every class; the array is written again by the next call. */
  score(features: FeatureSet): Int32Array {
    const { scores, starts, columns, weights } = this;
    scores.fill(0);
    const { rows, size } = features;
    for (let f = 0; f < size; f++) {
      const row = rows[f]!;
      for (let k = starts[row]!, end = starts[row + 1]!; k < end; k++) scores[columns[k]!]! += weights[k]!;
    }
    return scores;
  }

  /** The number of the class with the highest score, the first of equals. */
  best(features: FeatureSet): number {
    return argMax(this.score(features));
  }
}
