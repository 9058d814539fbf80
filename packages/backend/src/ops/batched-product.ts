import * as tf from "@tensorflow/tfjs-core";

/** What is used of tfjs's wasm backend; its memory may move when something is allocated. */
interface WasmBackend extends tf.KernelBackend {
  readonly dataIdMap: { get(dataId: object): unknown };
  makeOutput(shape: number[], dtype: "float32"): tf.TensorInfo;
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array;
}

/** Multiplications in a product from which on wasm the copies and calls of the loop below cost less than they save. */
const WORTH_LOOPING = 8192;

/**
 * a · b for every pair of matrices in [batch, heads, ., .], either of them transposed first; for use in kernels and gradients.
 *
 * wasm runs a batched product at a tenth of the speed of a plain one. There each pair is copied out, multiplied and copied back: five to
 * ten times as fast at [8, 12, 50, 64].
 */
export function batchedProduct(a: tf.Tensor4D, b: tf.Tensor4D, transposeA = false, transposeB = false): tf.Tensor4D {
  const [batch, heads] = a.shape;
  const [n, k] = transposeA ? [a.shape[3], a.shape[2]] : [a.shape[2], a.shape[3]];
  const m = transposeB ? b.shape[2] : b.shape[3];
  if (tf.getBackend() !== "wasm" || n * k * m < WORTH_LOOPING) return tf.matMul(a, b, transposeA, transposeB);
  return tf.tidy(() => {
    const swap = (x: tf.Tensor4D) => tf.transpose(x, [0, 1, 3, 2]);
    return loop(transposeA ? swap(a) : a, transposeB ? swap(b) : b, [batch, heads, n, m]);
  });
}

/** a [batch, heads, n, k] · b [batch, heads, k, m] -> [batch, heads, n, m], pair by pair. */
function loop(a: tf.Tensor4D, b: tf.Tensor4D, shape: [batch: number, heads: number, n: number, m: number]): tf.Tensor4D {
  const backend = tf.backend() as WasmBackend;
  const make = (shape: number[]) => tf.engine().makeTensorFromTensorInfo(backend.makeOutput(shape, "float32"), backend);
  const values = (x: tf.Tensor) => backend.typedArrayFromHeap(x);
  const [batch, heads, n, m] = shape;
  const k = a.shape[3];
  for (const { dataId } of [a, b]) backend.dataIdMap.get(dataId); // fetches what another backend holds: the heap may move now, not below
  const y = make(shape) as tf.Tensor4D;
  const left = make([n, k]);
  for (let i = 0; i < batch * heads; i++) {
    const right = make([k, m]); // a new one each time: wasm packs the right side once for each tensor
    values(left).set(values(a).subarray(i * n * k, (i + 1) * n * k));
    values(right).set(values(b).subarray(i * k * m, (i + 1) * k * m));
    const product = tf.matMul(left as tf.Tensor2D, right as tf.Tensor2D);
    values(y).set(values(product), i * n * m);
    tf.dispose([right, product]);
  }
  left.dispose();
  return y;
}
