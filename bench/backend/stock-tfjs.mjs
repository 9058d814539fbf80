// What a TensorFlow.js user has without us: plain layers, tfjs's own gradients and tf.train.adam on wasm.
import "@tensorflow/tfjs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { answerRequests } from "./answer.mjs";
import { createNumbers, INPUTS } from "./numbers.mjs";
import { makeText, makeVit, SMALL_TEXT, SMALL_VIT, weightsOf } from "./weights.mjs";

tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
setWasmPaths(`${dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend("wasm");
// wasm lacks the kernel of gather's gradient. One is lent to it, through the host, since without it this peer could not train at all.
tf.registerKernel({
  kernelName: "UnsortedSegmentSum",
  backendName: "wasm",
  kernelFunc: ({ inputs: { x, segmentIds }, attrs: { numSegments }, backend }) => {
    const d = x.shape.slice(1).reduce((a, b) => a * b, 1);
    const [values, ids] = [x, segmentIds].map((t) => backend.readSync(t.dataId));
    const sums = new Float32Array(numSegments * d);
    for (const [row, id] of ids.entries()) for (let i = 0; i < d; i++) sums[id * d + i] += values[row * d + i];
    return tf.engine().makeTensor(sums, [numSegments, ...x.shape.slice(1)], "float32");
  },
});

const dense = (x, { w, b }) => tf.add(tf.matMul(x, w), b);

function norm(x, { gamma, beta }) {
  const { mean, variance } = tf.moments(x, -1, true);
  return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), gamma), beta);
}

function transformer(input, blocks, { batch, heads, mask }) {
  const [rows, d] = input.shape;
  const length = rows / batch;
  let x = input;
  for (const block of blocks) {
    const parts = tf.split(dense(norm(x, block.norm1), block.qkv), 3, 1);
    const [q, k, v] = parts.map((part) => tf.transpose(tf.reshape(part, [batch, length, heads, d / heads]), [0, 2, 1, 3]));
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(d / heads));
    const mixed = tf.matMul(tf.softmax(mask ? tf.add(scores, mask) : scores), v);
    x = tf.add(x, dense(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [rows, d]), block.out));
    const u = dense(norm(x, block.norm2), block.up);
    x = tf.add(x, dense(tf.mul(u, tf.sigmoid(tf.mul(u, 1.702))), block.down));
  }
  return x;
}

const pick = (x, batch, at) =>
  tf.reshape(tf.slice(tf.reshape(x, [batch, -1, x.shape[1]]), [0, at, 0], [batch, 1, x.shape[1]]), [batch, x.shape[1]]);
const unit = (x) => tf.mul(x, tf.rsqrt(tf.sum(tf.square(x), -1, true)));

function encodeImages(model, images) {
  const { width, heads } = model.config;
  const batch = images.shape[0];
  const patches = tf.reshape(tf.transpose(tf.reshape(images, [batch * 7, 32, 7, 96]), [0, 2, 1, 3]), [batch * 49, 3072]);
  const tokens = tf.reshape(tf.matMul(patches, model.patch), [batch, 49, width]);
  const embedded = tf.add(tf.concat([tf.tile(tf.reshape(model.first, [1, 1, width]), [batch, 1, 1]), tokens], 1), model.positions);
  const x = transformer(norm(tf.reshape(embedded, [batch * 50, width]), model.norm), model.blocks, { batch, heads });
  return tf.matMul(norm(pick(x, batch, 0), model.last), model.projection);
}

function encodeTexts(model, ids, mask) {
  const { width, heads, length } = model.config;
  const batch = ids.shape[0];
  const embedded = tf.add(tf.gather(model.table, ids), model.positions);
  const x = transformer(tf.reshape(embedded, [batch * length, width]), model.blocks, { batch, heads, mask });
  return tf.matMul(norm(pick(x, batch, length - 1), model.last), model.projection);
}

function training(batch) {
  const numbers = createNumbers();
  const variable = (values, shape) => tf.tidy(() => tf.variable(tf.tensor(values, shape)));
  const model = {
    image: makeVit(numbers, variable, SMALL_VIT),
    caption: makeText(numbers, variable, SMALL_TEXT),
    scale: variable([1], [1]),
  };
  const weights = weightsOf(model);
  const images = tf.tensor(createNumbers(INPUTS).floats(batch * 224 * 224 * 3, 1), [batch, 224, 224, 3]);
  const { length, vocabulary } = SMALL_TEXT;
  const ids = tf.tensor(createNumbers(INPUTS + 2 ** 28).ids(batch * length, vocabulary), [batch, length], "int32");
  const mask = tf.tidy(() => tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([length, length]), -1, 0)), -1e9));
  const labels = tf.eye(batch);
  const crossEntropy = (logits) => tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), labels), -1)));
  const optimizer = tf.train.adam(1e-4);
  const loss = () => {
    const [a, b] = [unit(encodeImages(model.image, images)), unit(encodeTexts(model.caption, ids, mask))];
    const logits = tf.mul(tf.matMul(a, b, false, true), tf.exp(model.scale));
    return tf.mul(0.5, tf.add(crossEntropy(logits), crossEntropy(tf.transpose(logits))));
  };
  const run = () => {
    const value = optimizer.minimize(loss, true, weights);
    const [number] = value.dataSync();
    value.dispose();
    return number;
  };
  return { run, check: () => [run()] };
}

await answerRequests({ kernels: "XNNPACK, SIMD", threads: 1, version: tf.version_core }, (workload) =>
  training(Number(workload.split("-b")[1])),
);
