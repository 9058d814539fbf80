import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { NativeKernel } from "../register";

/** The addon's rows by index; ids outside [0, vocabulary) are an error. */
export interface EmbeddingAddon {
  embedding(table: Float32Array, ids: Int32Array, out: Float32Array, vocabulary: number, d: number, count: number): void;
  embeddingGrad(dy: Float32Array, ids: Int32Array, dtable: Float32Array, vocabulary: number, d: number, count: number): void;
}

/** Rows of table [vocabulary, d] by ids [n]. */
export const rsdixEmbedding: NativeKernel = ({ inputs, backend }) => {
  const { table, ids } = inputs as { table: TensorInfo; ids: TensorInfo };
  const [vocabulary, d] = table.shape as [number, number];
  const count = ids.shape[0]!;
  const out = backend.allocate(count * d);
  backend.addon.embedding(backend.floats(table), backend.ints(ids), out, vocabulary, d, count);
  return [backend.result([count, d], out)];
};

/** The table's gradient: rows of dy [n, d] added up by their ids. */
export const rsdixEmbeddingGrad: NativeKernel = ({ inputs, attrs, backend }) => {
  const { dy, ids } = inputs as { dy: TensorInfo; ids: TensorInfo };
  const [count, d] = dy.shape as [number, number];
  const vocabulary = attrs.vocabulary as number;
  const dtable = backend.allocate(vocabulary * d);
  backend.addon.embeddingGrad(backend.floats(dy), backend.ints(ids), dtable, vocabulary, d, count);
  return [backend.result([vocabulary, d], dtable)];
};
