// The weights of the models that are timed, made in the order that torch_peer.py and onnx_models.py make them in: all sides hold the same numbers.
import * as tf from "@tensorflow/tfjs-core";

const SCALE = 0.035; // of uniform weights: a standard deviation of 0.02

export const VIT_B_32 = { width: 768, layers: 12, heads: 12 };
export const TEXT = { width: 512, layers: 12, heads: 8, vocabulary: 49408, length: 77 };
export const GPT2_SMALL = { width: 768, layers: 12, heads: 12, vocabulary: 50257, context: 1024 };
/** About 30M parameters, for wasm, whose heap ends at 4 GiB. */
export const SMALL_VIT = { width: 384, layers: 6, heads: 6 };
export const SMALL_TEXT = { width: 256, layers: 6, heads: 4, vocabulary: 49408, length: 77 };

/** `make(values, shape)` makes a weight: a tensor for inference, a variable for training. */
function maker(numbers, make) {
  const weight = (...shape) =>
    make(
      numbers.floats(
        shape.reduce((a, b) => a * b),
        SCALE,
      ),
      shape,
    );
  const ones = (n) => make(new Float32Array(n).fill(1), [n]);
  const norm = (n) => ({ gamma: ones(n), beta: weight(n) });
  const dense = (k, m) => ({ w: weight(k, m), b: weight(m) });
  const block = (d) => ({
    norm1: norm(d),
    qkv: dense(d, 3 * d),
    out: dense(d, d),
    norm2: norm(d),
    up: dense(d, 4 * d),
    down: dense(4 * d, d),
  });
  const blocks = ({ width, layers }) => Array.from({ length: layers }, () => block(width));
  return { weight, norm, blocks };
}

export function makeVit(numbers, make, config) {
  const { weight, norm, blocks } = maker(numbers, make);
  const d = config.width;
  const [patch, first, positions] = [weight(3072, d), weight(1, d), weight(50, d)];
  return { config, patch, first, positions, norm: norm(d), blocks: blocks(config), last: norm(d), projection: weight(d, 512) };
}

export function makeText(numbers, make, config) {
  const { weight, norm, blocks } = maker(numbers, make);
  const d = config.width;
  const [table, positions] = [weight(config.vocabulary, d), weight(config.length, d)];
  return { config, table, positions, blocks: blocks(config), last: norm(d), projection: weight(d, 512) };
}

export function makeGpt2(numbers, make, config) {
  const { weight, norm, blocks } = maker(numbers, make);
  const [table, positions] = [weight(config.vocabulary, config.width), weight(config.context, config.width)];
  return { config, table, positions, blocks: blocks(config), last: norm(config.width) };
}

/** Every weight of a model, in order. */
export function weightsOf(part) {
  if (part instanceof tf.Tensor) return [part];
  return typeof part === "object" && part !== null ? Object.values(part).flatMap(weightsOf) : [];
}
