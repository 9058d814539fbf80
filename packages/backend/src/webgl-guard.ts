import * as tf from "@tensorflow/tfjs-core";
import { type DeviceLoss, type ReadingBackend, watchLoss } from "./device-loss";
import { replaceKernel } from "./replace-kernel";

/** Kernels of matrix products, whose two operands are [..., rows, columns] and whose flags say which of them comes transposed. */
const PRODUCTS = ["BatchMatMul", "_FusedMatMul"] as const;

interface ProductAttrs {
  transposeA?: boolean;
  transposeB?: boolean;
}

/** What is used of tfjs' MathBackendWebGL. */
interface GuardedBackend extends ReadingBackend {
  gpgpu?: { gl?: WebGLRenderingContext };
  texData: { get(dataId: object): { values?: unknown; slice?: unknown } | undefined };
}

const guarded = new Set<string>();
const watched = new WeakSet<object>();

/** Makes what is read of a context that was lost an error; for the backend that runs, once. */
export function watchWebgl(): void {
  const backend = tf.backend() as unknown as GuardedBackend;
  const gl = backend.gpgpu?.gl;
  if (!gl?.canvas || watched.has(backend)) return; // no context: a stand-in
  watched.add(backend);
  const lost = new Promise<Omit<DeviceLoss, "backend">>((resolve) => {
    const listener = (event: Event) =>
      resolve({ reason: "unknown", message: (event as WebGLContextEvent).statusMessage || "Its context was lost." });
    gl.canvas.addEventListener("webglcontextlost", listener, { once: true });
  });
  const onHost = (dataId: object) => {
    const { values, slice } = backend.texData.get(dataId) ?? {};
    return values != null && slice == null;
  };
  watchLoss(backend, { name: "webgl", lost, isLost: () => gl.isContextLost(), onHost });
}

/**
 * Mends the matrix products of stock tfjs on WebGL, once: where what they sum over is odd, results are wrong without a word.
 *
 * Four neighbours share a texel, so that an odd matrix has a row or column of padding. Operations compute there too: it holds 1 after `exp`, 0.5 after
 * `sigmoid`, -Infinity after `log`. A product over an odd dimension then adds padding times padding: matMul(exp([[0]]), exp([[0]])) is 2, and after a
 * `log` it is NaN. One more row or column of zeros leaves it nothing to add.
 */
export function guardWebgl(): void {
  for (const name of PRODUCTS) {
    if (!tf.getKernel(name, "webgl") || guarded.has(name)) continue;
    guarded.add(name);
    replaceKernel(name, "webgl", evenly);
  }
}

function evenly(stock: tf.KernelFunc): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { transposeA = false, transposeB = false } = (attrs ?? {}) as ProductAttrs;
    const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const axis = a.shape.length - (transposeA ? 2 : 1);
    if (a.shape[axis]! % 2 === 0) return stock({ inputs, backend, ...(attrs && { attrs }) });
    const even = [withZeros(a, axis, backend), withZeros(b, b.shape.length - (transposeB ? 1 : 2), backend)] as const;
    try {
      return stock({ inputs: { ...inputs, a: even[0], b: even[1] } as tf.NamedTensorInfoMap, backend, ...(attrs && { attrs }) });
    } finally {
      for (const { dataId } of even) (backend as { disposeData(id: object): void }).disposeData(dataId);
    }
  };
}

/** One more entry along an axis, zero. */
function withZeros(x: tf.TensorInfo, axis: number, backend: Parameters<tf.KernelFunc>[0]["backend"]): tf.TensorInfo {
  const paddings = x.shape.map((_, i) => [0, i === axis ? 1 : 0]);
  const attrs = { paddings, constantValue: 0 } as unknown as tf.NamedAttrMap;
  return tf.getKernel("PadV2", "webgl").kernelFunc({ inputs: { x }, attrs, backend }) as tf.TensorInfo;
}
