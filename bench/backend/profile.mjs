// Where the time of a run goes: every kernel of the active backend is timed for one run, and the products are repeated alone.
import * as tf from "@tensorflow/tfjs-core";

const PRODUCTS = new Set(["BatchMatMul", "_FusedMatMul", "RsdixProduct", "RsdixLinear"]);
const isAttention = (name) => name.includes("Attention");

/** { wallMs, products, attention, elementwise, javascript: shares of the wall time, kernels: the dearest ones }. */
export async function profileKernels(run) {
  await run();
  const spent = new Map();
  const shapes = [];
  const open = [];
  const restore = tf.getKernelsForBackend(tf.getBackend()).map((kernel) => {
    const original = kernel.kernelFunc;
    kernel.kernelFunc = (call) => {
      const begin = performance.now();
      open.push(0);
      try {
        return original(call);
      } finally {
        const took = performance.now() - begin;
        const inner = open.pop();
        if (open.length > 0) open[open.length - 1] += took;
        const entry = spent.get(kernel.kernelName) ?? { ms: 0, calls: 0 };
        spent.set(kernel.kernelName, { ms: entry.ms + took - inner, calls: entry.calls + 1 });
        if (PRODUCTS.has(kernel.kernelName)) shapes.push(productOf(call));
      }
    };
    return () => {
      kernel.kernelFunc = original;
    };
  });
  const begin = performance.now();
  try {
    await run();
  } finally {
    for (const undo of restore) undo();
  }
  const wallMs = performance.now() - begin;
  const total = (wanted) => [...spent].reduce((sum, [name, { ms }]) => (wanted(name) ? sum + ms : sum), 0);
  const all = total(() => true);
  const alone = Math.min(
    productsAlone(shapes),
    total((name) => PRODUCTS.has(name)),
  );
  const attention = total(isAttention);
  const share = (ms) => Math.round((ms / wallMs) * 1000) / 1000;
  return {
    wallMs,
    gflop: shapes.reduce((sum, { m, k, n, batch }) => sum + (2 * m * k * n * batch) / 1e9, 0),
    products: share(alone),
    attention: share(attention),
    elementwise: share(all - alone - attention),
    javascript: share(wallMs - all),
    kernels: Object.fromEntries(
      [...spent]
        .sort(([, a], [, b]) => b.ms - a.ms)
        .slice(0, 12)
        .map(([name, { ms, calls }]) => [name, `${ms.toFixed(2)} ms in ${calls} calls`]),
    ),
  };
}

function productOf({ inputs, attrs = {} }) {
  const [a, b] = [inputs.a ?? inputs.x, inputs.b ?? inputs.w];
  const { transposeA = false, transposeB = false } = attrs;
  const [rows, columns] = a.shape.slice(-2);
  const [m, k] = transposeA ? [columns, rows] : [rows, columns];
  const n = b.shape.at(transposeB ? -2 : -1);
  return { m, k, n, batch: a.size / (m * k), transposeA, transposeB };
}

/** Milliseconds of the products of a run with nothing between them. */
function productsAlone(shapes) {
  const most = shapes.reduce((size, { m, k, n, batch }) => Math.max(size, batch * Math.max(m * k, k * n)), 1);
  return tf.tidy(() => {
    const pool = tf.randomUniform([most]);
    const operand = (rows, columns, batch, transposed) => {
      const shape = transposed ? [batch, columns, rows] : [batch, rows, columns];
      return tf.reshape(tf.slice(pool, 0, batch * rows * columns), batch === 1 ? shape.slice(1) : shape);
    };
    let ms = 0;
    for (const { m, k, n, batch, transposeA, transposeB } of shapes) {
      tf.tidy(() => {
        const [a, b] = [operand(m, k, batch, transposeA), operand(k, n, batch, transposeB)];
        const begin = performance.now();
        tf.matMul(a, b, transposeA, transposeB).dispose();
        ms += performance.now() - begin;
      });
    }
    return ms;
  });
}
