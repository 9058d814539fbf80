// The models that are timed, written as a user of @rsdix/backend would write them.
import { crossEntropy, embedding, l2Normalize, layerNorm, linear, selfAttention } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";

const norm = (x, { gamma, beta }) => layerNorm(x, gamma, beta);

/** The rest of a block after its self-attention's mixing. */
function afterMixing(x, mixed, block, activation) {
  const attended = linear(mixed, block.out.w, block.out.b, { residual: x });
  const hidden = linear(norm(attended, block.norm2), block.up.w, block.up.b, { activation });
  return linear(hidden, block.down.w, block.down.b, { residual: attended });
}

function transformer(input, blocks, { batch, heads, causal = false }) {
  let x = input;
  for (const block of blocks) {
    const mixed = selfAttention(linear(norm(x, block.norm1), block.qkv.w, block.qkv.b), { batch, heads, causal });
    x = afterMixing(x, mixed, block, "quickGelu");
  }
  return x;
}

/** Position `at` of every row: [batch · length, d] to [batch, d]. */
function pick(x, batch, at) {
  const d = x.shape[1];
  return tf.reshape(tf.slice(tf.reshape(x, [batch, -1, d]), [0, at, 0], [batch, 1, d]), [batch, d]);
}

/** Images [batch, 224, 224, 3] to [batch, 512]. */
export function vit(model, images) {
  const { width, heads } = model.config;
  const batch = images.shape[0];
  const patches = tf.reshape(tf.transpose(tf.reshape(images, [batch * 7, 32, 7, 96]), [0, 2, 1, 3]), [batch * 49, 3072]);
  const tokens = tf.reshape(linear(patches, model.patch), [batch, 49, width]);
  const first = tf.tile(tf.reshape(model.first, [1, 1, width]), [batch, 1, 1]);
  const embedded = tf.add(tf.concat([first, tokens], 1), model.positions);
  const x = transformer(norm(tf.reshape(embedded, [batch * 50, width]), model.norm), model.blocks, { batch, heads });
  return linear(norm(pick(x, batch, 0), model.last), model.projection);
}

/** Ids [batch, length] to [batch, 512], pooled at the last token. */
function text(model, ids) {
  const { width, heads, length } = model.config;
  const batch = ids.shape[0];
  const embedded = tf.add(embedding(model.table, ids), model.positions);
  const x = transformer(tf.reshape(embedded, [batch * length, width]), model.blocks, { batch, heads, causal: true });
  return linear(norm(pick(x, batch, length - 1), model.last), model.projection);
}

/** CLIP's symmetric loss of one batch. */
export function clipLoss({ image, caption, scale }, images, ids, targets) {
  const logits = tf.mul(tf.matMul(l2Normalize(vit(image, images)), tf.transpose(l2Normalize(text(caption, ids)))), tf.exp(scale));
  return tf.mul(tf.add(crossEntropy(logits, targets), crossEntropy(tf.transpose(logits), targets)), 0.5);
}

/** Ids of new positions [batch, new] to logits of what follows them [batch, vocabulary]; the cache grows by the new positions. */
export function gpt2Step(model, head, cache, ids) {
  const { width, heads } = model.config;
  const [batch, length] = ids.shape;
  const positions = tf.slice(model.positions, [cache.length, 0], [length, width]);
  let x = tf.reshape(tf.add(embedding(model.table, ids), positions), [batch * length, width]);
  for (const [layer, block] of model.blocks.entries()) {
    const qkv = linear(norm(x, block.norm1), block.qkv.w, block.qkv.b);
    x = afterMixing(x, cache.attend(layer, qkv, { batch, heads }), block, "geluTanh");
  }
  return linear(norm(pick(x, batch, length - 1), model.last), head);
}
