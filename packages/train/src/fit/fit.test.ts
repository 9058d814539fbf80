import { readdirSync } from "node:fs";
import { Clip, Parameters } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { scratchFolder as folder } from "../../../../test/scratch-folder";
import { onEachBackend } from "../../../../test/tensors";
import {
  type BatchSource,
  type ClipBatch,
  clipTask,
  cosineSchedule,
  type FitOptions,
  type FitRecord,
  fit,
  type StepRecord,
  type Task,
} from "../index";
import { checkpointFolder } from "../node";

const tower = { width: 16, layers: 1, heads: 2 };
const config = { embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 12, contextLength: 5 } };
const data: BatchSource<ClipBatch> = {
  stepsPerEpoch: 3,
  batchSize: 4,
  batch: (step) => ({
    pixels: Float32Array.from({ length: 4 * 3 * 64 }, (_, i) => Math.sin(i * (1 + (step % 3)) * 0.37)),
    tokens: {
      ids: Int32Array.from([0, 1, 2, 3].flatMap((row) => [10, (row + step) % 9, row, 11])),
      lengths: new Int32Array(4).fill(4),
      shape: [4, 4],
    },
  }),
};
const schedule = cosineSchedule({ learningRate: 1e-2, warmupSteps: 2, totalSteps: 8 });

async function train(options: Partial<FitOptions>, teacher: "ema" | "none" = "ema", onRecord: (record: FitRecord) => void = () => {}) {
  const clip = Clip.fromConfig(config, 1);
  await clip.parameters.compactVocabulary([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11]);
  const task = clipTask(clip, { teacher });
  const records: FitRecord[] = [];
  try {
    for await (const record of fit(task, data, { steps: 8, schedule, ...options })) {
      records.push(record);
      onRecord(record);
    }
    return { records, weights: [...(await clip.parameters.toCheckpoint()).values()].map(({ data }) => data) };
  } finally {
    clip.dispose();
  }
}

const steps = (records: FitRecord[]) => records.filter((record): record is StepRecord => record.type === "step");
const numbers = (records: FitRecord[]) =>
  steps(records).map(({ seconds: _, itemsPerSecond: __, tensors: ___, memory: ____, ...rest }) => rest);

onEachBackend("fit", () => {
  it("learns, holds the tensor count constant, and leaves nothing behind", async () => {
    const before = tf.memory().numTensors;
    const { records } = await train({});
    expect(steps(records)).toHaveLength(8);
    expect(steps(records).at(-1)!.loss.total).toBeLessThan(steps(records)[0]!.loss.total);
    expect(new Set(steps(records).map((record) => record.tensors)).size).toBe(1);
    expect(Object.keys(steps(records)[0]!.logs).sort()).toEqual(["accuracy", "scale"]);
    expect(Object.keys(steps(records)[0]!.loss).sort()).toEqual(["contrastive", "distillation", "total"]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(["ema", "none"] as const)("aborted and resumed equals uninterrupted, bit for bit (teacher: %s)", async (teacher) => {
    const whole = await train({}, teacher);
    const checkpoints = checkpointFolder(folder());
    const controller = new AbortController();
    const first: FitRecord[] = [];
    // From a timer, as a signal or a click comes: the loop has to let it through.
    const stopped = train({ checkpoints, signal: controller.signal }, teacher, (record) => {
      first.push(record);
      if (record.type === "step" && record.step === 3) setImmediate(() => controller.abort());
    });
    await expect(stopped).rejects.toMatchObject({
      code: "ABORTED",
      message: expect.stringMatching(/after step 3 of 8.*step-000003.*resume: true/),
    });
    const rest = await train({ checkpoints, resume: true }, teacher);
    expect(rest.records[0]).toMatchObject({ type: "start", step: 3 });
    expect([...numbers(first), ...numbers(rest.records)]).toEqual(numbers(whole.records));
    expect(rest.weights).toEqual(whole.weights);
  });
});

describe("fit", () => {
  const line = (targets: number[]) => {
    const weights = Parameters.initialize([{ name: "w", shape: [1], init: "ones" }], 1);
    const task: Task<number> = {
      name: "line",
      trainable: () => weights.trainable(),
      prepare: (target) => () => ({ loss: tf.sum(tf.square(tf.sub(weights.get("w"), target))) as tf.Scalar }),
      state: () => weights.toCheckpoint(),
      restore: (checkpoint) => weights.assign(checkpoint),
    };
    return { weights, task, data: { stepsPerEpoch: targets.length, batchSize: 1, batch: (step: number) => targets[step]! } };
  };

  it("stops at a loss that isn't a number, with the weights and the checkpoint of before", async () => {
    const { weights, task, data: targets } = line([0, 0, Number.NaN, 0]);
    const directory = folder();
    const run = drain(fit(task, targets, { steps: 4, schedule: () => 0.1, checkpoints: checkpointFolder(directory), checkpointEvery: 1 }));
    await expect(run).rejects.toMatchObject({
      code: "NOT_A_NUMBER",
      message: expect.stringMatching(/step 3 the loss is NaN.*step-000002/),
    });
    expect(readdirSync(directory).sort()).toEqual(["step-000001", "step-000002"]);
    const kept = await checkpointFolder(directory).latest();
    expect(kept!.tensors.get("task.w")!.data).toEqual(weights.get("w").dataSync());
    weights.dispose();
  });

  it("names the weight that broke", async () => {
    const { weights, task, data: targets } = line([0, 0]);
    tf.tidy(() => weights.get("w").assign(tf.tensor1d([Number.POSITIVE_INFINITY])));
    await expect(drain(fit(task, targets, { steps: 2, schedule: () => 0.1 }))).rejects.toThrow(
      /step 1 the loss is Infinity, and the weight "w" is no longer finite/,
    );
    weights.dispose();
  });

  it("passes on that the disk is full, with the checkpoint of before whole", async () => {
    const { weights, task, data: targets } = line([0, 0, 0]);
    const directory = folder();
    const store = checkpointFolder(directory);
    const full: typeof store = {
      ...store,
      async save(state) {
        if (state.step < 2) return store.save(state);
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "WRITE_FAILED" });
      },
    };
    const run = drain(fit(task, targets, { steps: 3, schedule: () => 0.1, checkpoints: full, checkpointEvery: 1 }));
    await expect(run).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect((await store.latest())!.step).toBe(1);
    weights.dispose();
  });

  it("stops at a gradient that isn't a number though the loss is one, before anything is changed", async () => {
    const weights = Parameters.initialize([{ name: "w", shape: [2], init: "zeros" }], 1);
    const task: Task<null> = {
      name: "root",
      trainable: () => weights.trainable(),
      prepare: () => () => ({ loss: tf.sum(tf.mul(0, tf.sqrt(weights.get("w")))) as tf.Scalar }), // 0 · 1/(2·√0) is NaN
      state: () => weights.toCheckpoint(),
      restore: () => {},
    };
    const run = drain(fit(task, { stepsPerEpoch: 1, batchSize: 1, batch: () => null }, { steps: 1, schedule: () => 0.1 }));
    await expect(run).rejects.toMatchObject({
      code: "NOT_A_NUMBER",
      message: expect.stringMatching(/step 1 the gradients' norm is NaN: the gradient of "w" is not finite/),
    });
    expect([...weights.get("w").dataSync()]).toEqual([0, 0]);
    weights.dispose();
  });

  it("names a trainable weight that the loss does not use, and leaks nothing", async () => {
    const before = tf.memory().numTensors;
    const weights = Parameters.initialize(
      ["used", "idle"].map((name) => ({ name, shape: [1], init: "ones" as const })),
      1,
    );
    const task: Task<null> = {
      name: "half",
      trainable: () => weights.trainable(),
      prepare: () => () => ({ loss: tf.sum(weights.get("used")) as tf.Scalar, logs: { one: tf.scalar(1) } }),
      state: () => weights.toCheckpoint(),
      restore: () => {},
    };
    const run = drain(fit(task, { stepsPerEpoch: 1, batchSize: 1, batch: () => null }, { steps: 1, schedule: () => 0.1 }));
    await expect(run).rejects.toThrow(/does not depend on the trainable weight "idle"/);
    expect([...weights.get("used").dataSync()]).toEqual([1]);
    weights.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("leaves another run's checkpoints alone, unless told to remove them", async () => {
    const { weights, task, data: targets } = line([0, 0, 0]);
    const checkpoints = checkpointFolder(folder());
    const run = (options: object) => drain(fit(task, targets, { steps: 2, schedule: () => 0.1, checkpoints, ...options }));
    await run({});
    await expect(run({})).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/step 2.*resume: true.*overwrite: true/),
    });
    expect((await run({ overwrite: true })).filter(({ type }) => type === "step")).toHaveLength(2);
    await expect(run({ resume: true, steps: 1 })).rejects.toMatchObject({ code: "CHECKPOINT_MISMATCH" });
    await expect(run({ resume: true, schedule: () => 0.2 })).rejects.toMatchObject({ code: "CHECKPOINT_MISMATCH" });
    weights.dispose();
  });

  it("does no step when it is aborted before", async () => {
    const { weights, task, data: targets } = line([0, 0]);
    const records: FitRecord[] = [];
    const run = async () => {
      for await (const record of fit(task, targets, { steps: 2, schedule: () => 0.1, signal: AbortSignal.abort() })) records.push(record);
    };
    await expect(run()).rejects.toMatchObject({ code: "ABORTED", message: expect.stringContaining("after step 0 of 2") });
    expect(records.map(({ type }) => type)).toEqual(["start"]);
    weights.dispose();
  });

  it("refuses rates, intervals and constants that make no sense", async () => {
    const { weights, task, data: targets } = line([0, 0]);
    const run = (options: object) => drain(fit(task, targets, { steps: 2, schedule: () => 0.1, ...options }));
    await expect(run({ schedule: () => Number.NaN })).rejects.toThrow(/rate at step 0/);
    await expect(run({ validation: { every: 0, run: () => ({}) } })).rejects.toThrow(/validation.every/);
    await expect(run({ validation: { every: 1, run: () => ({}), at: 3 } })).rejects.toThrow(/no option "at"/);
    await expect(run({ clipNorm: 0 })).rejects.toThrow(/clipNorm/);
    for (const optimizer of [{ betas: [1, 0.99] }, { betas: [0.9] }, { epsilon: -1 }, { decay: "none" }]) {
      await expect(run({ optimizer })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    }
    weights.dispose();
  });

  it("validates when asked and at the end", async () => {
    const { weights, task, data: targets } = line([0, 0, 0, 0, 0]);
    const validation = { every: 2, run: () => ({ w: weights.get("w").dataSync()[0]! }) };
    const records = await drain(fit(task, targets, { steps: 5, schedule: () => 0.1, validation }));
    expect(records.filter((record) => record.type === "validation").map(({ step }) => step)).toEqual([2, 4, 5]);
    weights.dispose();
  });

  it("refuses other settings' checkpoints, resuming without a store, unknown options", async () => {
    const { weights, task, data: targets } = line([0, 0]);
    const checkpoints = checkpointFolder(folder());
    await drain(fit(task, targets, { steps: 1, schedule: () => 0.1, checkpoints, fingerprint: "rate 0.1" }));
    const resumed = (options: object) => drain(fit(task, targets, { steps: 2, schedule: () => 0.1, resume: true, ...options }));
    await expect(resumed({ checkpoints, fingerprint: "rate 0.2" })).rejects.toMatchObject({
      code: "CHECKPOINT_MISMATCH",
      message: expect.stringMatching(/rate 0.1.*rate 0.2/),
    });
    await expect(resumed({})).rejects.toThrow(/resume needs `checkpoints`/);
    await expect(resumed({ rate: 3 })).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
    weights.dispose();
  });
});
