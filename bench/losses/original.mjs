// The same losses as somebody writes them with plain TensorFlow.js, in the original's order of operations: a product for each similarity matrix,
// Sinkhorn on exponentials with a division of the whole matrix a half-step, once for each direction, and the framework's own gradients.
import * as tf from "@tensorflow/tfjs-core";

const LAMBDA = 0.1;
const ITERATIONS = 4;
const ALPHA = 0.5;
const TINY = 1e-30;

const products = (a, b) => tf.matMul(a, b, false, true);
const identity = (n) => tf.cast(tf.oneHot(tf.range(0, n, 1, "int32"), n), "float32");
const differentiate = (loss, image, text, scalars) => tf.valueAndGrads(loss)([image, text, ...scalars]);

function clipLoss(similarities, logitScale) {
  const logits = tf.mul(similarities, tf.exp(logitScale));
  const targets = identity(similarities.shape[0]);
  const rows = tf.losses.softmaxCrossEntropy(targets, logits);
  const columns = tf.losses.softmaxCrossEntropy(targets, tf.transpose(logits));
  return tf.div(tf.add(rows, columns), 2);
}

function sinkhorn(cost) {
  const [m, n] = cost.shape;
  let q = tf.exp(tf.div(tf.neg(cost), LAMBDA));
  q = tf.div(q, tf.sum(q));
  for (let i = 0; i < ITERATIONS; i++) {
    q = tf.div(tf.div(q, tf.sum(q, 1, true)), m);
    q = tf.div(tf.div(q, tf.sum(q, 0, true)), n);
  }
  return tf.div(q, tf.sum(q, 1, true));
}

/** The teacher's soft labels, outside of any gradient. */
function targetsOf({ teacherImage, teacherText }) {
  return tf.tidy(() => {
    const [ii, tt] = [products(teacherImage, teacherImage), products(teacherText, teacherText)];
    const [it, ti] = [products(teacherImage, teacherText), products(teacherText, teacherImage)];
    return [sinkhorn(tf.neg(tf.add(tf.add(ii, tt), it))), sinkhorn(tf.neg(tf.add(tf.add(ii, tt), ti)))];
  });
}

function divergence(logits, target) {
  const terms = tf.mul(target, tf.sub(tf.log(tf.maximum(target, TINY)), tf.logSoftmax(logits)));
  return tf.div(tf.sum(terms), logits.shape[0]);
}

function distillation(similarities, [imageTargets, textTargets], logitScale) {
  const logits = tf.mul(similarities, tf.clipByValue(tf.exp(logitScale), 1, 100));
  return tf.div(tf.add(divergence(logits, imageTargets), divergence(tf.transpose(logits), textTargets)), 2);
}

/** With the targets of a teacher, which are freed when the gradient is there. */
function withTargets(inputs, loss, scalars) {
  const targets = targetsOf(inputs);
  const result = differentiate((image, text, ...s) => loss(products(image, text), targets, ...s), inputs.image, inputs.text, scalars);
  tf.dispose(targets);
  return result;
}

export const originals = {
  infoNCE: ({ image, text }, scalars) => differentiate((i, t, scale) => clipLoss(products(i, t), scale), image, text, scalars),

  sigmoidLoss: ({ image, text }, scalars) =>
    differentiate(
      (i, t, scale, bias) => {
        const logits = tf.add(tf.mul(products(i, t), tf.exp(scale)), bias);
        const labels = tf.sub(tf.mul(identity(i.shape[0]), 2), 1);
        // -log sigmoid(x); the gradient of tf.logSigmoid reads a tensor that is gone by then
        return tf.mean(tf.sum(tf.softplus(tf.neg(tf.mul(labels, logits))), 1));
      },
      image,
      text,
      scalars,
    ),

  supervisedContrastive: ({ image, text, labels }, scalars) =>
    differentiate(
      (i, t, scale) => {
        const logits = tf.mul(products(i, t), tf.exp(scale));
        const positives = tf.cast(tf.equal(tf.expandDims(labels, 1), tf.expandDims(labels, 0)), "float32");
        const direction = (z) => tf.neg(tf.mean(tf.div(tf.sum(tf.mul(positives, tf.logSoftmax(z)), 1), tf.sum(positives, 1))));
        return tf.div(tf.add(direction(logits), direction(tf.transpose(logits))), 2);
      },
      image,
      text,
      scalars,
    ),

  similarityMSE: ({ image, text, sentence }, scalars) =>
    differentiate(
      (i, t) => {
        const reference = products(sentence, sentence);
        const parts = [products(i, i), products(i, t), products(t, t)].map((s) => tf.losses.meanSquaredError(reference, s));
        return tf.div(tf.addN(parts), 3);
      },
      image,
      text,
      scalars,
    ),

  selfDistillationLoss: (inputs, scalars) => withTargets(inputs, distillation, scalars),

  rsdixLoss: (inputs, scalars) =>
    withTargets(
      inputs,
      (similarities, targets, logitScale, distillationScale) =>
        tf.add(
          tf.mul(clipLoss(similarities, logitScale), ALPHA),
          tf.mul(distillation(similarities, targets, distillationScale), 1 - ALPHA),
        ),
      scalars,
    ),
};
