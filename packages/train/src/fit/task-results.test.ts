import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { refusal } from "../../../../test/refusal";
import { onEachBackend } from "../../../../test/tensors";
import { type Rows, stepsOf, tinyData, tinyTask } from "../../test/tiny-task";
import { type FitOptions, fit, type Task, type TaskLoss, type ValidationRecord } from "../index";

/** What a task may give instead of what it should. */
type Give = (loss: tf.Scalar, call: number) => unknown;

/** Trains a task whose loss a function changes. */
async function run(give: Give, options: FitOptions<Rows>, change: Partial<Task<Rows>> = {}) {
  using tiny = tinyTask();
  let calls = 0;
  const prepare: Task<Rows>["prepare"] = (batch, context) => {
    const compute = tiny.task.prepare(batch, context);
    return () => give(compute().loss, calls++) as TaskLoss;
  };
  return await drain(fit({ ...tiny.task, prepare, ...change }, tinyData(4), options));
}

/** The same; asserts that nothing of it stays, whether it fails or not. */
async function train(give: Give, options: FitOptions<Rows> = { steps: 1, learningRate: 0.1 }, change: Partial<Task<Rows>> = {}) {
  const before = tf.memory().numTensors;
  try {
    return await run(give, options, change);
  } finally {
    expect(tf.memory().numTensors).toBe(before);
  }
}

const one = () => tf.scalar(1);
const refused = (code: string, message: string) => refusal(code, expect.stringContaining(message));
const metricsOf = (records: Awaited<ReturnType<typeof train>>) =>
  records.filter((record): record is ValidationRecord => record.type === "validation").at(-1)!.metrics;

onEachBackend("what a task gives", () => {
  it.each<[string, Give, ReturnType<typeof refused>]>([
    ["no loss", () => ({}), refused("SHAPE_MISMATCH", "tiny: the loss must be a scalar, a tensor of shape [], got undefined.")],
    ["nothing", () => undefined, refused("SHAPE_MISMATCH", "tiny: the loss must be a scalar, a tensor of shape [], got undefined.")],
    ["a promise", async (loss) => ({ loss }), refused("INVALID_ARGUMENT", "tiny: the loss must be computed at once, got a promise.")],
    [
      "null for logs",
      (loss) => ({ loss, logs: null }),
      refused("INVALID_ARGUMENT", "tiny: logs must be scalars by name, or left out, got null."),
    ],
    [
      "a number for parts",
      (loss) => ({ loss, parts: 5 }),
      refused("INVALID_ARGUMENT", "tiny: parts must be scalars by name, or left out, got 5."),
    ],
    [
      "a loss of no weight",
      () => ({ loss: one() }),
      refused("INVALID_ARGUMENT", 'tiny: the loss depends on none of the 2 trainable weights, the first being "layer.weight".'),
    ],
    [
      "a vector",
      (loss) => ({ loss: tf.reshape(loss, [1]) }),
      refused("SHAPE_MISMATCH", "tiny: the loss must be a scalar, a tensor of shape [], got shape [1]."),
    ],
    [
      "whole numbers",
      () => ({ loss: tf.scalar(1, "int32") }),
      refused("INVALID_ARGUMENT", "tiny: the loss must be float32, got int32, which has no gradient."),
    ],
    [
      "a log that is a vector",
      (loss) => ({ loss, logs: { rows: tf.ones([2]) } }),
      refused("SHAPE_MISMATCH", 'tiny: the log "rows" must be a scalar, a tensor of shape [], got shape [2].'),
    ],
    [
      "a part that is a number",
      (loss) => ({ loss, parts: { half: 2 } }),
      refused("SHAPE_MISMATCH", 'tiny: the part "half" must be a scalar, a tensor of shape [], got 2.'),
    ],
  ])("is refused by name: %s", async (_, give, error) => {
    await expect(run(give, { steps: 1, learningRate: 0.1 })).rejects.toMatchObject(error);
  });

  it("is refused where nothing computes it, and where no weight can be trained", async () => {
    await expect(train(() => ({ loss: one() }), undefined, { prepare: () => 5 as never })).rejects.toMatchObject(
      refused("INVALID_ARGUMENT", "tiny: prepare must give a function that computes the loss, got 5."),
    );
    const before = tf.memory().numTensors;
    const tiny = tinyTask();
    tiny.parameters.setTrainable(/./, false);
    const all = ["layer.weight", "layer.bias"].map((name) => ({ name, variable: tiny.parameters.get(name) as tf.Variable, decay: false }));
    const frozen = drain(fit({ ...tiny.task, trainable: () => all }, tinyData(4), { steps: 1, learningRate: 0.1 }));
    await expect(frozen).rejects.toThrow(refused("INVALID_ARGUMENT", "tiny: the loss depends on none of the 2 trainable weights"));
    tiny.parameters.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is recorded whatever its dtype, also where a weight is loss, log or gradient", async () => {
    const logs = () => ({ right: tf.scalar(3, "int32"), all: tf.scalar(true, "bool") });
    const records = await train((loss) => ({ loss, logs: logs() }), { steps: 2, learningRate: 0.1, validation: { data: tinyData(12) } });
    for (const step of stepsOf(records)) expect(step.logs).toEqual({ right: 3, all: 1 });
    expect(metricsOf(records)).toMatchObject({ right: 3, all: 1 });

    const before = tf.memory().numTensors;
    const scalar = tf.tidy(() => tf.variable(tf.scalar(2)));
    const task: Task<Rows> = {
      name: "own",
      trainable: () => [{ name: "w", variable: scalar, decay: false }],
      prepare: () => () => ({ loss: scalar as tf.Scalar, logs: { w: scalar as tf.Scalar } }),
      state: async () => new Map(),
      restore: () => undefined,
    };
    const options = { steps: 2, schedule: () => 0.5, validation: { data: tinyData(12) } };
    expect(stepsOf(await drain(fit(task, tinyData(4), options))).map(({ loss, logs }) => [loss.total, logs.w])).toEqual([
      [2, 2],
      [1.5, 1.5],
    ]);
    const own = { ...task, valueAndGradients: () => ({ loss: scalar as tf.Scalar, gradients: [scalar] }) };
    await drain(fit(own, tinyData(4), { steps: 2, schedule: () => 0.5 }));
    expect(scalar.isDisposed).toBe(false);
    expect(scalar.dataSync()[0]).toBeLessThan(1); // further down
    scalar.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([0, 1])("has the same names in each batch of a step (given by number %i alone)", async (call) => {
    const failed = train((loss, index) => ({ loss, logs: index === call ? { rare: one() } : {} }), {
      steps: 1,
      learningRate: 0.1,
      accumulate: 2,
    });
    await expect(failed).rejects.toMatchObject(
      refused("INVALID_ARGUMENT", `tiny: only some of a step's logs have "rare", of which there is no mean.`),
    );
  });

  it("keeps its name in a validation, whatever it is, and is the mean over the batches that have it", async () => {
    const options: FitOptions<Rows> = { steps: 1, learningRate: 0, validation: { data: tinyData(4) } };
    const named = await train(
      (loss) => ({
        loss,
        logs: Object.fromEntries([
          ["constructor", one()],
          ["__proto__", tf.scalar(2)],
        ]),
      }),
      options,
    );
    expect(Object.entries(metricsOf(named)).filter(([name]) => name !== "loss")).toEqual([
      ["constructor", 1],
      ["__proto__", 2],
    ]);
    const rare = await train((loss, call) => ({ loss, logs: call === 2 ? { rare: tf.scalar(3) } : {} }), options);
    expect(metricsOf(rare).rare).toBe(3);
  });

  it.each<[string, Give, string]>([
    ["part", (loss) => ({ loss, parts: { loss: one() } }), '"loss" would be the loss itself'],
    ["log", (loss) => ({ loss, logs: { loss: one() } }), '"loss" would be the loss itself'],
    ["part and log", (loss) => ({ loss, parts: { x: one() }, logs: { x: one() } }), '"x" would be a part of the loss and a log'],
  ])("can't have a name twice in a validation: %s", async (_, give, message) => {
    let steps = 0;
    const afterStep = () => void steps++;
    const failed = train(give, { steps: 6, learningRate: 0.1, validation: { data: tinyData(12) } }, { afterStep });
    await expect(failed).rejects.toThrow(refused("INVALID_ARGUMENT", `tiny: in a validation ${message}`));
    expect(steps).toBe(0); // said at the first step
    expect(stepsOf(await train(give))).toHaveLength(1);
  });
});
