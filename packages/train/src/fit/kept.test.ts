import { startBackend } from "@rsdix/backend";
import { batches, type ImageDataset } from "@rsdix/data";
import { encodePng } from "@rsdix/image/node";
import { Clip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { scratchFolder as folder } from "../../../../test/scratch-folder";
import { numbersOf, type Rows, stepsOf, tinyData, tinyTask } from "../../test/tiny-task";
import { type BatchSource, clipTask, contrastiveHeadTask, type FitOptions, type FitRecord, fit, Head, headTask } from "../index";
import { checkpointFolder } from "../node";

beforeAll(async () => {
  await startBackend("cpu");
});

/** The records until a run ends, and what it ended with. */
async function until(records: AsyncIterable<FitRecord>): Promise<{ records: FitRecord[]; error: unknown }> {
  const seen: FitRecord[] = [];
  try {
    for await (const record of records) seen.push(record);
    return { records: seen, error: undefined };
  } catch (error) {
    return { records: seen, error };
  }
}

describe("a signal that comes while data are read", () => {
  it.each([1, 3])("keeps all whole steps, and the run goes on to the same numbers (%i batches a step)", async (accumulate) => {
    const options = { steps: 6, accumulate, learningRate: 0.05 };
    using whole = tinyTask();
    const all = stepsOf(await drain(fit(whole.task, tinyData(4), options)));
    const checkpoints = checkpointFolder(folder());
    const controller = new AbortController();
    const data = tinyData(4);
    const stopping: BatchSource<Rows> = {
      ...data,
      async batch(step) {
        if (step !== 4 * accumulate - 1) return data.batch(step); // of the fourth step
        controller.abort(new Error("interrupted"));
        throw Object.assign(new Error("Batches were stopped by the signal."), { code: "ABORTED" });
      },
    };
    using tiny = tinyTask();
    const first = await until(fit(tiny.task, stopping, { ...options, checkpoints, signal: controller.signal }));
    expect(first.error).toMatchObject({
      code: "ABORTED",
      message: expect.stringMatching(/^tiny: stopped after step 3 of 6\. The checkpoint is .*step-000003; go on with resume: true\.$/),
    });
    expect(first.records.at(-1)).toMatchObject({ type: "checkpoint", step: 3 });
    expect((await checkpoints.latest())!.details).toMatchObject({ batches: 3 * accumulate, position: { step: 3 * accumulate } });
    using other = tinyTask();
    const rest = await drain(fit(other.task, tinyData(4), { ...options, checkpoints, resume: true }));
    expect(numbersOf([...stepsOf(first.records), ...stepsOf(rest)])).toEqual(numbersOf(all));
  });

  it("does the same with batches that the signal stops", async () => {
    const png = await encodePng({ width: 8, height: 8, data: new Uint8Array(192).map((_, i) => i) });
    const controller = new AbortController();
    let reads = 0;
    const read = async () => {
      if (++reads === 7) controller.abort(new Error("interrupted"));
      return png;
    };
    const names = Array.from({ length: 12 }, (_, i) => `${i}.png`);
    const files = { name: "memory", names: async () => names, read, close: async () => undefined };
    const images = names.map((filename, imgid) => ({ filename, imgid, split: "train" as const, sentences: [{ raw: "a lake" }] }));
    const dataset: ImageDataset = { dataset: "tiny", images, files };
    const tower = { width: 16, layers: 1, heads: 2 };
    const text = { ...tower, vocabSize: 10, contextLength: 4 };
    const clip = Clip.fromConfig({ embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text }, 1);
    const { signal } = controller;
    const tokenize = (texts: string[]) => ({
      ids: Int32Array.from(texts.flatMap((_, i) => [8, i + 1, 9])),
      lengths: Int32Array.from(texts, () => 3),
      shape: [texts.length, 3] as [number, number],
    });
    const data = batches(dataset, { batchSize: 2, seed: 1, preprocess: { size: 8 }, tokenize, prefetch: 0, signal });
    const checkpoints = checkpointFolder(folder());
    const run = await until(fit(clipTask(clip), data, { steps: 6, learningRate: 1e-3, checkpoints, signal }));
    await data.close();
    clip.dispose();
    expect(run.error).toMatchObject({ code: "ABORTED" });
    expect(stepsOf(run.records)).toHaveLength(3);
    expect((await checkpoints.latest())!.step).toBe(3);
  });
});

describe("a metric to be led by that no validation gives", () => {
  const watching: Partial<FitOptions>[] = [{ keepBest: { metric: "nosuch" } }, { earlyStopping: { metric: "nosuch", patience: 1 } }];
  it.each(watching)("is refused before the first step where it can be known, and nothing is removed (%j)", async (watch) => {
    const checkpoints = checkpointFolder(folder());
    using tiny = tinyTask();
    await drain(fit(tiny.task, tinyData(4), { steps: 1, learningRate: 0.01, checkpoints }));
    const refused = async (validation: object, names: string) => {
      const tensors = tf.memory().numTensors;
      const options = { steps: 4, learningRate: 0.01, overwrite: true, checkpoints, ...watch, validation: { every: 2, ...validation } };
      const run = await until(fit(tiny.task, tinyData(4), options));
      expect(run.records).toEqual([]);
      expect(run.error).toMatchObject({
        code: "INVALID_ARGUMENT",
        message: `fit: ${Object.keys(watch)[0]}'s metric "nosuch" isn't among what the validation measures: ${names}.`,
      });
      expect((await checkpoints.latest())!.step).toBe(1);
      expect(tf.memory().numTensors).toBe(tensors);
    };
    await refused({ data: tinyData(8) }, "loss, half, size");
    await refused({ data: tinyData(8), run: () => ({ bleu1: 1 }), measures: ["bleu1"] }, "loss, half, size, bleu1");
    await refused({ run: () => ({ bleu1: 1 }), measures: ["bleu1"] }, "bleu1");
  });

  it.each(watching)("else ends the run after a checkpoint, from which it goes on (%j)", async (watch) => {
    const checkpoints = checkpointFolder(folder());
    const options = { steps: 4, learningRate: 0.01, checkpoints, validation: { every: 2, run: () => ({ loss: 1 }) } };
    using tiny = tinyTask();
    const run = await until(fit(tiny.task, tinyData(4), { ...options, ...watch }));
    expect(run.records.map(({ type }) => type)).toEqual(["start", "step", "step", "checkpoint"]);
    expect(run.error).toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(
        /"nosuch" isn't among what the validation measures: loss\. The last good checkpoint is .*step-000002\.$/,
      ),
    });
    const rest = await drain(fit(tiny.task, tinyData(4), { ...options, resume: true, keepBest: { metric: "loss" } }));
    expect(rest.map(({ type, step }) => [type, step])).toEqual([
      ["start", 2],
      ["validation", 2],
      ["checkpoint", 2],
      ["step", 3],
      ["step", 4],
      ["validation", 4],
      ["checkpoint", 4],
      ["end", 4],
    ]);
  });

  it("that is measured is taken, with names of a run that only the run gives", async () => {
    using tiny = tinyTask();
    const validation = { every: 1, data: tinyData(8), run: () => ({ bleu1: 1 }) };
    const watched = (metric: string, extra: object = {}) =>
      drain(
        fit(tiny.task, tinyData(4), {
          steps: 1,
          learningRate: 0,
          validation: { ...validation, ...extra },
          earlyStopping: { metric, patience: 2 },
        }),
      );
    for (const metric of ["bleu1", "size"]) expect((await watched(metric)).at(-1)).toMatchObject({ best: { metric } });
    expect((await watched("bleu1", { measures: ["bleu1"] })).at(-1)).toMatchObject({ best: { metric: "bleu1", value: 1 } });
  });
});

it("counts the items that a batch has, not those that it might have", async () => {
  using tiny = tinyTask();
  const data = { ...tinyData(4), batchSize: 1e9 };
  const rate = async (task: typeof tiny.task) => {
    const [step] = stepsOf(await drain(fit(task, data, { steps: 1, accumulate: 2, learningRate: 0.01 })));
    return step!.itemsPerSecond * step!.seconds;
  };
  expect(await rate({ ...tiny.task, itemsIn: ({ y }) => y.length / 2 })).toBeCloseTo(8, 6);
  expect(await rate(tiny.task)).toBeCloseTo(2e9, 0);
  const [image, text] = [Head.fromConfig({ inputWidth: 2, outputWidth: 3 }, 1), Head.fromConfig({ inputWidth: 4, outputWidth: 3 }, 2)];
  expect(headTask(image).itemsIn!({ features: new Float32Array(10), labels: new Int32Array(5) })).toBe(5);
  const pairs = { image: new Float32Array(6), text: new Float32Array(12) };
  expect(contrastiveHeadTask({ image, text }).itemsIn!(pairs)).toBe(3);
  image.dispose();
  text.dispose();
});
