import { batchPlan, createRandom } from "@rsdix/data";
import { checkOptions, checkRange, fail, show } from "@rsdix/internal";
import { type Gpt2Tokenizer, padTokens } from "@rsdix/models";
import { checkFlag, checkList } from "../check-given";
import type { BatchSource } from "../fit/task";
import type { EmbeddedCaptionBatch } from "./caption-task";
import { encodeCaptions } from "./encode-captions";

/** Options of `captionBatches`. */
export interface CaptionBatchesOptions {
  /**
   * The images' embeddings, row-major `[n, dim]` each: one array, or one for each view of the images (flips, turns), of which one is drawn at every access.
   */
  views: readonly Float32Array[];
  /** Width of an embedding. */
  dim: number;
  /** The captions of each image, at least one; one is drawn at every access. */
  captions: readonly (readonly string[])[];
  /** GPT-2's tokenizer. */
  tokenizer: Gpt2Tokenizer;
  /** Pairs in a batch. */
  batchSize: number;
  /** The same seed gives the same batches. */
  seed: number;
  /** Longest caption in tokens: longer ones are cut. 67 by default. */
  maxTokens?: number;
  /** Whether each epoch has a new order; true by default. Without, images come as they are given. */
  shuffle?: boolean;
  /** Leave out an epoch's last batch when it would be smaller; true by default. */
  dropLast?: boolean;
}

/**
 * Batches of image embeddings and captions, drawn without repeats in an epoch. The batch of a step depends on the seed and the step alone.
 *
 * @param options Embeddings, captions, tokenizer, size and seed.
 * @returns Batches for `captionTask`.
 * @throws EMPTY_DATA when there is no view, an image has no caption, or there are fewer images than a batch; SHAPE_MISMATCH when an array has not one
 *   embedding an image; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { Gpt2Tokenizer } from "@rsdix/models";
 * import { captionBatches } from "@rsdix/train";
 * const tokenizer = Gpt2Tokenizer.fromBpe({ merges: [] });
 * const views = [Float32Array.of(1, 0, 0, 1)];
 * const source = captionBatches({ views, dim: 2, captions: [["a sea ."], ["a lake ."]], tokenizer, batchSize: 2, seed: 1 });
 * console.log((await source.batch(0)).tokens.lengths);
 * ```
 */
export function captionBatches(options: CaptionBatchesOptions): BatchSource<EmbeddedCaptionBatch> {
  const known = ["views", "dim", "captions", "tokenizer", "batchSize", "seed", "maxTokens", "shuffle", "dropLast"];
  const given = checkOptions(options, known, "captionBatches");
  const { views, dim, captions, tokenizer, batchSize, seed, maxTokens = 67, shuffle = true, dropLast = true } = given;
  checkList(views, "captionBatches: views", "Float32Arrays");
  checkList(captions, "captionBatches: captions", "an image's captions each");
  checkRange(dim, "captionBatches: dim", { min: 1, integer: true });
  checkFlag(shuffle, "captionBatches: shuffle");
  checkFlag(dropLast, "captionBatches: dropLast");
  if (views.length === 0) fail("EMPTY_DATA", "captionBatches needs at least one view of the images' embeddings.");
  for (const [v, view] of views.entries()) {
    if (show(view) !== "[object Float32Array]")
      fail("INVALID_ARGUMENT", `captionBatches: view ${v} must be a Float32Array, got ${show(view)}.`);
    if (view.length !== captions.length * dim) {
      fail(
        "SHAPE_MISMATCH",
        `captionBatches: view ${v} must hold ${captions.length} · ${dim} numbers, an embedding an image; got ${view.length}.`,
      );
    }
  }
  const encoded = encodeCaptions("captionBatches", captions, tokenizer, maxTokens);
  const plan = batchPlan({ size: captions.length, batchSize, seed, dropLast });
  const inOrder = (step: number) => {
    const first = (step % plan.stepsPerEpoch) * batchSize;
    return Int32Array.from({ length: Math.min(batchSize, captions.length - first) }, (_, i) => first + i);
  };
  const draws = createRandom(seed).fork("draws");
  return {
    stepsPerEpoch: plan.stepsPerEpoch,
    batchSize,
    batch(step) {
      const random = draws.fork(step);
      const indices = shuffle ? plan.indices(step) : inOrder(step);
      const embeddings = new Float32Array(indices.length * dim);
      const rows = [...indices].map((i, row) => {
        embeddings.set(views[random.int(views.length)]!.subarray(i * dim, (i + 1) * dim), row * dim);
        return encoded[i]![random.int(encoded[i]!.length)]!;
      });
      return { embeddings, tokens: padTokens(rows, 0) };
    },
  };
}
