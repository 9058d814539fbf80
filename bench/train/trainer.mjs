// A small training that may be killed at any moment: node trainer.mjs FOLDER STEPS. It goes on from what it finds in the folder, writes a checkpoint after each
// step, and prints each record as a line of JSON before it goes on. What it throws is a line, too.
import { startBackend } from "@rsdix/backend";
import { Parameters } from "@rsdix/models";
import { fit as training } from "@rsdix/train";
import { checkpointFolder } from "@rsdix/train/node";
import * as tf from "@tensorflow/tfjs-core";

const WIDTH = 128;
const ROWS = 8;

const [folder, steps] = process.argv.slice(2);
await startBackend("cpu");
const weights = Parameters.initialize([{ name: "w", shape: [WIDTH, WIDTH], init: { normal: 0.1 }, decay: true }], 1);
const teacher = weights.clone({ trainable: false });
const task = {
  name: "killed",
  average: { of: (name) => teacher.get(name), decay: () => 0.9 },
  trainable: () => weights.trainable(),
  prepare: (x) => {
    const input = tf.tensor2d(x, [ROWS, WIDTH]);
    const taught = tf.matMul(input, teacher.get("w"));
    return () => ({ loss: tf.mean(tf.square(tf.sub(tf.add(tf.matMul(input, weights.get("w")), taught), input))) });
  },
  state: async () => new Map([...(await weights.toCheckpoint()), ["teacher", (await teacher.toCheckpoint()).get("w")]]),
  restore(checkpoint) {
    weights.assign(new Map([["w", checkpoint.get("w")]]));
    teacher.assign(new Map([["w", checkpoint.get("teacher")]]));
  },
};
const data = {
  stepsPerEpoch: 7,
  batchSize: ROWS,
  batch: (step) => Float32Array.from({ length: ROWS * WIDTH }, (_, i) => Math.sin(i * (1 + (step % 7)))),
};
const options = {
  steps: Number(steps),
  schedule: () => 0.01,
  checkpoints: checkpointFolder(folder),
  checkpointEvery: 1,
  resume: true,
  fingerprint: "killed",
  validation: { every: 3, data: { ...data, stepsPerEpoch: 1 } },
  keepBest: { metric: "loss" },
};
const say = (line) => new Promise((resolve) => process.stdout.write(`${JSON.stringify(line)}\n`, resolve));
try {
  for await (const { seconds, itemsPerSecond, ...record } of training(task, data, options)) await say(record);
} catch ({ code, message }) {
  await say({ type: "error", code, message });
  process.exitCode = 1;
}
