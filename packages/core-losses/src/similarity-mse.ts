import { checkOptions, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkEmbeddings, checkMatrix, checkUnitRows } from "./checks";
import { withGradient } from "./custom-gradient";
import type { TileOption } from "./info-nce";
import { type Plan, planOf } from "./plan";
import { timesTransposed, transposedProduct } from "./products";
import { type Reduced, type Reduction, reduce } from "./reduction";
import { columnsOf, padTo, rowsOf, type Span, spansOf } from "./spans";
import { joinRows } from "./strips";

/** What `similarityMSE` compares. */
export interface SimilarityMSEInputs {
  /** Image embeddings [M, d], float32, rows of unit length. */
  image: tf.Tensor2D;
  /** Text embeddings [N, d], float32, rows of unit length. */
  text: tf.Tensor2D;
  /**
   * Embeddings of the captions by a sentence encoder [max(M, N), f], float32, rows of unit length: row k is the caption of
   * image k and of text k. No gradient.
   */
  sentence: tf.Tensor2D;
}

/** Options of `similarityMSE`. */
export interface SimilarityMSEOptions<R extends Reduction = Reduction> extends TileOption {
  /** "mean" (default), "sum" over the L = max(M, N) rows, or "none" for one loss a row [L]. */
  reduction?: R;
  /** With `reduction: "sum"` only: return the mean instead, as the original does. Default false. */
  reference?: boolean;
}

/** The parts of `similarityMSE`, and their mean. */
export interface SimilarityMSE<R extends Reduction = "mean"> {
  total: Reduced<R>;
  /** Image-image cosines against the sentences'. */
  imageImage: Reduced<R>;
  /** Image-text cosines against the sentences'. */
  imageText: Reduced<R>;
  /** Text-text cosines against the sentences'. */
  textText: Reduced<R>;
}

/**
 * SBS-MSE of RSDiX: how far the cosines among images and texts are from those that a sentence encoder (Sentence-BERT) gives
 * their captions. Each part is a mean squared difference, of `I Iᵀ` [M, M], `I Tᵀ` [M, N] and `T Tᵀ` [N, N] to the same block
 * of `S Sᵀ`; the total is the mean of the three, within [0, 4]. Differentiable in `image` and `text` (first order), each part
 * by itself too.
 *
 * Unreduced, row k of a part is its sum over columns times L / its number of entries, 0 where there is no row k: so the mean
 * of the L rows is the part. `reference: true` returns that mean for "sum" as well, as the original does.
 *
 * With a `tile` value and gradient are the same, and memory grows linearly: strips of the three matrices are computed again
 * for the gradient, unless "auto" has room to keep them.
 *
 * @param inputs - embeddings of images, texts, and captions by the sentence encoder
 * @param options - how to reduce, and the rows of a strip
 * @returns total and parts: scalars, or [max(M, N)] each with `reduction: "none"`
 * @throws RsdixError SHAPE_MISMATCH when the shapes do not fit together, INVALID_ARGUMENT for a wrong dtype or option and,
 * where tensors lie in host memory, for values that are not finite and rows that do not have unit length; UNKNOWN_OPTION for
 * an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { similarityMSE } from "@rsdix/core-losses";
 *
 * const image = tf.variable(tf.tensor2d([[1, 0], [0, 1]]));
 * const text = tf.variable(tf.tensor2d([[0.8, 0.6], [0.6, 0.8]]));
 * const sentence = tf.tensor2d([[1, 0, 0], [0.6, 0, 0.8]]);
 * const { total, imageText } = similarityMSE({ image, text, sentence }, { tile: "auto" });
 * total.print();
 * imageText.print();
 * const { grads } = tf.variableGrads(() => similarityMSE({ image, text, sentence }).total);
 * ```
 * @see https://arxiv.org/abs/1908.10084 (Sentence-BERT)
 */
export function similarityMSE<R extends Reduction = "mean">(
  inputs: SimilarityMSEInputs,
  options: SimilarityMSEOptions<R> = {},
): SimilarityMSE<R> {
  checkInputs(inputs);
  checkOptions(options, ["reduction", "tile", "reference"], "similarityMSE");
  const reduction = reductionOf(options);
  const { image, text, sentence } = inputs;
  const size = sentence.shape[0];
  return tf.tidy(() => {
    const parts = partsOf(image, text, sentence, planOf(options.tile, size, size));
    const part = (k: number) => reduce(tf.reshape<tf.Rank.R1>(tf.slice2d(parts, [k, 0], [1, size]), [size]), reduction);
    const total = reduce(tf.mean<tf.Tensor1D>(parts, 0), reduction);
    return { total, imageImage: part(0), imageText: part(1), textText: part(2) };
  });
}

function checkInputs(inputs: SimilarityMSEInputs): void {
  checkOptions(inputs, ["image", "text", "sentence"], "similarityMSE's inputs");
  const { image, text, sentence } = inputs;
  checkEmbeddings(image, text);
  checkMatrix(sentence, "sentence", "[max(M, N), f]");
  const size = Math.max(image.shape[0], text.shape[0]);
  if (sentence.shape[0] !== size) {
    fail("SHAPE_MISMATCH", `sentence must have a row for each of the ${size} captions, max(M, N), got ${sentence.shape[0]}.`);
  }
  for (const [name, matrix] of Object.entries({ image, text, sentence })) checkUnitRows(matrix, name);
}

function reductionOf<R extends Reduction>({ reduction, reference = false }: SimilarityMSEOptions<R>): R {
  if (typeof reference !== "boolean") fail("INVALID_ARGUMENT", `reference must be true or false, got ${String(reference)}.`);
  if (!reference) return (reduction ?? "mean") as R;
  if (reduction !== "sum") {
    fail("INVALID_ARGUMENT", `reference changes nothing but reduction: "sum", got reduction ${String(reduction ?? "mean")}; leave it out.`);
  }
  return "mean" as R; // the original's sum
}

/** The three matrices of cosines: rows of `left` against rows of `right`. */
const cosinesOf = (image: tf.Tensor2D, text: tf.Tensor2D) =>
  [
    { left: image, right: image },
    { left: image, right: text },
    { left: text, right: text },
  ] as const;

/** Strips of the three matrices of differences to the sentences' cosines; undefined below a matrix's last row. */
type Differences = (span: Span) => (tf.Tensor2D | undefined)[];

/** One loss a part and row [3, L]. */
function partsOf(image: tf.Tensor2D, text: tf.Tensor2D, sentence: tf.Tensor2D, plan: Plan): tf.Tensor2D {
  const size = sentence.shape[0];
  const spans = spansOf(size, plan.rows);
  return withGradient<tf.Tensor2D>([image, text], (save) => {
    const differences = differencesOf(image, text, sentence);
    const strips = spans.map((span) =>
      tf.tidy(() => {
        const strip = differences(span);
        return { sums: strip.map((matrix) => matrix && tf.sum<tf.Tensor1D>(tf.square(matrix), 1)), kept: plan.kept >= 3 ? strip : [] };
      }),
    );
    const rows = cosinesOf(image, text).map(({ left, right }, k) => {
      const sums = strips.flatMap(({ sums }) => sums[k] ?? []);
      return padTo(tf.mul(tf.concat1d(sums), size / (left.shape[0] * right.shape[0])), size);
    });
    save([image, text, sentence, ...strips.flatMap(({ kept }) => kept.flatMap((matrix) => matrix ?? []))]);
    return {
      value: tf.stack(rows) as tf.Tensor2D,
      gradFunc: (dy, saved) => tf.tidy(() => partsGradient(dy, saved as tf.Tensor2D[], plan)),
    };
  });
}

/** Differences that are computed when they are asked for; one product with the sentences serves all three matrices. */
function differencesOf(image: tf.Tensor2D, text: tf.Tensor2D, sentence: tf.Tensor2D): Differences {
  const timesSentences = timesTransposed(sentence);
  const timesImages = timesTransposed(image);
  const timesTexts = timesTransposed(text);
  const strip = (span: Span) => {
    const targets = timesSentences(rowsOf(sentence, span));
    return cosinesOf(image, text).map(({ left, right }) =>
      tf.tidy(() => {
        const rows = within(span, left);
        if (!rows) return undefined;
        const cosines = (right === image ? timesImages : timesTexts)(rowsOf(left, rows));
        return tf.sub<tf.Tensor2D>(cosines, cornerOf(targets, cosines.shape));
      }),
    );
  };
  return (span) => tf.tidy(() => strip(span));
}

/**
 * With row k of a part weighted by w_k = 2 · dy_k · L / its number of entries, and D its differences: as `I Iᵀ` and `T Tᵀ` are
 * symmetric, d/dI_k = Σ_j (w_k + w_j) D_kj I_j there, and rows are all that is needed. For `I Tᵀ`, d/dI_k = w_k Σ_j D_kj T_j and
 * d/dT_j = Σ_k w_k D_kj I_k, which is summed strip by strip.
 */
function partsGradient(dy: tf.Tensor2D, saved: tf.Tensor2D[], plan: Plan): tf.Tensor[] {
  const [image, text, sentence, ...kept] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, ...tf.Tensor2D[]];
  const [size, width] = [sentence.shape[0], text.shape[1]];
  const cosines = cosinesOf(image, text);
  const [ofImages, ofPairs, ofTexts] = cosines.map(({ left, right }, k) => {
    const [m, n] = [left.shape[0], right.shape[0]];
    return tf.reshape<tf.Rank.R2>(tf.mul(tf.slice2d(dy, [k, 0], [1, m]), (2 * size) / (m * n)), [m, 1]);
  }) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const differences = kept.length > 0 ? inOrder(kept, cosines) : differencesOf(image, text, sentence);
  const blocks = spansOf(text.shape[0], plan.tile.columns);
  const dImage: tf.Tensor2D[] = [];
  const dText: tf.Tensor2D[] = [];
  let dTextOfPairs = blocks.map((block) => tf.zeros<tf.Rank.R2>([block.size, width]));
  for (const span of spansOf(size, plan.rows)) {
    const step = tf.tidy(() => {
      const [ii, it, tt] = differences(span);
      const [images, texts] = [within(span, image), within(span, text)];
      const dTexts = texts && symmetricGradient(tt!, ofTexts, texts, text);
      if (!images) return { text: dTexts, pairs: dTextOfPairs };
      const weight = rowsOf(ofPairs, images);
      const weighted = tf.mul<tf.Tensor2D>(rowsOf(image, images), weight);
      return {
        image: plus(symmetricGradient(ii!, ofImages, images, image), () => tf.mul(tf.matMul(it!, text), weight)),
        text: dTexts,
        pairs: dTextOfPairs.map((sum, k) => plus(sum, () => transposedProduct(columnsOf(it!, blocks[k]!), weighted))),
      };
    });
    dTextOfPairs = step.pairs;
    if (step.image) dImage.push(step.image);
    if (step.text) dText.push(step.text);
  }
  return [joinRows(dImage), tf.add(joinRows(dText), joinRows(dTextOfPairs))];
}

/** Rows of the gradient of `matrix` from rows of the differences of `matrix · matrixᵀ`. */
function symmetricGradient(differences: tf.Tensor2D, weights: tf.Tensor2D, rows: Span, matrix: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => tf.matMul(tf.mul<tf.Tensor2D>(differences, pairSums(weights, rows)), matrix));
}

/** A sum and one term more; the sum before is freed. */
function plus(sum: tf.Tensor2D, term: () => tf.Tensor2D): tf.Tensor2D {
  const next = tf.tidy(() => tf.add<tf.Tensor2D>(sum, term()));
  sum.dispose();
  return next;
}

/** Differences that were kept, in the order in which they were. */
function inOrder(kept: tf.Tensor2D[], cosines: ReturnType<typeof cosinesOf>): Differences {
  let next = 0;
  return (span) => cosines.map(({ left }) => (within(span, left) ? kept[next++] : undefined));
}

/** w_k + w_j for the rows k of a span and all j [r, M], as a product: broadcasting is slow on wasm. */
function pairSums(weights: tf.Tensor2D, rows: Span): tf.Tensor2D {
  const left = tf.concat2d([rowsOf(weights, rows), tf.ones<tf.Rank.R2>([rows.size, 1])], 1);
  const right = tf.concat2d([tf.ones<tf.Rank.R2>(weights.shape), weights], 0);
  return tf.matMul(left, tf.reshape<tf.Rank.R2>(right, [2, weights.shape[0]]));
}

/** The part of a span that `matrix` has rows for; undefined where it has none. */
function within({ start, size }: Span, matrix: tf.Tensor2D): Span | undefined {
  const rows = Math.min(size, matrix.shape[0] - start);
  return rows > 0 ? { start, size: rows } : undefined;
}

/** The first rows and columns of a matrix, or the matrix itself where that is all of it. */
function cornerOf(matrix: tf.Tensor2D, [rows, columns]: [number, number]): tf.Tensor2D {
  return rows === matrix.shape[0] && columns === matrix.shape[1] ? matrix : tf.slice2d(matrix, [0, 0], [rows, columns]);
}
