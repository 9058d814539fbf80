import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { onEachBackend } from "../../../../test/tensors";
import { stepsOf, tinyData, tinyTask } from "../../test/tiny-task";
import { constantSchedule, cosineSchedule, type FitOptions, fit, type MovingAverage } from "../index";
import { planRun } from "./plan";

const run = async (options: FitOptions, batchSize = 4) => {
  using tiny = tinyTask();
  return await drain(fit(tiny.task, tinyData(batchSize), options));
};
const rates = async (options: FitOptions) => stepsOf(await run(options)).map(({ learningRate }) => learningRate);

onEachBackend("fit", () => {
  it("accumulates: for a mean over items it equals the large batch", async () => {
    const before = tf.memory().numTensors;
    const options = { steps: 10, learningRate: 0.05, clipNorm: 0.5 };
    const train = async (batchSize: number, accumulate: number) => {
      using tiny = tinyTask();
      const steps = stepsOf(await drain(fit(tiny.task, tinyData(batchSize), { ...options, accumulate })));
      return { steps, weights: tiny.parameters.trainable().flatMap(({ variable }) => [...variable.dataSync()]) };
    };
    const whole = await train(12, 1);
    const parts = await train(3, 4);
    const pick = (field: (step: (typeof whole.steps)[number]) => number) => [whole, parts].map(({ steps }) => steps.map(field));
    for (const field of [pick((s) => s.loss.total), pick((s) => s.loss.half!), pick((s) => s.logs.size!), pick((s) => s.gradientNorm)])
      expect(field[1]).toBeAllclose(field[0]!, { rtol: 1e-6, atol: 1e-7 });
    expect(parts.weights).toBeAllclose(whole.weights, { rtol: 1e-6, atol: 1e-6 });
    expect(parts.steps.map(({ epoch }) => epoch)).toEqual(whole.steps.map(({ epoch }) => epoch));
    expect(new Set(parts.steps.map(({ tensors }) => tensors)).size).toBe(1);
    expect(new Set(parts.steps.map(({ memory }) => memory)).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("takes a task's own gradients, moves its average in the same pass, and tells it where it is", async () => {
    const before = tf.memory().numTensors;
    using tiny = tinyTask();
    using twin = tinyTask();
    const copies = new Map(tiny.parameters.trainable().map(({ name, variable }) => [name, tf.tidy(() => tf.variable(tf.clone(variable)))]));
    const shares: number[] = [];
    const average: MovingAverage = {
      of: (name) => (name === "layer.bias" ? undefined : copies.get(name)),
      decay: (update) => shares.push(update) && 0.5,
    };
    const contexts: object[] = [];
    const task = {
      ...twin.task,
      average,
      trainable: () => tiny.parameters.trainable(),
      valueAndGradients(
        batch: Parameters<typeof tiny.task.prepare>[0],
        parameters: ReturnType<typeof tiny.task.trainable>,
        context: object,
      ) {
        contexts.push(context);
        let result: ReturnType<ReturnType<typeof tiny.task.prepare>> | undefined;
        const compute = tiny.task.prepare(batch, { step: 0, micro: 0, training: true });
        const { value, grads } = tf.variableGrads(() => {
          result = compute();
          return result.loss;
        });
        return { loss: value, gradients: parameters.map(({ variable }) => grads[variable.name]!) };
      },
    };
    const options = { steps: 3, accumulate: 2, learningRate: 0.1 };
    const whole = await drain(fit(tinyTask().task, tinyData(4), options));
    const own = await drain(fit(task, tinyData(4), options));
    expect(stepsOf(own).map(({ loss }) => loss.total)).toEqual(stepsOf(whole).map(({ loss }) => loss.total));
    expect(shares).toEqual([1, 2, 3]);
    expect(contexts).toEqual([0, 1, 2].flatMap((step) => [0, 1].map((micro) => ({ step, micro, training: true }))));
    const weight = tiny.parameters.get("layer.weight").dataSync();
    const start = twin.parameters.get("layer.weight").dataSync();
    const mean = copies.get("layer.weight")!.dataSync();
    expect(mean[0]! !== start[0]! && mean[0]! !== weight[0]!).toBe(true);
    expect(copies.get("layer.bias")!.dataSync()).toEqual(twin.parameters.get("layer.bias").dataSync());
    tf.dispose([...copies.values()]);
    expect(tf.memory().numTensors).toBe(before + 2 + 4); // the weights of the run that nobody frees, and of the two that end with this test
    const short = { ...task, valueAndGradients: () => ({ loss: tf.scalar(1), gradients: [tf.zeros([3, 2])] }) };
    await expect(drain(fit(short, tinyData(4), options))).rejects.toMatchObject({
      code: "SHAPE_MISMATCH",
      message: expect.stringMatching(/each of the 2 weights, got 1, and that of "layer.bias" must have the weight's shape \[2\]/),
    });
  });
});

describe("fit's length and rates", () => {
  it.each([
    [0.07, 100, 7], // whose product is 7.000000000000001
    [0.55, 100, 55],
    [0.28, 25, 7],
    [0.071, 100, 8],
    [7.000001, 100, 701],
    [1e-9, 100, 1],
  ])("of %d epochs of %d batches has no step for what rounding adds", (epochs, stepsPerEpoch, steps) => {
    const data = { stepsPerEpoch, batchSize: 1, batch: async () => [] as never };
    expect(planRun(tinyTask().task, data, { epochs }).steps).toBe(steps);
  });

  it("counts epochs, whole or not, in steps of so many batches", async () => {
    const length = async (options: FitOptions) =>
      stepsOf(await run({ learningRate: 0, ...options })).map(({ step, epoch }) => [step, epoch]);
    expect((await length({ epochs: 2 })).at(-1)).toEqual([12, 2]);
    expect((await length({ epochs: 0.5 })).at(-1)).toEqual([3, 0.5]);
    expect((await length({ epochs: 1, accumulate: 3 })).at(-1)).toEqual([2, 1]);
    expect((await length({ epochs: 1, accumulate: 4 })).at(-1)).toEqual([2, 8 / 6]); // a step is never cut
  });

  it("takes a rate, a schedule, or what makes one; otherwise the task's rate and a cosine", async () => {
    const cosine = (learningRate: number) => [0, 1, 2, 3].map(cosineSchedule({ learningRate, totalSteps: 4 }));
    expect(await rates({ steps: 4 })).toEqual(cosine(5e-4));
    expect(await rates({ steps: 4, learningRate: 0.1 })).toEqual(cosine(0.1));
    expect(await rates({ steps: 4, schedule: (step) => step / 10 })).toEqual([0, 0.1, 0.2, 0.3]);
    const made = (totalSteps: number, learningRate: number) => constantSchedule({ learningRate, warmupSteps: totalSteps / 2 });
    expect(await rates({ steps: 4, learningRate: 0.2, schedule: made })).toEqual([0, 0.1, 0.2, 0.2]);
    using tiny = tinyTask();
    const own = await drain(fit({ ...tiny.task, learningRate: 0.3 }, tinyData(4), { steps: 4 }));
    expect(stepsOf(own).map(({ learningRate }) => learningRate)).toEqual(cosine(0.3));
  });

  it("gives groups rates and decays of their own", async () => {
    const groups = [
      { name: "biases", match: /bias$/g, learningRateFactor: 0.5 },
      { name: "frozen", match: (name: string) => name === "layer.weight", schedule: () => 0 },
    ];
    using tiny = tinyTask();
    const start = tiny.parameters.get("layer.weight").dataSync();
    const both = stepsOf(await drain(fit(tiny.task, tinyData(4), { steps: 2, schedule: () => 0.1, groups })));
    expect(both[0]).toMatchObject({ learningRate: 0.05, learningRates: { biases: 0.05, frozen: 0 } });
    expect(tiny.parameters.get("layer.weight").dataSync()).toEqual(start);
    const rest = stepsOf(await run({ steps: 1, schedule: () => 0.1, groups: groups.slice(0, 1) }));
    expect(rest[0]).toMatchObject({ learningRate: 0.1, learningRates: { default: 0.1, biases: 0.05 } });
    expect(stepsOf(await run({ steps: 1, schedule: () => 0.1 }))[0]).not.toHaveProperty("learningRates");
  });

  const group = { name: "a", match: /./ };
  it.each<[object, RegExp]>([
    [{}, /needs either epochs or steps, got neither/],
    [{ steps: 1, epochs: 1 }, /needs either epochs or steps, got both/],
    [{ epochs: 0 }, /epochs must be a finite number at least/],
    [{ steps: 1.5 }, /steps must be a whole number at least 1, got 1.5/],
    [{ steps: 1, learningRate: -1 }, /learningRate must be a finite number at least 0, got -1/],
    [{ steps: 1, learningRate: 1, schedule: () => 0.1 }, /learningRate would do nothing.*\(totalSteps, learningRate\)/],
    [{ steps: 1, schedule: "cosine" }, /schedule must be a function of the step.*got cosine/],
    [{ steps: 1, accumulate: 0 }, /accumulate must be a whole number at least 1/],
    [{ steps: 1, groups: [{ name: "a", match: /nothing/ }] }, /no trainable weight is in the group "a" \(\/nothing\/\).*layer.weight/],
    [{ steps: 1, groups: [group, group] }, /the group "a" is there twice/],
    [{ steps: 1, groups: [{ name: "default", match: /./ }] }, /the group "default" is there twice; "default" is what no group takes/],
    [{ steps: 1, groups: [{ name: "a", match: "bias" }] }, /needs match, a RegExp or a function of a weight's name, got bias/],
    [{ steps: 1, groups: [{ ...group, weightDecay: -1 }] }, /weightDecay of the group "a" must be a finite number at least 0/],
    [{ steps: 1, groups: [{ ...group, learningRateFactor: 1, schedule: () => 1 }] }, /either learningRateFactor or schedule, got both/],
    [{ steps: 1, groups: [{ ...group, rate: 1 }] }, /fit's groups has no option "rate"/],
    [{ steps: 1, groups: { a: /./ } }, /groups must be a list/],
    [{ steps: 1, groups: [{ ...group, schedule: () => Number.NaN }] }, /rate at step 0 of the group "a" must be a finite number/],
    [{ steps: 1, optimizer: { groups: [] } }, /fit's optimizer has no option "groups"/],
    [{ steps: 1, validation: {} }, /validation needs data.*or run/],
    [{ steps: 1, validation: { every: 1, everyEpochs: 1, run: () => ({}) } }, /either every or everyEpochs, got both/],
    [{ steps: 1, earlyStopping: { metric: "loss", patience: 1 } }, /earlyStopping needs `validation`/],
    [{ steps: 1, keepBest: { metric: "loss" }, validation: { run: () => ({}) } }, /keepBest needs `checkpoints`/],
    [{ steps: 1, keepBest: { metric: "loss", mode: "least" }, validation: { run: () => ({}) } }, /keepBest.mode must be "min" or "max"/],
    [{ steps: 1, earlyStopping: { metric: "", patience: 1 }, validation: { run: () => ({}) } }, /earlyStopping.metric must be the name/],
    [{ steps: 1, earlyStopping: { metric: "loss", patience: 0 }, validation: { run: () => ({}) } }, /patience must be a whole number/],
    [{ steps: 1, earlyStopping: { metric: "auc", patience: 1 }, validation: { run: () => ({ loss: 1 }) } }, /"auc" isn't among .*: loss/],
  ])("refuses %j", async (options, message) => {
    const code = /has no option/.test(message.source) ? "UNKNOWN_OPTION" : "INVALID_ARGUMENT";
    await expect(run(options as FitOptions)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("refuses a part of the loss that is named as the whole", async () => {
    using tiny = tinyTask();
    const task = { ...tiny.task, prepare: () => () => ({ loss: tf.scalar(1), parts: { total: tf.scalar(1) } }) };
    await expect(drain(fit(task, tinyData(4), { steps: 1 }))).rejects.toThrow(/can't be named "total"/);
  });
});
