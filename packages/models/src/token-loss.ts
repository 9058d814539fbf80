import { crossEntropy, embedding } from "@rsdix/backend";
import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkTokenBatch, type TokenBatch } from "./token-batch";
import type { Vocabulary } from "./vocabulary";

/** Token ids that come with lengths only where rows are padded. */
export type TokenRows = Pick<TokenBatch, "ids" | "shape"> & Partial<TokenBatch>;

/** Rows of the token table for a batch's ids, 0 for padding, which may be any id. */
export function tableRows(vocabulary: Vocabulary, tokens: TokenRows): Int32Array {
  checkTokenBatch(tokens, "A batch of texts");
  const {
    ids,
    shape: [batch, length],
    lengths,
  } = tokens;
  if (ids.length !== batch * length || (lengths && (lengths.length !== batch || lengths.some((n) => n < 0 || n > length)))) {
    fail("SHAPE_MISMATCH", `Expected ${batch} texts of ${length} ids and a length of at most that for each, got ${ids.length} ids.`);
  }
  if (!lengths) return vocabulary.rowsOf(ids);
  const rows = new Int32Array(ids.length);
  for (let text = 0; text < batch; text++) {
    rows.set(vocabulary.rowsOf(ids.subarray(text * length, text * length + lengths[text]!)), text * length);
  }
  return rows;
}

/** A language model's output matrix. */
interface Head {
  readonly vocabulary: Vocabulary;
  logits(hidden: tf.Tensor2D): tf.Tensor2D;
}

/**
 * The mean cross-entropy of a batch's tokens: token t of a text is predicted at position t + `shift` of the hidden states
 * [batch, positions, width], and is left out where that is negative.
 */
export function predictionLoss(head: Head, hidden: tf.Tensor3D, tokens: TokenBatch, shift: number): tf.Scalar {
  const [batch, positions, width] = hidden.shape;
  const rows = tableRows(head.vocabulary, tokens);
  const at: number[] = [];
  const targets: number[] = [];
  for (let text = 0; text < batch; text++) {
    for (let token = Math.max(0, -shift); token < tokens.lengths[text]!; token++) {
      at.push(text * positions + token + shift);
      targets.push(rows[text * tokens.shape[1] + token]!);
    }
  }
  if (at.length === 0) fail("EMPTY_DATA", "No token to predict: every text of the batch is too short.");
  // Only positions that count meet the output matrix, the widest of the model; `embedding` looks rows up and has a gradient everywhere.
  const flat = tf.reshape(hidden, [batch * positions, width]) as tf.Tensor2D;
  const predicting = embedding(flat, tf.tensor1d(at, "int32")) as tf.Tensor2D; // [predictions, width]
  return crossEntropy(head.logits(predicting), tf.tensor1d(targets, "int32"));
}
