import { infoNCE } from "@rsdix/core-losses";
import { fail } from "@rsdix/internal";
import { Clip, Parameters } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { scratchFolder as folder } from "../../../../test/scratch-folder";
import { onEachBackend } from "../../../../test/tensors";
import {
  type BatchSource,
  type ClipBatch,
  type ClipTaskOptions,
  clipTask,
  type FitOptions,
  findLearningRate,
  fit,
  type Task,
} from "../index";
import { checkpointFolder } from "../node";

const tower = { width: 16, layers: 1, heads: 2 };
const config = { embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 4 } };
const tokens = { ids: Int32Array.of(8, 1, 9, 8, 2, 9), lengths: Int32Array.of(3, 3), shape: [2, 3] as [number, number] };
const pixels = Float32Array.from({ length: 2 * 3 * 8 * 8 }, (_, i) => Math.sin(i));
const data: BatchSource<ClipBatch> = { stepsPerEpoch: 1, batchSize: 2, batch: () => ({ pixels, tokens }) };
/** The pairs, but for one batch with a broken pixel. */
const brokenAt = (at: number): BatchSource<ClipBatch> => ({
  ...data,
  batch: (step) => ({ tokens, pixels: step === at ? pixels.map((value, i) => (i === 5 ? Number.NaN : value)) : pixels }),
});
const notANumber = (message: RegExp) => ({ code: "NOT_A_NUMBER", message: expect.stringMatching(message) });

async function diverge(task: ClipTaskOptions, options: Partial<FitOptions<ClipBatch>>, source = data): Promise<void> {
  const tensors = tf.memory().numTensors;
  const clip = Clip.fromConfig(config, 1);
  try {
    const checkpoints = checkpointFolder(folder());
    await drain(fit(clipTask(clip, task), source, { steps: 60, checkpoints, checkpointEvery: 1, ...options }));
  } finally {
    clip.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  }
}

onEachBackend("a run that diverges", () => {
  const recipes: [name: string, options: ClipTaskOptions][] = [
    ["an EMA teacher", {}],
    ["no teacher", { teacher: "none" }],
    ["sigmoid", { loss: "sigmoid" }],
    ["chunks", { chunk: 1 }],
    ["tiles", { tile: 1 }],
  ];
  it.each(recipes)("ends with the step, what broke and the last good checkpoint (%s)", async (_, options) => {
    const run = diverge(options, { schedule: (step) => (step < 2 ? 1e-3 : 1e10) });
    await expect(run).rejects.toMatchObject(
      notANumber(
        /^(sig|c)lip-\S+: at step \d+ .*(weight|loss is NaN).* The last good checkpoint is .*step-00000\d\. Lower the learning rate/,
      ),
    );
  });

  it.each(recipes)("tells a batch that is no number from weights that are none (%s)", async (_, options) => {
    const run = diverge(options, { schedule: () => 1e-3 }, brokenAt(2));
    await expect(run).rejects.toMatchObject(
      notANumber(
        /at step 3 .*the batch is not finite, while the weights are: pixels\[5\] is NaN\. The last good checkpoint is .*step-000002\. Mend/,
      ),
    );
  });

  it("says so too where a scale leaves what a loss takes while all is finite", async () => {
    const run = diverge({}, { schedule: () => 10 });
    await expect(run).rejects.toMatchObject(
      notANumber(
        /at step \d+ the weights have diverged: .*first batch \(logitScale must be a finite number.*\); the largest weight is in "\S+", \d.*The last good checkpoint is .*step-0000\d\d/,
      ),
    );
  });

  it("says so in a validation, and where there is nothing to save", async () => {
    const validation = { every: 1, data };
    const run = diverge({}, { schedule: (step) => (step < 2 ? 1e-3 : 1e12), validation });
    await expect(run).rejects.toMatchObject(
      notANumber(/clip-distillation: in the validation at step 3 .*The last good checkpoint is .*step-000002\./),
    );
    const beyond = diverge({}, { schedule: (step) => (step < 2 ? 1e-3 : 1e38) });
    await expect(beyond).rejects.toMatchObject(
      notANumber(/after step 3 "task\.\S+" is no longer finite, .*Lower the learning rate .*The last good checkpoint is .*step-000002\./),
    );
    const broken = diverge({}, { schedule: () => 1e-3, validation: { every: 2, data: brokenAt(0) } });
    await expect(broken).rejects.toMatchObject(
      notANumber(/in the validation at step 2 batch 0 of its data is not finite: pixels\[5\] is NaN\. Mend .*step-000002\.$/),
    );
  });

  it.each([{ teacher: "none" }, {}] as ClipTaskOptions[])("ends the curve of rates (%j)", async (options) => {
    const clip = Clip.fromConfig(config, 1);
    const tensors = tf.memory().numTensors;
    const found = await findLearningRate(clipTask(clip, options), data, { min: 1e-5, max: 1e12, divergence: 1e9 });
    expect(found.curve.length).toBeGreaterThan(30);
    expect(found.curve.length).toBeLessThan(100);
    expect(tf.memory().numTensors).toBe(tensors);
    clip.dispose();
  });
});

describe("an error that numbers are not to blame for", () => {
  it("stays what it is", async () => {
    const source: BatchSource<ClipBatch> = { ...data, batch: (step) => (step === 2 ? ({ pixels } as never) : { pixels, tokens }) };
    await expect(diverge({}, { schedule: () => 1e-3 }, source)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/^clipTask: a batch needs its texts/),
    });
  });

  /** A task of a user's own on a loss of ours. */
  const pair = (compute: (image: tf.Tensor2D) => void) => {
    const weights = Parameters.initialize([{ name: "w", shape: [2, 2], init: "ones" }], 1);
    const task: Task<number> = {
      name: "own",
      trainable: () => weights.trainable(),
      prepare: () => () => {
        const image = tf.mul<tf.Tensor2D>(weights.get("w"), 1e30);
        const kept = tf.mul(tf.sum(tf.exp(weights.get("w"))), 2) as tf.Scalar; // what it takes is saved on the tape
        compute(image);
        return { loss: kept };
      },
      state: () => weights.toCheckpoint(),
      restore: (checkpoint) => weights.assign(checkpoint),
    };
    return { weights, task };
  };
  const numbers: BatchSource<number> = { stepsPerEpoch: 1, batchSize: 1, batch: () => 1 };

  it.each([
    ["at the first step", (image: tf.Tensor2D) => void infoNCE(image, image, { logitScale: 1 }), /^image must be within/],
    ["of another kind", () => fail("OUT_OF_MEMORY", "No room."), /^No room\.$/],
  ])("%s, and keeps no tensors", async (_, compute, message) => {
    const tensors = tf.memory().numTensors;
    const { weights, task } = pair(compute);
    await expect(drain(fit(task, numbers, { steps: 3, schedule: () => 0.1 }))).rejects.toThrow(message);
    weights.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
