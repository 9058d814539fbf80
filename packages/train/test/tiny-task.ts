import { createRandom } from "@rsdix/internal";
import { Parameters } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import type { BatchSource, FitRecord, StepRecord, Task } from "../src/index";

/** Rows of a regression. */
export interface Rows {
  x: Float32Array;
  y: Float32Array;
  position?: Record<string, unknown>;
}

const ROWS = 24;

/** A regression from three numbers to two, with a mean squared error. */
export function tinyTask(): { task: Task<Rows>; parameters: Parameters; [Symbol.dispose](): void } {
  const parameters = Parameters.initialize(
    [
      { name: "layer.weight", shape: [3, 2], init: { normal: 0.5 }, decay: true },
      { name: "layer.bias", shape: [2], init: "zeros" },
    ],
    1,
  );
  const task: Task<Rows> = {
    name: "tiny",
    trainable: () => parameters.trainable(),
    prepare: ({ x, y }) => {
      const [input, wanted] = [tf.tensor2d(x, [x.length / 3, 3]), tf.tensor2d(y, [y.length / 2, 2])];
      return () => {
        const output = tf.add(tf.matMul(input, parameters.get("layer.weight") as tf.Tensor as tf.Tensor2D), parameters.get("layer.bias"));
        const loss = tf.mean(tf.square(tf.sub(output, wanted))) as tf.Scalar;
        return { loss, parts: { half: tf.div(loss, 2) as tf.Scalar }, logs: { size: tf.mean(tf.abs(output)) as tf.Scalar } };
      };
    },
    state: () => parameters.toCheckpoint(),
    restore: (checkpoint) => parameters.assign(checkpoint),
  };
  return { task, parameters, [Symbol.dispose]: () => parameters.dispose() };
}

/** Batches of the same 24 rows in the same order, epoch after epoch. */
export function tinyData(batchSize: number, seed = 5): BatchSource<Rows> {
  const random = createRandom(seed);
  const x = Float32Array.from({ length: ROWS * 3 }, random.normal);
  const y = Float32Array.from({ length: ROWS * 2 }, random.normal);
  const stepsPerEpoch = ROWS / batchSize;
  return {
    stepsPerEpoch,
    batchSize,
    batch(step) {
      const at = (step % stepsPerEpoch) * batchSize;
      const position = { step: step + 1, epoch: Math.floor((step + 1) / stepsPerEpoch), seed };
      return { x: x.slice(at * 3, (at + batchSize) * 3), y: y.slice(at * 2, (at + batchSize) * 2), position };
    },
  };
}

/** Batches of four of these rows, but for one of what is no number. */
export function brokenAt(index: number): BatchSource<Rows> {
  const data = tinyData(4);
  return {
    ...data,
    batch: (step) => ({ ...(data.batch(step) as Rows), ...(step === index && { y: new Float32Array(8).fill(Number.NaN) }) }),
  };
}

/** The steps among some records. */
export const stepsOf = (records: readonly FitRecord[]) => records.filter((record): record is StepRecord => record.type === "step");

/** Records without what differs from run to run. */
export const numbersOf = (records: readonly FitRecord[]) =>
  records.map((record) => {
    if (record.type !== "step") return record;
    const { seconds: _, itemsPerSecond: __, tensors: ___, memory: ____, ...rest } = record;
    return rest;
  });
