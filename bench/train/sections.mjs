// What is measured of training, a section for each question. Each gives rows.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "@rsdix/data";
import { CLIP_VIT_B_16, Clip, ClipTokenizer } from "@rsdix/models";
import { AdamW, clipBatches, clipTask, fit as training, updateEma } from "@rsdix/train";
import { openRunLog } from "@rsdix/train/node";
import * as tf from "@tensorflow/tfjs-core";
import { scratchFolder } from "../../scripts/lib/scratch-folder.mjs";
import { median } from "../machine.mjs";
import { captions } from "../models/inputs.mjs";
import { row } from "../rows.mjs";
import { answersInTurns } from "../turns.mjs";

const DECAY = 0.999;
const tower = { width: 64, layers: 2, heads: 2 };
const SMALL = { embedDim: 32, image: { ...tower, size: 32, patch: 8 }, text: { ...tower, vocabSize: 49408, contextLength: 77 } };
const sizeOf = (quick) =>
  quick ? { name: "small towers", config: SMALL } : { name: "ViT-B/16 and its text tower", config: CLIP_VIT_B_16 };

const timed = async (work) => {
  const began = performance.now();
  const result = await work();
  return { ms: performance.now() - began, result };
};
/** The first of a side's rounds has the code compiled. */
const timesOf = (answers) => answers.slice(1).map(({ ms }) => ms);

/** Pairs of noise and captions: images are drawn, turned and normalised anew for each batch, as a training does. */
function pairs(config, batchSize) {
  const random = createRandom(1);
  const { size } = config.image;
  const image = () => ({ width: size, height: size, data: Uint8Array.from({ length: size * size * 3 }, () => random.int(256)) });
  const images = Array.from({ length: batchSize * 2 }, image);
  const tokenizer = ClipTokenizer.fromBpe({ merges: [] });
  const source = clipBatches({ images, captions: images.map(() => ["a harbour"]), tokenizer, batchSize, seed: 1, augment: "dihedral" });
  // Ids of the whole vocabulary, which the tokenizer without its merges doesn't have.
  const tokens = { ...captions(batchSize), lengths: new Int32Array(batchSize).fill(77) };
  return { ...source, batch: async (index) => ({ ...(await source.batch(index)), tokens }) };
}

/** Loss and gradients of a step, as a program of one's own would make them, with the batch in memory. */
async function bareStep(task, batch, variables, context) {
  const { value, grads } = tf.tidy(() => {
    const compute = task.prepare(batch, context);
    return tf.variableGrads(() => compute().loss, variables);
  });
  await value.data();
  tf.dispose([value, grads]);
}

/** A step of `fit` beside loss and gradients alone, with and without a teacher. */
export async function step({ backend, batch: batchSize, quick }) {
  const { name, config } = sizeOf(quick);
  const rounds = quick ? 4 : 12;
  const folder = scratchFolder("rsdix-bench-");
  const rows = [];
  try {
    for (const teacher of ["none", "ema"]) {
      const clip = Clip.fromConfig(config, 1);
      const data = pairs(config, batchSize);
      const task = clipTask(clip, { teacher });
      const log = openRunLog(join(folder, `${teacher}.jsonl`));
      const records = training(task, data, { steps: rounds + 2, learningRate: 1e-6, clipNorm: 1 });
      const next = async () => {
        const { value } = await records.next();
        log.write(value);
        return value;
      };
      await next(); // the start: the task's variables are there now
      const variables = task.trainable().map(({ variable }) => variable);
      const batch = await data.batch(0);
      const bare = () => bareStep(task, batch, variables, { step: 0, micro: 0, training: true });
      const answers = await answersInTurns([() => timed(next), () => timed(bare)], rounds + 1);
      await records.return();
      clip.dispose();
      const [ours, peer] = answers.map(timesOf);
      const overhead = ours.map((ms, round) => (100 * (ms - peer[round])) / ms);
      const tensors = answers[0].map(({ result }) => result.tensors);
      const spread = { overheadPercent: { median: median(overhead), min: Math.min(...overhead), max: Math.max(...overhead) } };
      const title = `a step of ${name}, batch ${batchSize}, teacher ${teacher}`;
      rows.push(row(title, "ms", ours, peer, { peerName: "loss and gradients alone", backend, spread }));
      const alive = `${title}: tensors alive after the last and the first step`;
      rows.push(row(alive, "tensors", [tensors.at(-1)], [tensors[0]], { peerName: "after the first step", backend }));
      console.log(`  around the model, teacher ${teacher}: ${median(overhead).toFixed(1)} % of a step`);
    }
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** AdamW and the teacher's average in one pass over the weights, against one after the other. */
export async function average({ backend, quick }) {
  const { name, config } = sizeOf(quick);
  const rounds = quick ? 4 : 15;
  const clip = Clip.fromConfig(config, 1);
  const teacher = clip.clone({ trainable: false });
  const parameters = clip.parameters.trainable();
  const optimizer = new AdamW(parameters);
  const gradients = new Map(parameters.map((parameter) => [parameter.name, tf.fill(parameter.variable.shape, 1e-3)]));
  const gradient = (parameter) => gradients.get(parameter.name);
  const moving = { of: (weight) => teacher.parameters.get(weight), decay: () => DECAY };
  const last = parameters.at(-1).variable;
  const once = () => optimizer.step(gradient, 1e-6, moving);
  const twice = () => {
    optimizer.step(gradient, 1e-6);
    updateEma(teacher.parameters, clip.parameters, DECAY);
  };
  const ask = (side) => () =>
    timed(async () => {
      side();
      await last.data(); // on a device that is when it is done
    });
  const [ours, peer] = (await answersInTurns([ask(once), ask(twice)], rounds + 1)).map(timesOf);
  tf.dispose([...gradients.values()]);
  optimizer.dispose();
  teacher.dispose();
  clip.dispose();
  const given = { peerName: "AdamW, then the average", backend };
  return [row(`AdamW with a moving average of ${name}`, "ms", ours, peer, given)];
}
