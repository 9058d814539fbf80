import { startBackend } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { exactly, refusal } from "../../../../test/refusal";
import { scratchFolder as folder } from "../../../../test/scratch-folder";
import { brokenAt, numbersOf, type Rows, stepsOf, tinyData, tinyTask } from "../../test/tiny-task";
import { AdamW, fit, type Task } from "../index";
import { checkpointFolder } from "../node";

beforeAll(async () => {
  await startBackend("cpu");
});

it("names the last good checkpoint, that which it was resumed from or made before it ended", async () => {
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
  await expect(broken(9, { accumulate: 2, steps: 8 })).rejects.toThrow(/at step 5 the loss is NaN.*step-000004/);
  expect((await checkpoints.latest())!.step).toBe(4);
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

it("an optimiser refuses gradients and averages that do not fit before it changes any weight", () => {
  using tiny = tinyTask();
  const optimizer = new AdamW(tiny.parameters.trainable());
  const weights = () => tiny.parameters.trainable().map(({ variable }) => [...variable.dataSync()]);
  const before = weights();
  const tensors = tf.memory().numTensors;
  const refused = (bias: () => tf.Tensor | undefined, code: string, message: RegExp, average?: tf.Variable) => {
    const gradient = ({ name, variable }: { name: string; variable: tf.Variable }) =>
      name === "layer.bias" ? bias() : tf.ones(variable.shape, "float32");
    const of = (name: string) => (name === "layer.bias" ? average : undefined);
    expect(() => optimizer.step(gradient as () => tf.Tensor, 0.1, { of, decay: () => 0.5 })).toThrow(refusal(code, message));
    expect(weights()).toEqual(before);
    expect(optimizer.stepCount).toBe(0);
  };
  refused(() => undefined, "INVALID_ARGUMENT", /the gradient of "layer\.bias" must be a float32 tensor, got undefined\./);
  refused(() => tf.zeros([2], "int32"), "INVALID_ARGUMENT", /the gradient of "layer\.bias" must be a float32 tensor, got int32\./);
  refused(() => tf.zeros([3]), "SHAPE_MISMATCH", /The weight "layer\.bias" and its gradient must have the same shape, got \[2\] and \[3\]/);
  const average = tf.tidy(() => tf.variable(tf.zeros([4])));
  refused(() => tf.zeros([2]), "SHAPE_MISMATCH", /and its average must have the same shape, got \[2\] and \[4\]/, average);
  average.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
  tf.tidy(() => optimizer.step(({ variable }) => tf.ones(variable.shape), 0.1, undefined, 0));
  expect(tiny.parameters.get("layer.bias").dataSync()).toEqual(Float32Array.from(before[1]!)); // a gradient times 0 moves nothing
  optimizer.dispose();
});

it("refuses two trainable weights of one name, and one variable twice", async () => {
  using one = tinyTask();
  using two = tinyTask();
  const [first, second] = [one.parameters.trainable(), two.parameters.trainable()];
  const train = (trainable: typeof first) =>
    drain(fit({ ...one.task, trainable: () => trainable }, tinyData(4), { steps: 1, learningRate: 0.1 }));
  await expect(train([...first, ...second])).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: 'AdamW: two trainable weights are named "layer.weight". Give each a name of its own.',
  });
  await expect(train([...first, { ...first[1]!, name: "again" }])).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: 'AdamW: "again" and "layer.bias" are one variable, which would be updated twice. List it once.',
  });
  expect(() => new AdamW(undefined as never)).toThrow(
    refusal("INVALID_ARGUMENT", exactly("AdamW needs a list of trainable parameters, got undefined.")),
  );
});
