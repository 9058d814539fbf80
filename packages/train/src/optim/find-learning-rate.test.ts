import { fail } from "@rsdix/internal";
import { Parameters } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import golden from "../fixtures/train.json";
import { type FindLearningRateOptions, findLearningRate, type LearningRatePoint, type Task } from "../index";

const { curvature, target, rates, losses, smoothed, suggestion } = golden.finder;
const data = { stepsPerEpoch: 1, batchSize: 1, batch: () => 1 };

/** A quadratic, times what the batch says. */
function quadratic(): { task: Task<number>; weights: Parameters; calls: string[] } {
  const weights = Parameters.initialize([{ name: "w", shape: [3], init: "zeros" }], 1);
  const calls: string[] = [];
  const task: Task<number> = {
    name: "quadratic",
    begin: () => void calls.push("begin"),
    end: () => void calls.push("end"),
    trainable: () => weights.trainable(),
    prepare: (scale) => () => {
      const squares = tf.mul(tf.tensor1d(curvature), tf.square(tf.sub(weights.get("w"), tf.tensor1d(target))));
      return { loss: tf.mul(scale, tf.sum(squares)) as tf.Scalar };
    },
    state: () => weights.toCheckpoint(),
    restore: (checkpoint) => weights.assign(checkpoint),
  };
  return { task, weights, calls };
}

const like = { min: 1e-4, max: 1, steps: 60, smoothing: 0.9, optimizer: { weightDecay: 0 } };

onEachBackend("findLearningRate", () => {
  it("gives the curve and its steepest point as defined, and puts the weights back", async () => {
    const before = tf.memory().numTensors;
    const { task, weights, calls } = quadratic();
    const told: LearningRatePoint[] = [];
    const found = await findLearningRate(task, data, { ...like, onPoint: (point) => told.push(point) });
    expect(found.curve.map(({ learningRate }) => learningRate)).toBeAllclose(rates, { rtol: 1e-12 });
    expect(found.curve.map(({ loss }) => loss)).toBeAllclose(losses, { rtol: 1e-5 });
    expect(found.curve.map((point) => point.smoothed)).toBeAllclose(smoothed, { rtol: 1e-5 });
    expect(found.suggestion).toBeCloseTo(suggestion, 12);
    expect(told).toEqual(found.curve);
    expect([...weights.get("w").dataSync()]).toEqual([0, 0, 0]);
    expect(calls).toEqual(["begin", "end"]);
    weights.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it("ends where the loss diverges or is no number, and has no suggestion where it never falls", async () => {
  const { task, weights } = quadratic();
  const grows = { ...data, batch: (step: number) => (step < 20 ? 1 : 1000) };
  const diverged = await findLearningRate(task, grows, { ...like, max: 1e-3 });
  expect(diverged.curve).toHaveLength(21);
  const beyond = await findLearningRate(task, data, { ...like, max: 1e25, divergence: 1e30 });
  expect(beyond.curve.length).toBeGreaterThan(30);
  expect(beyond.curve.length).toBeLessThan(60);
  const rises = await findLearningRate(task, { ...data, batch: (step) => 1 + step / 100 }, { ...like, max: 2e-4, divergence: 100 });
  expect(rises.suggestion).toBeUndefined();
  await expect(findLearningRate(task, { ...data, batch: () => Number.NaN }, like)).rejects.toMatchObject({
    code: "NOT_A_NUMBER",
    message: expect.stringMatching(/at the first step the loss is NaN.*the batch is NaN\. No learning rate was tried yet\.$/),
  });
  expect([...weights.get("w").dataSync()]).toEqual([0, 0, 0]);
  weights.dispose();
});

it("says of a broken batch that it is one, and does not take it for too high a rate", async () => {
  const before = tf.memory().numTensors;
  const { task, weights } = quadratic();
  const find = (given: Task<number>, batch: (step: number) => number) => findLearningRate(given, { ...data, batch }, like);
  const broken = (step: number) => (step === 15 ? Number.NaN : 1);
  const told = (message: RegExp) => ({ code: "NOT_A_NUMBER", message: expect.stringMatching(message) });
  await expect(find(task, broken)).rejects.toMatchObject(
    told(
      /^quadratic: at step 16 of the search the loss is NaN: .*the batch is not finite, while the weights are: the batch is NaN\. Mend or leave out/,
    ),
  );
  const refusing: Task<number> = {
    ...task,
    prepare: (scale, context) =>
      Number.isFinite(scale) ? task.prepare(scale, context) : fail("INVALID_ARGUMENT", "A scale must be finite."),
  };
  await expect(find(refusing, broken)).rejects.toMatchObject(
    told(/^quadratic: at step 16 of the search the batch is not finite.*: the batch is NaN\. Mend/),
  );
  await expect(find(refusing, (step) => (step === 15 ? Number.POSITIVE_INFINITY : 1))).rejects.toMatchObject(told(/the batch is Infinity/));
  expect([...weights.get("w").dataSync()]).toEqual([0, 0, 0]);
  weights.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it("finds the same for a loss below 0, or about it, as for one above, and ends where it diverges", async () => {
  const lifted = async (by: number, options: FindLearningRateOptions = like) => {
    const { task, weights } = quadratic();
    const below: Task<number> = {
      ...task,
      prepare: (batch, context) => {
        const compute = task.prepare(batch, context);
        return () => ({ loss: tf.add(compute().loss, by) as tf.Scalar });
      },
    };
    const found = await findLearningRate(below, data, options);
    weights.dispose();
    return found;
  };
  const plain = await lifted(0, { ...like, divergence: 1e9 });
  for (const by of [-1, -10, -1000]) {
    const found = await lifted(by);
    expect(found.curve).toHaveLength(60);
    expect(found.suggestion).toBe(plain.suggestion);
  }
  const diverged = await lifted(-10, { ...like, min: 1, max: 1e6 });
  expect(diverged.curve.length).toBeGreaterThan(1);
  expect(diverged.curve.length).toBeLessThan(60);
});

it("trains groups at multiples of the rate, with decays of their own", async () => {
  const { task, weights } = quadratic();
  const find = (group: object) => findLearningRate(task, data, { ...like, groups: [{ name: "all", match: /w/, ...group }] });
  const plain = await findLearningRate(task, data, like);
  expect((await find({})).curve).toEqual(plain.curve);
  const still = (await find({ learningRateFactor: 0 })).curve.map(({ loss }) => loss);
  expect(new Set(still).size).toBe(1);
  const tenth = await findLearningRate(task, data, { ...like, min: like.min / 10, max: like.max / 10 });
  expect((await find({ learningRateFactor: 0.1 })).curve.map(({ loss }) => loss)).toBeAllclose(
    tenth.curve.map(({ loss }) => loss),
    { rtol: 1e-5 },
  );
  const wrong = find({ learningRateFactor: -1 });
  await expect(wrong).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringMatching(/learningRateFactor of the group "all"/),
  });
  weights.dispose();
});

it("stops when told, and refuses what can't be meant", async () => {
  const { task, weights, calls } = quadratic();
  const controller = new AbortController();
  const find = (options: FindLearningRateOptions) => findLearningRate(task, data, options);
  let points = 0;
  const stopped = find({ ...like, signal: controller.signal, onPoint: () => ++points === 5 && controller.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "ABORTED", message: expect.stringMatching(/stopped at step 5/) });
  expect([...weights.get("w").dataSync()]).toEqual([0, 0, 0]);
  expect(calls).toEqual(["begin", "end"]);
  const wrong: [FindLearningRateOptions, RegExp][] = [
    [{ min: 0 }, /min must be a finite number at least/],
    [{ min: 1, max: 0.1 }, /max must be above min, got 0.1 and 1/],
    [{ steps: 12 }, /steps must be a whole number at least 13, got 12/],
    [{ smoothing: 1 }, /smoothing must be/],
    [{ divergence: 0.5 }, /divergence must be a finite number at least 1/],
    [{ skipEnd: -1 }, /skipEnd must be/],
    [{ clipNorm: 0 }, /clipNorm must be/],
    [{ accumulate: 0 }, /accumulate must be/],
  ];
  for (const [options, message] of wrong) {
    await expect(find(options)).rejects.toMatchObject({ code: "INVALID_ARGUMENT", message: expect.stringMatching(message) });
  }
  await expect(find({ rate: 1 } as object)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
  weights.dispose();
});
