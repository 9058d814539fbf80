import { backend_util, type TensorInfo } from "@tensorflow/tfjs-core";
import { type NativeBackend, size } from "../native-backend";

/** The addon's products. */
export interface ProductAddon {
  /** c = op(a) · op(b), `batches` of them a stride apart (0: the same matrix each time). */
  product(
    a: Float32Array,
    b: Float32Array,
    c: Float32Array,
    transposeA: boolean,
    transposeB: boolean,
    m: number,
    n: number,
    k: number,
    batches: number,
    strideA: number,
    strideB: number,
  ): void;
}

/** Which operands are read transposed. */
export interface Transposes {
  transposeA: boolean;
  transposeB: boolean;
}

/** Products of the last two axes; undefined: another kernel must do it (other dtypes, batches that broadcast axis by axis). */
export function matMul(
  backend: NativeBackend,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: Transposes,
): TensorInfo | undefined {
  if (a.dtype !== "float32" || b.dtype !== "float32") return undefined;
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const countA = size(batchA);
  const countB = size(batchB);
  const same = batchA.length === batchB.length && batchA.every((side, i) => side === batchB[i]);
  if (!same && countA !== 1 && countB !== 1) return undefined;
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const m = transposeA ? columnsA : rowsA;
  const k = transposeA ? rowsA : columnsA;
  const n = transposeB ? rowsB : columnsB;
  if (k !== (transposeB ? columnsB : rowsB)) {
    throw new Error(`matMul: inner sizes differ: [${a.shape}]${transposeA ? "ᵀ" : ""} · [${b.shape}]${transposeB ? "ᵀ" : ""}`);
  }
  const shape = [...(same ? batchA : backend_util.assertAndGetBroadcastShape(batchA, batchB)), m, n];
  const batches = size(shape.slice(0, -2));
  const c = backend.allocate(batches * m * n);
  const [x, y] = [backend.floats(a), backend.floats(b)];
  if (countB === 1 && !transposeA) {
    backend.addon.product(x, y, c, false, transposeB, batches * m, n, k, 1, 0, 0); // the batch is more rows
  } else {
    backend.addon.product(x, y, c, transposeA, transposeB, m, n, k, batches, countA === 1 ? 0 : m * k, countB === 1 ? 0 : k * n);
  }
  return backend.result(shape, c);
}
