import { startBackend } from "@rsdix/backend";
import { Clip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { refusal } from "../../../../test/refusal";
import { scratchFolder as folder } from "../../../../test/scratch-folder";
import { type Rows, stepsOf, tinyData, tinyTask } from "../../test/tiny-task";
import {
  AdamW,
  type BatchSource,
  clipTask,
  constantSchedule,
  type FitOptions,
  findLearningRate,
  fit,
  type ValidationRecord,
} from "../index";
import { checkpointFolder } from "../node";

beforeAll(async () => {
  await startBackend("cpu");
});

const invalid = (message: RegExp) => refusal("INVALID_ARGUMENT", message);
const run = async (options: unknown, data: unknown = tinyData(4)) => {
  using tiny = tinyTask();
  return await drain(fit(tiny.task, data as BatchSource<Rows>, options as FitOptions<Rows>));
};

it.each<[unknown, RegExp]>([
  [{ steps: 1, checkpoints: "folder" }, /^fit: checkpoints must be a store with save, latest and clear, .*; got folder\.$/],
  [{ steps: 1, signal: 5 }, /^fit: signal must be an AbortSignal, got 5\. Give the signal of an AbortController\.$/],
  [
    { steps: 1, signal: { aborted: false } },
    /^fit: signal must be an AbortSignal, got \[object Object\]\. Give the signal of an AbortController\.$/,
  ],
  [{ steps: 1, validation: { run: 5 } }, /^validation\.run must be a function that gives numbers by name, got 5\.$/],
  [{ steps: 1, validation: { data: 5 } }, /^The validation's data must be batches, .*; got 5\.$/],
  [{ steps: 1, validation: { data: Promise.resolve(5) } }, /^The validation's data must be batches, .*; got 5\.$/],
  [
    { steps: 1, validation: { data: { ...tinyData(4), stepsPerEpoch: Number.NaN } } },
    /^The validation's data's stepsPerEpoch must be .*got NaN/,
  ],
  [{ steps: 1, validation: { run: () => "text" } }, /^tiny: validation\.run must give numbers by name, got text\.$/],
  [{ steps: 1, validation: { run: () => undefined } }, /^tiny: validation\.run must give numbers by name, got undefined\.$/],
  [{ steps: 1, validation: { run: () => ({ auc: "0.5" }) } }, /^tiny: validation\.run must give numbers by name, got "auc": 0\.5\.$/],
  [undefined, /^fit needs options/],
  [{ steps: 1, fingerprint: 5 }, /^fit: fingerprint must be a text, got 5\.$/],
  [{ steps: 1, overwrite: "no" }, /^fit: overwrite must be true or false, got no\.$/],
  [{ steps: 1, resume: null }, /^fit: resume must be true or false, got null\.$/],
])("refuses the options %j", async (options, message) => {
  await expect(run(options)).rejects.toThrow(invalid(message));
});

it.each<[unknown, RegExp]>([
  [null, /^The data must be batches, \{ stepsPerEpoch, batchSize, batch\(step\) \}, or the promise of them; got null\.$/],
  [{ ...tinyData(4), batchSize: Number.NaN }, /^The data's batchSize must be a finite number at least 1, got NaN\.$/],
  [{ ...tinyData(4), batchSize: -3 }, /^The data's batchSize must be a finite number at least 1, got -3\.$/],
  [{ ...tinyData(4), stepsPerEpoch: 0 }, /^The data's stepsPerEpoch must be a whole number at least 1, got 0\.$/],
])("refuses the data %j, in fit and in findLearningRate", async (data, message) => {
  await expect(run({ steps: 1 }, data)).rejects.toThrow(invalid(message));
  using tiny = tinyTask();
  await expect(findLearningRate(tiny.task, data as BatchSource<Rows>)).rejects.toThrow(invalid(message));
});

const methods = { trainable: () => [], prepare: () => undefined, state: async () => new Map(), restore: () => undefined };

it.each([
  [undefined, /needs a task with trainable\(\), prepare\(\), state\(\), restore\(\), .*; got undefined\.$/],
  [{}, /needs a task with .*; got one without trainable\(\)\.$/],
  [{ ...methods, name: "own", afterStep: 5 }, /^own: afterStep must be a method or left out, got 5\.$/],
  [{ ...methods, name: "own", trainable: () => undefined }, /^AdamW needs a list of trainable parameters, got undefined\.$/],
  [{ ...methods, name: "own", trainable: () => [null] }, /^AdamW: parameters\[0\] must be \{ name, variable, decay \}, got null\.$/],
  [
    { ...methods, name: "own", trainable: () => [{ name: "w" }] },
    /^AdamW: parameters\[0\] must be \{ name, variable, decay \}, got name w and variable undefined\.$/,
  ],
])("refuses the task %j, in fit and in findLearningRate", async (task, message) => {
  const before = tf.memory().numTensors;
  const checkpoints = checkpointFolder(folder());
  await expect(drain(fit(task as never, tinyData(4), { steps: 1, checkpoints }))).rejects.toThrow(invalid(message));
  expect(tf.memory().numTensors).toBe(before);
  await expect(findLearningRate(task as never, tinyData(4))).rejects.toThrow(invalid(message));
});

it("refuses a state that is none, in fit and in findLearningRate", async () => {
  const before = tf.memory().numTensors;
  const tiny = tinyTask();
  const task = { ...tiny.task, state: async () => ({}) as never };
  const refused = invalid(/^tiny: state must give a Map of arrays by name, got \[object Object\]\.$/);
  await expect(drain(fit(task, tinyData(4), { steps: 1, checkpoints: checkpointFolder(folder()) }))).rejects.toThrow(refused);
  await expect(findLearningRate(task, tinyData(4))).rejects.toThrow(refused);
  tiny.parameters.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it("takes the promise of the batches of a validation, and of those of the finder", async () => {
  const metrics = async (data: unknown) =>
    (await run({ steps: 1, learningRate: 0.1, validation: { data } })).find((one): one is ValidationRecord => one.type === "validation")!
      .metrics;
  expect(await metrics(Promise.resolve(tinyData(12)))).toEqual(await metrics(tinyData(12)));
  await expect(metrics(Promise.reject(new Error("no such folder")))).rejects.toThrow("no such folder");
  using tiny = tinyTask();
  const options = { steps: 15 };
  const found = await findLearningRate(tiny.task, Promise.resolve(tinyData(4)), options);
  expect(found).toEqual(await findLearningRate(tiny.task, tinyData(4), options));
});

it("does not lend a task to two runs at once", async () => {
  const tower = { width: 16, layers: 1, heads: 2 };
  const clip = Clip.fromConfig(
    { embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 4 } },
    1,
  );
  const batch = {
    pixels: Float32Array.from({ length: 2 * 3 * 64 }, (_, i) => Math.sin(i)),
    tokens: { ids: Int32Array.of(8, 1, 9, 8, 2, 9), lengths: Int32Array.of(3, 3), shape: [2, 3] as [number, number] },
  };
  const data = { stepsPerEpoch: 1, batchSize: 2, batch: () => batch };
  const task = clipTask(clip);
  const before = tf.memory().numTensors;
  const first = fit(task, data, { steps: 2, learningRate: 1e-3 });
  await first.next();
  const inUse = invalid(/^clip-distillation: the task is in use by another run\./);
  await expect(drain(fit(task, data, { steps: 1 }))).rejects.toThrow(inUse);
  await expect(findLearningRate(task, data)).rejects.toThrow(inUse);
  expect(stepsOf(await drain(first))).toHaveLength(2);
  expect(stepsOf(await drain(fit(task, data, { steps: 1, learningRate: 1e-3 })))).toHaveLength(1);
  expect(tf.memory().numTensors).toBe(before);
  clip.dispose();
});

it("tells the run's own error where the task's end fails too, and the end's where it alone does", async () => {
  using tiny = tinyTask();
  const end = () => {
    throw new Error("the end failed");
  };
  const train = (steps: number, extra: object = {}) =>
    drain(fit({ ...tiny.task, end, ...extra }, tinyData(4), { steps, learningRate: 0.1 }));
  const prepare = () => {
    throw new Error("the step failed");
  };
  await expect(train(1, { prepare })).rejects.toThrow("the step failed");
  await expect(findLearningRate({ ...tiny.task, end, prepare }, tinyData(4))).rejects.toThrow("the step failed");
  await expect(train(1)).rejects.toThrow("the end failed");
});

it("leaves the model as it was where a checkpoint's optimiser does not fit", async () => {
  const checkpoints = checkpointFolder(folder());
  using tiny = tinyTask();
  const options = { steps: 2, learningRate: 0.1, checkpoints, fingerprint: "mine" };
  await drain(fit(tiny.task, tinyData(4), options));
  const last = (await checkpoints.latest())!;
  last.tensors.delete("optimizer.second.layer.bias");
  await checkpoints.save({ ...last, step: 3 });
  using other = tinyTask();
  const before = [...other.parameters.get("layer.weight").dataSync()];
  await expect(drain(fit(other.task, tinyData(4), { ...options, steps: 4, resume: true }))).rejects.toMatchObject({
    code: "CHECKPOINT_MISMATCH",
    message: expect.stringMatching(/The optimiser's "second\.layer\.bias" must be float32 of shape \[2\], the checkpoint has nothing/),
  });
  expect([...other.parameters.get("layer.weight").dataSync()]).toEqual(before);
});

it("refuses to go on with another rate of any step, or where other weights decay", async () => {
  const schedule = (warmupSteps: number) => constantSchedule({ learningRate: 0.1, warmupSteps });
  const biases = ({ name }: { name: string }) => name === "layer.bias";
  const refuses = async (then: object, now: object) => {
    const checkpoints = checkpointFolder(folder());
    using tiny = tinyTask();
    await drain(fit(tiny.task, tinyData(4), { steps: 40, schedule: schedule(5), checkpoints, ...then }));
    const resumed = (options: object) =>
      drain(fit(tiny.task, tinyData(4), { steps: 40, schedule: schedule(5), checkpoints, ...options, resume: true }));
    await expect(resumed(now)).rejects.toMatchObject({ code: "CHECKPOINT_MISMATCH" });
    expect((await resumed(then)).map(({ type }) => type)).toEqual(["start", "end"]);
  };
  await refuses({}, { schedule: schedule(9) });
  await refuses({ optimizer: { decay: biases } }, { optimizer: { decay: () => true } });
  await refuses({ optimizer: { decay: biases } }, {});
  // Their text is the same: what tells them apart is which weights they take.
  const groups = (taken: string, more: object = {}) => ({ groups: [{ name: "own", match: (name: string) => name === taken, ...more }] });
  await refuses(groups("layer.bias"), groups("layer.weight"));
  await refuses(groups("layer.bias", { learningRateFactor: 0.5 }), groups("layer.weight", { learningRateFactor: 0.5 }));
  await refuses(groups("layer.bias", { learningRateFactor: 0.5 }), groups("layer.bias", { learningRateFactor: 0.25 }));
  await refuses(groups("layer.weight", { weightDecay: 0.5 }), groups("layer.weight", { weightDecay: 0.25 }));
  await refuses(groups("layer.bias"), {});
});

it("tells which weights decay, and by how much", () => {
  using tiny = tinyTask();
  const groups = [{ name: "biases", match: /bias/, weightDecay: 0.5 }];
  using all = new AdamW(tiny.parameters.trainable(), { decay: "all", groups });
  expect(all.weightDecays).toEqual([0.1, 0.5]);
  expect(all.weightGroups).toEqual(["default", "biases"]);
  using matrices = new AdamW(tiny.parameters.trainable(), { groups });
  expect(matrices.weightDecays).toEqual([0.1, 0]);
});

it("resumes with batches whose own position is of something else", async () => {
  const data = tinyData(4);
  const placed = { ...data, batch: (step: number) => ({ ...(data.batch(step) as Rows), position: { lat: step * 1.5, lon: -step } }) };
  const checkpoints = checkpointFolder(folder());
  using tiny = tinyTask();
  const options = { learningRate: 0.1, checkpoints, fingerprint: "mine" };
  await drain(fit(tiny.task, placed, { ...options, steps: 2 }));
  expect((await checkpoints.latest())!.details).not.toHaveProperty("position");
  expect(stepsOf(await drain(fit(tiny.task, placed, { ...options, steps: 4, resume: true }))).map(({ step }) => step)).toEqual([3, 4]);
});
