// Our side: the public ops on the backend named by the first argument (native by default), timed like the peers.
import { adamWUpdate, attention, KvCache, startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { answerRequests } from "./answer.mjs";
import { kernelsOf } from "./kernels-of.mjs";
import { clipLoss, gpt2Step, vit } from "./models.mjs";
import { createNumbers, INPUTS } from "./numbers.mjs";
import { profileKernels } from "./profile.mjs";
import { SHAPES } from "./rows.mjs";
import { GPT2_SMALL, makeGpt2, makeText, makeVit, SMALL_TEXT, SMALL_VIT, TEXT, VIT_B_32, weightsOf } from "./weights.mjs";

const name = process.argv[2] ?? "native";
const info = await startBackend(name);

const constant = (values, shape) => tf.tensor(values, shape);
const variable = (values, shape) => tf.tidy(() => tf.variable(tf.tensor(values, shape)));
/** WebGPU gives values later only. */
const read = async (tensor) => {
  const values = name === "webgpu" ? await tensor.data() : tensor.dataSync();
  tensor.dispose();
  return values;
};

/** A product of the table and, with dx or dw, its gradients: dz · wᵀ and xᵀ · dz. */
function product([m, k, n], form) {
  const [x, w, dz] = [tf.randomUniform([m, k]), tf.randomUniform([k, n]), tf.randomUniform([m, n])];
  const forms = { nn: () => tf.matMul(x, w), dx: () => tf.matMul(dz, w, false, true), dw: () => tf.matMul(x, dz, true, false) };
  // Native results are there when the call returns; others are read to be waited for.
  const run = name === "native" ? () => forms[form]().dispose() : () => read(tf.slice(forms[form](), [0, 0], [1, 1]));
  return { run, check: () => [], profile: () => profileKernels(run) };
}

function attentionGradient() {
  const numbers = createNumbers(INPUTS);
  const shape = [8, 12, 50, 64];
  const [q, k, v, dy] = Array.from({ length: 4 }, () => tf.tensor(numbers.floats(8 * 12 * 50 * 64, 1), shape));
  const gradients = tf.grads((a, b, c) => attention(a, b, c));
  const run = async () => {
    const made = gradients([q, k, v], dy);
    if (name !== "native") await read(tf.slice(made[2], [0, 0, 0, 0], [1, 1, 1, 1])); // native results are there when the call returns
    tf.dispose(made);
  };
  const check = async () => {
    const [dq, dk, dv] = gradients([q, k, v], dy);
    dk.dispose();
    return [(await read(dq))[0], (await read(dv)).at(-1)];
  };
  return { run, check, profile: () => profileKernels(run) };
}

const imagesOf = (batch) => tf.tensor(createNumbers(INPUTS).floats(batch * 224 * 224 * 3, 1), [batch, 224, 224, 3]);

function forward(batch) {
  const model = makeVit(createNumbers(), constant, VIT_B_32);
  const images = imagesOf(batch);
  const run = () => read(tf.tidy(() => vit(model, images)));
  return { run, check: async () => Array.from((await run()).slice(-512, -508)), profile: () => profileKernels(run) };
}

function training(batch, image, caption) {
  const numbers = createNumbers();
  const model = { image: makeVit(numbers, variable, image), caption: makeText(numbers, variable, caption), scale: variable([1], [1]) };
  const weights = weightsOf(model);
  const moments = weights.map((weight) => [
    variable(new Float32Array(weight.size), weight.shape),
    variable(new Float32Array(weight.size), weight.shape),
  ]);
  const images = imagesOf(batch);
  const ids = tf.tensor(createNumbers(INPUTS + 2 ** 28).ids(batch * caption.length, caption.vocabulary), [batch, caption.length], "int32");
  const targets = tf.range(0, batch, 1, "int32");
  let step = 0;
  const run = async () => {
    step++;
    const { value, grads } = tf.variableGrads(() => clipLoss(model, images, ids, targets), weights);
    for (const [i, weight] of weights.entries()) {
      const gradient = grads[weight.name];
      adamWUpdate(weight, gradient, ...moments[i], { learningRate: 1e-4, step, weightDecay: 0.01 });
      gradient.dispose();
    }
    return (await read(value))[0];
  };
  return { run, check: async () => [await run(), await run()], profile: () => profileKernels(run) };
}

const PROMPT = 40;
const GENERATED = 30;

function generation(batch) {
  const model = makeGpt2(createNumbers(), constant, GPT2_SMALL);
  const head = tf.transpose(model.table); // kept: [width, vocabulary]
  const prompt = createNumbers(INPUTS).ids(batch * PROMPT, GPT2_SMALL.vocabulary);
  const run = async () => {
    const cache = new KvCache();
    const chosen = [];
    let ids = prompt;
    for (let i = 0; i < GENERATED; i++) {
      const next = await read(
        tf.tidy(() => tf.argMax(gpt2Step(model, head, cache, tf.tensor(ids, [batch, ids.length / batch], "int32")), 1)),
      );
      chosen.push(next);
      ids = Int32Array.from(next);
    }
    cache.dispose();
    return chosen;
  };
  return { run, check: async () => (await run()).map((tokens) => tokens[batch - 1]), profile: () => profileKernels(run) };
}

function open(workload) {
  const [kind, size, form = "nn"] = workload.split("-");
  const batch = Number(size?.slice(1));
  if (kind === "sgemm") return product(SHAPES[size], form);
  if (kind === "attention") return attentionGradient();
  if (kind === "vit") return forward(batch);
  if (kind === "train") return training(batch, VIT_B_32, TEXT);
  if (kind === "gpt2") return generation(batch);
  if (kind === "clip30m") return training(batch, SMALL_VIT, SMALL_TEXT);
  throw new Error(`No workload named ${workload}`);
}

await answerRequests({ kernels: await kernelsOf(name), backend: info.name, threads: info.threads, adapter: info.adapter }, open);
