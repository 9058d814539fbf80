import { batchPlan, createRandom } from "@rsdix/data";
import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import type { BatchSource } from "../fit/task";
import type { FeaturePairBatch } from "./contrastive-head-task";
import type { FeatureBatch } from "./head-task";

/** Features that were made once, as `embedDataset` of @rsdix/data gives them. */
export interface Features {
  /** Row-major `[n, dim]`. */
  readonly values: Float32Array;
  /** Numbers a feature. */
  readonly dim: number;
}

/** Options of `featureBatches`. */
export interface FeatureBatchesOptions {
  /** The features. */
  features: Features;
  /** The number of each one's class, from 0. */
  labels: ArrayLike<number>;
  /** Features in a batch. */
  batchSize: number;
  /** The same seed gives the same batches. */
  seed: number;
}

/** Options of `featurePairBatches`. */
export interface FeaturePairBatchesOptions {
  /** Features of the images. */
  image: Features;
  /** Features of the texts; an image may have several. */
  text: Features;
  /** For each text the row of its image. */
  owners: ArrayLike<number>;
  /** Pairs in a batch. */
  batchSize: number;
  /** The same seed gives the same batches. */
  seed: number;
}

/**
 * Batches of features and labels, drawn without repeats in an epoch. The batch of a step depends on the seed and the step alone.
 *
 * @param options Features, labels, size and seed.
 * @returns Batches for `headTask`.
 * @throws SHAPE_MISMATCH when there isn't a label for each feature; INVALID_ARGUMENT for a label that is no whole number from 0; EMPTY_DATA for fewer features
 *   than a batch; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { featureBatches } from "@rsdix/train";
 * const features = { values: Float32Array.of(1, 0, 0, 1), dim: 2 };
 * console.log((await featureBatches({ features, labels: [3, 4], batchSize: 2, seed: 1 }).batch(0)).labels);
 * ```
 */
export function featureBatches(options: FeatureBatchesOptions): BatchSource<FeatureBatch> {
  const where = "featureBatches";
  const { features, labels, batchSize, seed } = checkOptions(options, ["features", "labels", "batchSize", "seed"], where);
  const size = rowsOf(features, where, "features");
  if (labels?.length !== size) fail("SHAPE_MISMATCH", `${where}: ${size} features need as many labels, got ${labels?.length}.`);
  for (let i = 0; i < size; i++) checkRange(labels[i], `labels[${i}]`, { min: 0, max: 2 ** 31 - 1, integer: true });
  const plan = batchPlan({ size, batchSize, seed, dropLast: true });
  return {
    stepsPerEpoch: plan.stepsPerEpoch,
    batchSize,
    batch(step) {
      const rows = [...plan.indices(step)];
      return { features: picked(features, rows), labels: Int32Array.from(rows, (row) => labels[row]!) };
    },
  };
}

/**
 * Batches of features of images and of one text for each, which is drawn anew at every access; images without repeats in an epoch. The batch of a step depends
 * on the seed and the step alone.
 *
 * @param options Features, whose each text is, size and seed.
 * @returns Batches for `contrastiveHeadTask`.
 * @throws SHAPE_MISMATCH when there isn't an owner for each text; INVALID_ARGUMENT for an owner that is no image; EMPTY_DATA for an image without a text, or
 *   fewer images than a batch; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { featurePairBatches } from "@rsdix/train";
 * const image = { values: Float32Array.of(1, 0, 0, 1), dim: 2 };
 * const text = { values: Float32Array.of(7, 8, 9), dim: 1 };
 * console.log((await featurePairBatches({ image, text, owners: [0, 1, 1], batchSize: 2, seed: 1 }).batch(0)).text);
 * ```
 */
export function featurePairBatches(options: FeaturePairBatchesOptions): BatchSource<FeaturePairBatch> {
  const where = "featurePairBatches";
  const { image, text, owners, batchSize, seed } = checkOptions(options, ["image", "text", "owners", "batchSize", "seed"], where);
  const [size, texts] = [rowsOf(image, where, "image"), rowsOf(text, where, "text")];
  if (owners?.length !== texts) fail("SHAPE_MISMATCH", `${where}: ${texts} texts need as many owners, got ${owners?.length}.`);
  const own: number[][] = Array.from({ length: size }, () => []);
  for (let i = 0; i < texts; i++) {
    checkRange(owners[i], `owners[${i}]`, { min: 0, max: size - 1, integer: true });
    own[owners[i]!]!.push(i);
  }
  const bare = own.findIndex((list) => list.length === 0);
  if (bare >= 0) fail("EMPTY_DATA", `${where}: image ${bare} has no text.`);
  const plan = batchPlan({ size, batchSize, seed, dropLast: true });
  const draws = createRandom(seed).fork("draws");
  return {
    stepsPerEpoch: plan.stepsPerEpoch,
    batchSize,
    batch(step) {
      const random = draws.fork(step);
      const rows = [...plan.indices(step)];
      const drawn = rows.map((row) => own[row]![random.int(own[row]!.length)]!);
      return { image: picked(image, rows), text: picked(text, drawn) };
    },
  };
}

/** How many features there are, once they are found to be whole. */
function rowsOf(features: Features, where: string, name: string): number {
  if (show(features?.values) !== "[object Float32Array]") {
    const got = features ? `values that are ${show(features.values)}` : show(features);
    fail("INVALID_ARGUMENT", `${where}: ${name} must be { values, dim } with values in a Float32Array, got ${got}.`);
  }
  const { values, dim } = features;
  checkRange(dim, `${name}.dim`, { min: 1, integer: true });
  if (values.length % dim !== 0)
    fail("SHAPE_MISMATCH", `${where}: ${name}.values must be whole rows of ${dim} numbers, got ${values.length} numbers.`);
  return values.length / dim;
}

function picked({ values, dim }: Features, rows: readonly number[]): Float32Array {
  const result = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => void result.set(values.subarray(row * dim, (row + 1) * dim), i * dim));
  return result;
}
