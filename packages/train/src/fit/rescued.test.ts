import { startBackend } from "@rsdix/backend";
import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { scratchFolder as folder } from "../../../../test/scratch-folder";
import { brokenAt, numbersOf, type Rows, stepsOf, tinyData, tinyTask } from "../../test/tiny-task";
import { type BatchSource, type CheckpointStore, type FitOptions, type FitRecord, fit, type Task } from "../index";
import { checkpointFolder } from "../node";

beforeAll(async () => {
  await startBackend("cpu");
});

const data = tinyData(4);
const STEPS = { steps: 8, learningRate: 0.05, fingerprint: "mine" };

/** A batch that can't be read. */
const failsAt = (index: number, error: () => never): BatchSource<Rows> => ({
  ...data,
  batch: (step) => (step === index ? error() : data.batch(step)),
});

/** The records until a run ends, and what it ended with; asserts that it keeps no tensor. */
async function until(
  source: BatchSource<Rows>,
  options: Partial<FitOptions<Rows>>,
  change: (task: Task<Rows>) => Partial<Task<Rows>> = () => ({}),
) {
  const before = tf.memory().numTensors;
  const tiny = tinyTask();
  const records: FitRecord[] = [];
  let error: unknown;
  try {
    for await (const record of fit({ ...tiny.task, ...change(tiny.task) }, source, { ...STEPS, ...options })) records.push(record);
  } catch (caught) {
    error = caught;
  }
  tiny.parameters.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return { records, error };
}

/** As losses and models of ours are: what is no number is an error. */
const checked = (tiny: Task<Rows>): Partial<Task<Rows>> => ({
  prepare: (batch, context) =>
    batch.y.every(Number.isFinite) ? tiny.prepare(batch, context) : fail("INVALID_ARGUMENT", "y must be finite."),
});

const own = new Error("own");
const throwOwn = () => {
  throw own;
};
const throwOurs = () => fail("FILE_CORRUPT", "5.png is no image.");
const named = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) });
const LAST = "The last good checkpoint is \\S*step-000005\\.";

describe("the steps since the last checkpoint are kept", () => {
  it.each<[string, BatchSource<Rows>, Partial<FitOptions<Rows>>, (task: Task<Rows>) => Partial<Task<Rows>>, unknown]>([
    [
      "a batch of what is no number",
      brokenAt(5),
      {},
      () => ({}),
      named("NOT_A_NUMBER", RegExp(`^tiny: at step 6 the loss is NaN.*y\\[0\\] is NaN\\. ${LAST} Mend`)),
    ],
    [
      "such a batch where the loss refuses it",
      brokenAt(5),
      {},
      checked,
      named("NOT_A_NUMBER", RegExp(`^tiny: at step 6 the batch is .*y\\[0\\] is NaN\\. ${LAST} Mend`)),
    ],
    [
      "such a batch of a validation",
      data,
      { validation: { every: 5, data: brokenAt(1) } },
      checked,
      named("NOT_A_NUMBER", RegExp(`^tiny: in the validation at step 5 batch 1 .*: no learning rate helps\\. ${LAST}$`)),
    ],
    [
      "a batch that can't be read",
      failsAt(5, throwOurs),
      {},
      () => ({}),
      named("FILE_CORRUPT", RegExp(`^5\\.png is no image\\. ${LAST}$`)),
    ],
    [
      "a batch of a validation that can't be read",
      data,
      { validation: { every: 5, data: failsAt(0, throwOurs) } },
      () => ({}),
      named("FILE_CORRUPT", RegExp(`^5\\.png is no image\\. ${LAST}$`)),
    ],
    ["a batch that throws what it likes", failsAt(5, throwOwn), {}, () => ({}), own],
    ["a validation that does", data, { validation: { every: 5, run: throwOwn } }, () => ({}), own],
    ["a task that does", data, {}, () => ({ beforeStep: (step) => (step === 5 ? throwOwn() : undefined) }), own],
    [
      "a rate that is none",
      data,
      { learningRate: undefined as never, schedule: (step) => (step === 5 ? Number.NaN : 0.05) },
      () => ({}),
      named("INVALID_ARGUMENT", RegExp(`^The schedule's rate at step 5 must be .*, got NaN\\. ${LAST}$`)),
    ],
  ])("before %s ends the run, which goes on from there", async (_, source, options, change, error) => {
    const { learningRate: __, ...rest } = options;
    const rates = "schedule" in options ? { learningRate: undefined as never, schedule: () => 0.05 } : {};
    const whole = stepsOf((await until(data, rates)).records);
    const checkpoints = checkpointFolder(folder());
    const run = await until(source, { ...rates, ...rest, checkpoints }, change);
    if (error === own) expect(run.error).toBe(own);
    else expect(run.error).toMatchObject(error as object);
    expect(run.records.at(-1)).toMatchObject({ type: "checkpoint", step: 5, location: expect.stringMatching(/step-000005$/) });
    expect((await checkpoints.latest())!.step).toBe(5);
    const mended = await until(data, { ...rates, checkpoints, resume: true });
    expect(numbersOf([...stepsOf(run.records), ...stepsOf(mended.records)])).toEqual(numbersOf(whole));
  });
});

it("nothing is kept before the first step, nor twice", async () => {
  const checkpoints = checkpointFolder(folder());
  expect(await until(brokenAt(0), { checkpoints })).toMatchObject({ error: { message: expect.not.stringContaining("checkpoint") } });
  expect(await checkpoints.latest()).toBeUndefined();
  await until(data, { steps: 3, checkpoints });
  const again = await until(brokenAt(3), { checkpoints, resume: true });
  expect(again.error).toMatchObject({ message: expect.stringMatching(/step-000003\. Mend/) });
  expect(again.records.map(({ type }) => type)).toEqual(["start"]);
});

it("weights that have diverged, and those of half a step, take no checkpoint's place", async () => {
  const checkpoints = checkpointFolder(folder());
  await until(data, { steps: 2, checkpoints });
  const options = { checkpoints, resume: true };
  const { learningRate: _, ...steps } = STEPS;
  const diverging = { ...steps, ...options, learningRate: undefined as never, schedule: (step: number) => (step < 4 ? 0.05 : 1e25) };
  expect((await until(data, diverging)).error).toMatchObject(
    named("NOT_A_NUMBER", /^tiny: at step 6 .* The last good checkpoint is \S*step-000002\. Lower/),
  );
  let updates = 0;
  const afterStep = () => (++updates === 2 ? throwOwn() : undefined);
  expect((await until(data, options, () => ({ afterStep }))).error).toBe(own);
  expect((await checkpoints.latest())!.step).toBe(2);
});

it("a checkpoint that can't be written doesn't hide what ended the run", async () => {
  const full = (error: unknown): CheckpointStore => ({
    save: async () => {
      throw error;
    },
    latest: async () => undefined,
    clear: async () => undefined,
  });
  const noRoom = full(new Error("ENOSPC: no space left."));
  expect((await until(brokenAt(5), { checkpoints: noRoom })).error).toMatchObject(
    named(
      "NOT_A_NUMBER",
      /^tiny: at step 6 the loss is NaN.*y\[0\] is NaN\. The last steps couldn't be saved: ENOSPC: no space left\. Mend/,
    ),
  );
  expect((await until(failsAt(5, throwOurs), { checkpoints: full("a text") })).error).toMatchObject(
    named("FILE_CORRUPT", /^5\.png is no image\. The last steps couldn't be saved: a text\.$/),
  );
  expect((await until(failsAt(5, throwOwn), { checkpoints: noRoom })).error).toBe(own);
});
