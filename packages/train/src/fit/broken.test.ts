import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { scratchFolder as folder } from "../../test/scratch-folder";
import { drain, numbersOf, type Rows, stepsOf, tinyData, tinyTask } from "../../test/tiny-task";
import { AdamW, type BatchSource, fit, type Task } from "../index";
import { checkpointFolder } from "../node";

beforeAll(async () => {
  await startBackend("cpu");
});

/** The rows, but for one batch of what is no number. */
const brokenAt = (index: number): BatchSource<Rows> => {
  const data = tinyData(4);
  return {
    ...data,
    batch: (step) => ({ ...(data.batch(step) as Rows), ...(step === index && { y: new Float32Array(8).fill(Number.NaN) }) }),
  };
};

it("names the last good checkpoint, also when it was resumed from it and made none of its own", async () => {
  const checkpoints = checkpointFolder(folder());
  using tiny = tinyTask();
  const options = { learningRate: 0.01, checkpoints, fingerprint: "mine" };
  await drain(fit(tiny.task, tinyData(4), { ...options, steps: 2 }));
  const broken = (index: number, extra: object = {}) =>
    drain(fit(tiny.task, brokenAt(index), { ...options, resume: true, steps: 6, ...extra }));
  await expect(broken(2)).rejects.toMatchObject({
    code: "NOT_A_NUMBER",
    message: expect.stringMatching(
      /^tiny: at step 3 the loss is NaN, its part "half" is NaN: the gradient of "layer.weight" is not finite; the batch is not finite, while the weights are: y\[0\] is NaN\. The last good checkpoint is .*step-000002\. Mend or leave out these data/,
    ),
  });
  await expect(broken(9, { accumulate: 2, steps: 8 })).rejects.toThrow(/at step 5 the loss is NaN.*step-000002/);
  expect((await checkpoints.latest())!.step).toBe(2);
});

it("writes no checkpoint of weights that are no numbers", async () => {
  const checkpoints = checkpointFolder(folder());
  using tiny = tinyTask();
  let step = 0;
  const task: Task<Rows> = {
    ...tiny.task,
    afterStep() {
      if (++step === 3) tf.tidy(() => tiny.parameters.get("layer.bias").assign(tf.tensor1d([0, Number.POSITIVE_INFINITY])));
    },
  };
  await expect(drain(fit(task, tinyData(4), { steps: 3, checkpoints, checkpointEvery: 2 }))).rejects.toMatchObject({
    code: "NOT_A_NUMBER",
    message: expect.stringMatching(/"task.layer.bias" is no longer finite.* The last good checkpoint is .*step-000002\./),
  });
  expect((await checkpoints.latest())!.step).toBe(2);
});

it("stopped and resumed in a run that accumulates, it gives what an uninterrupted one does", async () => {
  const options = {
    epochs: 2,
    accumulate: 3,
    learningRate: 0.05,
    clipNorm: 1,
    groups: [{ name: "slow", match: /bias/, learningRateFactor: 0.1 }],
  };
  const whole = await (async () => {
    using tiny = tinyTask();
    return await drain(fit(tiny.task, tinyData(2), options));
  })();
  const checkpoints = checkpointFolder(folder());
  using tiny = tinyTask();
  const first: typeof whole = [];
  const controller = new AbortController();
  const stopped = async () => {
    for await (const record of fit(tiny.task, tinyData(2), { ...options, checkpoints, signal: controller.signal })) {
      first.push(record);
      if (record.type === "step" && record.step === 3) controller.abort();
    }
  };
  await expect(stopped()).rejects.toMatchObject({ code: "ABORTED" });
  using other = tinyTask();
  const rest = await drain(fit(other.task, tinyData(2), { ...options, checkpoints, resume: true }));
  expect(numbersOf([...stepsOf(first), ...stepsOf(rest)])).toEqual(numbersOf(stepsOf(whole)));
  expect(stepsOf(whole)).toHaveLength(8);
});

it("an optimiser refuses to step without a rate for each group, and changes nothing", () => {
  using tiny = tinyTask();
  const optimizer = new AdamW(tiny.parameters.trainable(), { groups: [{ name: "slow", match: /bias/ }] });
  expect(optimizer.groups).toEqual(["default", "slow"]);
  const gradient = () => tf.ones([3, 2]);
  expect(() => optimizer.step(gradient, { default: 0.1 })).toThrow(/the group "slow" needs a learning rate, got those of default/);
  expect(optimizer.stepCount).toBe(0);
  optimizer.dispose();
});

it("decays what a mask of one's own says", () => {
  using tiny = tinyTask();
  const optimizer = new AdamW(tiny.parameters.trainable(), { weightDecay: 0.5, decay: ({ name }) => name === "layer.bias" });
  tf.tidy(() => tiny.parameters.get("layer.bias").assign(tf.tensor1d([2, 4])));
  const before = tiny.parameters.get("layer.weight").dataSync();
  tf.tidy(() => optimizer.step(({ variable }) => tf.zeros(variable.shape), 0.1));
  expect(tiny.parameters.get("layer.weight").dataSync()).toEqual(before);
  expect(tiny.parameters.get("layer.bias").dataSync()).toBeAllclose([1.9, 3.8]);
  optimizer.dispose();
});
