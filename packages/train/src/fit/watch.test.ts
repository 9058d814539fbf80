import { readdirSync } from "node:fs";
import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { scratchFolder as folder } from "../../../../test/scratch-folder";
import { numbersOf, stepsOf, tinyData, tinyTask } from "../../test/tiny-task";
import { type FitOptions, type FitRecord, fit, type ValidationRecord } from "../index";
import { checkpointFolder } from "../node";

beforeAll(async () => {
  await startBackend("cpu");
});

/** A run whose validations measure what a list says. */
const run = async (losses: readonly number[], options: Partial<FitOptions>, metric = "loss") => {
  using tiny = tinyTask();
  let next = 0;
  const validation = { every: 1, run: () => ({ [metric]: losses[next++]! }) };
  return await drain(fit(tiny.task, tinyData(4), { steps: losses.length, learningRate: 0.01, validation, ...options }));
};
const last = (records: readonly FitRecord[]) => records.at(-1);
const validations = (records: readonly FitRecord[]) => records.filter((one): one is ValidationRecord => one.type === "validation");

it("ends early when a metric no longer improves, and says what was best", async () => {
  const falls = [5, 4, 4.5, 4.05, 3.99, 4];
  const patient = (options: object) => run(falls, { earlyStopping: { metric: "loss", patience: 2, ...options } });
  expect(last(await patient({}))).toEqual({
    type: "end",
    task: "tiny",
    step: 4,
    reason: "early-stopping",
    best: { metric: "loss", step: 2, value: 4 },
  });
  expect(last(await patient({ patience: 3 }))).toMatchObject({ step: 6, reason: "finished", best: { step: 5, value: 3.99 } });
  expect(last(await patient({ patience: 3, minDelta: 0.1 }))).toMatchObject({ step: 5, reason: "early-stopping", best: { step: 2 } });
  expect(last(await patient({ mode: "max", patience: 5 }))).toMatchObject({
    step: 6,
    reason: "early-stopping",
    best: { step: 1, value: 5 },
  });
  expect(last(await run([1, Number.NaN, Number.NaN], { earlyStopping: { metric: "loss", patience: 2 } }))).toMatchObject({
    step: 3,
    reason: "early-stopping",
    best: { step: 1, value: 1 },
  });
  expect(last(await run([2, 1], {}))).toEqual({ type: "end", task: "tiny", step: 2, reason: "finished" });
});

it("keeps the best checkpoints beside the newest", async () => {
  const directory = folder();
  const store = checkpointFolder(directory, { keep: 1 });
  const keepBest = { metric: "loss", mode: "max" as const, count: 2 };
  const records = await run([1, 9, 8, 2, 8.5, 3], { checkpoints: store, checkpointEvery: 100, keepBest });
  const saved = records.flatMap((record) => (record.type === "checkpoint" ? [[record.step, record.best?.value]] : []));
  expect(saved).toEqual([
    [1, 1],
    [2, 9],
    [3, 8],
    [5, 8.5],
    [6, undefined],
  ]);
  expect(readdirSync(directory).sort()).toEqual(["step-000002", "step-000005", "step-000006"]);
  expect((await store.list()).map(({ step, best }) => [step, best])).toEqual([
    [6, undefined],
    [5, { metric: "loss", value: 8.5 }],
    [2, { metric: "loss", value: 9 }],
  ]);
  expect(last(records)).toMatchObject({ best: { metric: "loss", step: 2, value: 9 } });
});

it.each([
  ["rougeL", undefined, 2],
  ["rouge_l", undefined, 2],
  ["CIDEr-D", undefined, 2],
  ["accuracy", undefined, 2],
  ["accuracy", "min", 3],
  ["sbsMse", undefined, 3],
  ["sbsMse", "max", 2],
  ["something", undefined, 3],
] as const)("takes for the best what the metric's name tells, unless it is told (%s, %s)", async (metric, mode, step) => {
  const watched = { metric, ...(mode && { mode }) };
  const options = { keepBest: watched, checkpoints: checkpointFolder(folder(), { keep: 1 }), checkpointEvery: 100 };
  expect(last(await run([0.5, 0.9, 0.2, 0.6], options, metric))).toMatchObject({ best: { metric, step } });
  expect(last(await run([0.5, 0.9, 0.2, 0.6], { earlyStopping: { ...watched, patience: 9 } }, metric))).toMatchObject({ best: { step } });
});

it("goes on where it was: what was best, how long it waited, and a validation that was stopped", async () => {
  const losses = [5, 4, 4.5, 4.2, 4.1, 4.3];
  const options = { earlyStopping: { metric: "loss", patience: 3 }, keepBest: { metric: "loss", count: 1 }, checkpointEvery: 1 };
  const whole = await run(losses, { ...options, checkpoints: checkpointFolder(folder()) });
  expect(last(whole)).toMatchObject({ step: 5, reason: "early-stopping" });
  const checkpoints = checkpointFolder(folder());
  const controller = new AbortController();
  using tiny = tinyTask();
  const stopping = {
    every: 1,
    run: () => {
      const { length } = losses;
      const at = seen.filter(({ type }) => type === "step").length - 1;
      if (at === 3) controller.abort();
      if (controller.signal.aborted) throw new Error("stopped");
      return { loss: losses[at % length]! };
    },
  };
  const seen: FitRecord[] = [];
  const first = async () => {
    const common = { steps: 6, learningRate: 0.01, ...options, checkpoints, validation: stopping, signal: controller.signal };
    for await (const record of fit(tiny.task, tinyData(4), common)) seen.push(record);
  };
  await expect(first()).rejects.toMatchObject({ code: "ABORTED", message: expect.stringMatching(/after step 4 of 6.*step-000004/) });
  let next = 3;
  const rest = await run(losses, {
    ...options,
    checkpoints,
    resume: true,
    validation: { every: 1, run: () => ({ loss: losses[next++]! }) },
  });
  const numbers = (records: readonly FitRecord[]) => numbersOf(records).filter(({ type }) => type === "step" || type === "validation");
  expect([...numbers(seen), ...numbers(rest)]).toEqual(numbers(whole));
  expect(last(rest)).toEqual(last(whole));
  const again = await run(losses, { ...options, checkpoints, resume: true });
  expect(again.map(({ type }) => type)).toEqual(["start", "end"]); // it had stopped
  expect(last(again)).toEqual(last(whole));
});

it("validates by epochs, and measures the task's own loss", async () => {
  const before = tf.memory().numTensors;
  using tiny = tinyTask();
  const held = tinyData(12, 9);
  const records = await drain(
    fit(tiny.task, tinyData(4), { epochs: 2, learningRate: 0.05, validation: { everyEpochs: 0.5, data: held, run: () => ({ own: 7 }) } }),
  );
  expect(validations(records).map(({ step, epoch }) => [step, epoch])).toEqual([
    [3, 0.5],
    [6, 1],
    [9, 1.5],
    [12, 2],
  ]);
  const { metrics } = validations(records).at(-1)!;
  expect(Object.keys(metrics).sort()).toEqual(["half", "loss", "own", "size"]);
  const losses = [0, 1].map((step) =>
    tf.tidy(() => {
      const batch = held.batch(step) as { x: Float32Array; y: Float32Array };
      return tiny.task.prepare(batch, { step, micro: 0, training: false })().loss.dataSync()[0]!;
    }),
  );
  expect(metrics.loss).toBeCloseTo((losses[0]! + losses[1]!) / 2, 6);
  expect(metrics.half).toBeCloseTo(metrics.loss! / 2, 6);
  expect(metrics.own).toBe(7);
  expect(tf.memory().numTensors).toBe(before + 2);
  const once = await drain(fit(tiny.task, tinyData(4), { epochs: 3, learningRate: 0.05, validation: { data: held } }));
  expect(validations(once).map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  expect(stepsOf(once)).toHaveLength(18);
});

it("refuses to go on in other data, or in another order", async () => {
  const checkpoints = checkpointFolder(folder());
  using tiny = tinyTask();
  const start = (seed: number, options: object) =>
    drain(fit(tiny.task, tinyData(4, seed), { learningRate: 0.05, checkpoints, fingerprint: "mine", steps: 2, ...options }));
  await start(5, {});
  expect((await checkpoints.latest())!.details).toMatchObject({ batches: 2, position: { step: 2, epoch: 0, seed: 5 } });
  await expect(start(6, { steps: 4, resume: true })).rejects.toMatchObject({
    code: "CHECKPOINT_MISMATCH",
    message: expect.stringMatching(/other data or another order: seed was 5 and is 6/),
  });
  expect(stepsOf(await start(5, { steps: 4, resume: true })).map(({ step }) => step)).toEqual([3, 4]);
});
