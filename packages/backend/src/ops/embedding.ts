import { checkRank } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkFloat32, checkInt32 } from "./check-inputs";
import { type Kernel, runKernel } from "./kernel";
import { runOp } from "./run-op";

/**
 * Rows of a table by index. The gradient adds up the rows of repeated indices by a scatter, which every backend has: the one
 * that tfjs records needs a segment sum, which wasm lacks.
 *
 * @param table Shape `[vocabulary, d]`, float32.
 * @param ids Any shape `[...]`, int32, each in [0, vocabulary). Not checked on the device: check where they are made.
 * @returns Shape `[..., d]`, float32.
 * @throws SHAPE_MISMATCH when the table is not 2-D; INVALID_ARGUMENT when it is not float32 or the ids are not int32.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { embedding } from "@rsdix/backend";
 * embedding(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor1d([1, 0, 1], "int32")).print(); // [[3, 4], [1, 2], [3, 4]]
 * ```
 * @see Attention Is All You Need, arXiv 1706.03762, section 3.4.
 */
export function embedding(table: tf.Tensor2D, ids: tf.Tensor): tf.Tensor {
  checkFloat32(table, "embedding: table");
  checkRank(table, 2, "table", "[vocabulary, d]");
  checkInt32(ids, "embedding: ids");
  const [vocabulary, d] = table.shape;
  if (ids.rank !== 1) return tf.tidy(() => tf.reshape(embedding(table, tf.reshape(ids, [ids.size])), [...ids.shape, d]));
  return runOp({
    kernel: EMBEDDING,
    inputs: { table },
    constants: { ids },
    attrs: {},
    saves: ["ids"],
    gradient: (dy, saved) => ({
      gradients: { table: () => runKernel(EMBEDDING_GRAD, { dy, ids: saved.ids! }, { vocabulary })[0]! },
    }),
  });
}

const EMBEDDING: Kernel = {
  name: "RsdixEmbedding",
  composed({ table, ids }: { table: tf.Tensor2D; ids: tf.Tensor1D }) {
    if (table.size === 0 || ids.size === 0) return [tf.zeros([ids.size, table.shape[1]])]; // where some backends' gather gives a wrong shape
    // wasm's gather copies number by number, 24 ns each; its sparse segment sum, with a segment a row, copies whole rows: 15 times as fast.
    if (tf.getBackend() !== "wasm") return [tf.gather(table, ids)];
    return [tf.sparse.sparseSegmentSum(table, ids, tf.range(0, ids.size, 1, "int32"))];
  },
};

const EMBEDDING_GRAD: Kernel = {
  name: "RsdixEmbeddingGrad",
  composed: ({ dy, ids }: { dy: tf.Tensor2D; ids: tf.Tensor1D }, { vocabulary }: { vocabulary: number }) => [
    tf.scatterND(tf.reshape(ids, [-1, 1]), dy, [vocabulary, dy.shape[1]]),
  ],
};
