import { checkOptions, checkRange, checkRank, fail, show, showShape } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { hostValues } from "./checks";
import { type Span, spansOf } from "./spans";
import { joinRows } from "./strips";
import { plus } from "./tiles";

/** How far, relative to the largest entry, an embedding may move between the passes: rounding, and nothing more. */
const SAME_EMBEDDING = 1e-5;

/** A batch in the program's own memory: an array, a typed array, or whatever else has a length and is sliced likewise. */
export interface Sliceable<T> {
  /** Number of samples. */
  readonly length: number;
  /** The samples from `start` up to, and without, `end`. */
  slice(start: number, end: number): T;
}

/** Turns a chunk of a batch into its embeddings [rows of the chunk, d]; `index` counts the chunks from 0. */
export type ChunkEncoder<T> = (chunk: T, index: number) => tf.Tensor2D;

/** Options of `gradCache`. */
export interface GradCacheOptions {
  /** Rows that are encoded at a time; the last chunk may be smaller. */
  chunk: number;
  /** The variables [any shape] to differentiate with respect to. Default: every trainable one. */
  varList?: readonly tf.Variable[] | undefined;
}

/** A loss's value and its gradients by the variables' names, as from `tf.variableGrads`; the caller's to dispose. */
export interface ValueAndGradients {
  /** The loss, a scalar. */
  value: tf.Scalar;
  /** A gradient a variable, of its shape [any], by its name. */
  grads: tf.NamedTensorMap;
}

/**
 * GradCache: value and gradients of a contrastive loss whose batch is too large to be encoded at once, equal to those of
 * `tf.variableGrads(() => loss(encodeA(batchA), encodeB(batchB)))`. The encoders run twice, chunk by chunk: first for the
 * embeddings alone, of which the loss has its gradient; then again, to lead that gradient on to the variables. Memory is that
 * of one chunk, plus all embeddings and the loss; with a tiled loss it grows only by the embeddings.
 *
 * Both passes must give the same embeddings: dropout must draw by `index` (a seed a chunk), and what mixes the samples of a
 * batch (batch normalisation) sees the samples of a chunk. Not to be called inside another gradient.
 *
 * @param encodeA - embeddings of a chunk of A; batches are sliced along their first axis, and slices that are tensors are freed
 * @param encodeB - embeddings of a chunk of B; may be the same function as `encodeA`, or share variables with it
 * @param loss - the loss of both embedding matrices [A, d] and [B, e]; it may use variables of its own, as a logit scale
 * @param batchA - a tensor or an array (anything with `length` and `slice`) of A samples
 * @param batchB - the same for B samples; the lengths may differ
 * @param options - the rows of a chunk, and the variables
 * @returns the loss and the gradients by name; variables that nobody uses are absent
 * @throws RsdixError INVALID_ARGUMENT for what is no function, a batch that is empty or one of the variables, a wrong chunk, embeddings that differ between the
 * passes (where tensors lie in host memory) and when there is no variable to differentiate; SHAPE_MISMATCH when an encoder's or the loss's
 * result has the wrong shape; UNKNOWN_OPTION for an option it does not have
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { gradCache, infoNCE, learnableScale } from "@rsdix/core-losses";
 *
 * const weights = tf.variable(tf.randomNormal<tf.Rank.R2>([4, 3], 0, 1, "float32", 1));
 * const encode = (x: tf.Tensor2D) => {
 *   const y = tf.matMul(x, weights);
 *   return tf.div<tf.Tensor2D>(y, tf.norm(y, 2, 1, true));
 * };
 * const logitScale = learnableScale("clip");
 * const images = tf.randomNormal<tf.Rank.R2>([8, 4], 0, 1, "float32", 2);
 * const texts = tf.randomNormal<tf.Rank.R2>([8, 4], 0, 1, "float32", 3);
 * const { value, grads } = gradCache(encode, encode, (a, b) => infoNCE(a, b, { logitScale }), images, texts, { chunk: 2 });
 * tf.train.sgd(0.1).applyGradients(grads);
 * value.print();
 * ```
 * @see https://arxiv.org/abs/2101.06983
 */
export function gradCache<A extends tf.Tensor | Sliceable<A>, B extends tf.Tensor | Sliceable<B>>(
  encodeA: ChunkEncoder<A>,
  encodeB: ChunkEncoder<B>,
  loss: (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Scalar,
  batchA: A,
  batchB: B,
  options: GradCacheOptions,
): ValueAndGradients {
  const { chunk, varList } = checkOptions(options, ["chunk", "varList"], "gradCache");
  checkRange(chunk, "chunk", { min: 1, integer: true });
  for (const [name, callback] of Object.entries({ encodeA, encodeB, loss })) {
    if (typeof callback !== "function") fail("INVALID_ARGUMENT", `${name} must be a function, got ${show(callback)}.`);
  }
  const chunksOfA = chunksOf(batchA, chunk, "batchA");
  const chunksOfB = chunksOf(batchB, chunk, "batchB");
  return tf.tidy(() => {
    const a = encodeAll(encodeA, chunksOfA, "encodeA");
    const b = encodeAll(encodeB, chunksOfB, "encodeB");
    const variables = trainable(varList); // after the encoders ran, which may have built themselves by it
    for (const [name, batch] of Object.entries({ batchA, batchB })) {
      if (variables.some((variable) => variable === (batch as unknown))) {
        fail("INVALID_ARGUMENT", `${name} must be data, got a variable to differentiate by: its chunks are none; let an encoder read it.`);
      }
    }
    const { value, grads } = gradients(() => checkEncoded(loss(a, b), [], "loss"), [a, b, ...variables]);
    const [dA, dB, ...sums] = grads;
    if (dA) secondPass(encodeA, chunksOfA, { embeddings: a, gradient: dA }, variables, sums, "encodeA");
    if (dB) secondPass(encodeB, chunksOfB, { embeddings: b, gradient: dB }, variables, sums, "encodeB");
    const used = variables.flatMap(({ name }, k) => (sums[k] ? [[name, sums[k]] as const] : []));
    if (used.length === 0) {
      fail("INVALID_ARGUMENT", "The loss must depend on a trainable variable, through an encoder or by itself; none of them was used.");
    }
    return { value: value as tf.Scalar, grads: Object.fromEntries(used) };
  });
}

/** A batch in pieces that are made when they are asked for. */
interface Chunk<T> extends Span {
  take(): T;
}

function chunksOf<T extends tf.Tensor | Sliceable<T>>(batch: T, size: number, name: string): Chunk<T>[] {
  const isTensor = batch instanceof tf.Tensor;
  const length = isTensor ? batch.shape[0] : batch?.length;
  if (!isTensor && typeof (batch as Partial<Sliceable<T>>)?.slice !== "function") {
    fail("INVALID_ARGUMENT", `${name} must be a tensor, or an array or something else with length and slice, got ${show(batch)}.`);
  }
  if (isTensor) checkRank(batch, batch.rank, name, "[samples, ...]");
  if (!(Number.isSafeInteger(length) && length! > 0)) {
    fail(
      "INVALID_ARGUMENT",
      `${name} must hold at least one sample, got ${isTensor ? `shape ${showShape(batch)}` : length ? show(length) : "none"}.`,
    );
  }
  return spansOf(length!, size).map((span) => ({
    ...span,
    take: () => (isTensor ? (tf.slice(batch, [span.start], [span.size]) as T) : batch.slice(span.start, span.start + span.size)),
  }));
}

/** The first pass: all embeddings, and nothing else of what it took to compute them. */
function encodeAll<T>(encode: ChunkEncoder<T>, chunks: Chunk<T>[], name: string): tf.Tensor2D {
  const parts: tf.Tensor2D[] = [];
  chunks.forEach((chunk, index) => {
    parts.push(tf.tidy(() => tf.clone(checkEncoded(encode(chunk.take(), index), [chunk.size, parts[0]?.shape[1]], name))));
  });
  return joinRows(parts);
}

/** The second pass: leads the gradient of the embeddings on to the variables, chunk by chunk, and adds it to their sums. */
function secondPass<T>(
  encode: ChunkEncoder<T>,
  chunks: Chunk<T>[],
  of: { embeddings: tf.Tensor2D; gradient: tf.Tensor },
  variables: tf.Variable[],
  sums: (tf.Tensor | undefined)[],
  name: string,
): void {
  chunks.forEach((chunk, index) => {
    const next = tf.tidy(() => {
      const rows = (matrix: tf.Tensor) => tf.slice(matrix as tf.Tensor2D, [chunk.start, 0], [chunk.size, -1]);
      const before = rows(of.embeddings);
      const taken = chunk.take(); // a slice is no part of what is differentiated
      const encodeAgain = () => {
        const again = checkEncoded(encode(taken, index), before.shape, name);
        checkSame(before, again, name, index);
        return again;
      };
      const { grads } = gradients(encodeAgain, variables, rows(of.gradient));
      return grads.map((grad, k) => grad && added(sums[k], grad));
    });
    next.forEach((sum, k) => {
      if (sum) sums[k] = sum;
    });
  });
}

/** The next sum, a tensor of its own; the one before is freed at once, so that sums and gradients are all that is held. */
function added(sum: tf.Tensor | undefined, grad: tf.Tensor): tf.Tensor {
  const next = plus(sum, grad);
  sum?.dispose();
  return next;
}

/**
 * Value and gradients by `inputs`, undefined for those that `compute` does not use. What TensorFlow.js keeps for the way back
 * it only frees when `compute` returns, so an error is held until it did.
 */
function gradients(compute: () => tf.Tensor, inputs: tf.Tensor[], dy?: tf.Tensor): { value: tf.Tensor; grads: (tf.Tensor | undefined)[] } {
  let error: { thrown: unknown } | undefined;
  const attempt = () => {
    try {
      return compute();
    } catch (thrown) {
      error = { thrown };
      return tf.scalar(0);
    }
  };
  const result = tf.engine().gradients(attempt, inputs, dy, true);
  if (error) throw error.thrown;
  return result;
}

function trainable(varList?: readonly tf.Variable[]): tf.Variable[] {
  if (varList === undefined) {
    const all = Object.values(tf.engine().registeredVariables).filter((variable) => variable.trainable);
    return all.length > 0 ? all : fail("INVALID_ARGUMENT", "There must be a trainable variable, got none.");
  }
  const isList = Array.isArray(varList);
  const usable = isList ? varList.filter((entry) => entry instanceof tf.Variable && entry.trainable && !entry.isDisposed) : [];
  if (usable.length === 0 || usable.length !== varList.length) {
    const got = isList ? `${usable.length} among ${varList.length}` : show(varList);
    fail("INVALID_ARGUMENT", `varList must be an array of at least one trainable variable, got ${got}.`);
  }
  return [...new Set(varList)];
}

/** A callback's result, when it is a float32 tensor of this shape; undefined stands for any size. */
function checkEncoded<T extends tf.Tensor>(result: T, shape: (number | undefined)[], name: string): T {
  const isTensor = (result as unknown) instanceof tf.Tensor;
  const fits = isTensor && !result.isDisposed && result.dtype === "float32" && result.rank === shape.length;
  if (!fits || shape.some((size, k) => (size ?? result.shape[k]) !== result.shape[k])) {
    const got = isTensor ? `${result.dtype} ${showShape(result)}` : show(result);
    fail("SHAPE_MISMATCH", `${name} must return float32 [${shape.map((size) => size ?? "d").join(", ")}], got ${got}.`);
  }
  return result;
}

/** Throws where the second pass gives other embeddings than the first: the gradient would belong to neither. */
function checkSame(before: tf.Tensor2D, again: tf.Tensor2D, name: string, index: number): void {
  if (!hostValues(before)) return;
  const [largest, difference] = [tf.max(tf.abs(before)), tf.max(tf.abs(tf.sub(before, again)))].map((x) => x.dataSync()[0]!) as [
    number,
    number,
  ];
  if (!(difference > SAME_EMBEDDING * largest)) return; // NaN in both is another fault than this
  const got = `entries that differ by ${difference.toPrecision(3)}`;
  fail(
    "INVALID_ARGUMENT",
    `${name} must give chunk ${index} the same embeddings in both passes, got ${got}. Seed dropout by the chunk's index.`,
  );
}
