import { belowPrefix, type Checkpoint } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import { asCheckpoint, floats, goldenArrays, integers, joined } from "../../test/golden-arrays";
import { oneStep, steps } from "../../test/one-step";
import { differentiate, release } from "../fit/differentiate";
import golden from "../fixtures/train-steps.json";
import { contrastiveHeadTask, featureBatches, featurePairBatches, Head, headTask } from "../index";

const arrays = goldenArrays("train-steps");
const context = { step: 0, micro: 0, training: true };
const close = { rtol: 1e-5, atol: 2e-6 };
const scalar = (value: number) => ({ dtype: "float32" as const, shape: [], data: Float32Array.of(value) });

onEachBackend("one step of a head equals PyTorch's", () => {
  it("an MLP with label smoothing", async () => {
    const before = tf.memory().numTensors;
    const head = Head.fromCheckpoint({ inputWidth: 6, outputWidth: 3, hidden: [7] }, belowPrefix(arrays, "start/head/"));
    const task = headTask(head, { labelSmoothing: 0.1 });
    const batch = { features: floats(arrays, "features/image"), labels: integers(arrays, "labels") };
    const parameters = task.trainable();
    const result = differentiate(task, batch, parameters, context);
    expect(result.loss.dataSync()).toBeAllclose([golden.cases.head.loss]);
    expect(result.logs.accuracy!.dataSync()).toBeAllclose([golden.cases.head.accuracy]);
    const gradients = new Map(parameters.map(({ name }, i) => [name, result.gradients[i]!]));
    expect(joined(asCheckpoint(head.parameters, gradients))).toBeAllclose(floats(arrays, "head/gradients"), close);
    release(result);
    const after = await oneStep(task, batch, await task.state(), golden.learningRate);
    expect(joined(after)).toBeAllclose(floats(arrays, "head/updated"), close);
    head.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("two linear ones under InfoNCE", async () => {
    const before = tf.memory().numTensors;
    const heads = {
      image: Head.fromCheckpoint({ inputWidth: 6, outputWidth: 4 }, belowPrefix(arrays, "start/heads/image.")),
      text: Head.fromCheckpoint({ inputWidth: 5, outputWidth: 4 }, belowPrefix(arrays, "start/heads/text.")),
    };
    const task = contrastiveHeadTask(heads);
    const batch = { image: floats(arrays, "features/image"), text: floats(arrays, "features/text") };
    task.begin!();
    const state: Checkpoint = new Map([...(await task.state()), ["logit_scale", scalar(2.5)]]);
    task.restore(state);
    const parameters = task.trainable();
    const result = differentiate(task, batch, parameters, context);
    const { loss, accuracy, scale } = golden.cases.heads;
    expect([result.loss, result.logs.accuracy!, result.logs.scale!].map((value) => value.dataSync()[0]!)).toBeAllclose([
      loss,
      accuracy,
      scale,
    ]);
    expect(result.gradients.at(-1)!.dataSync()).toBeAllclose(floats(arrays, "heads/own/logit_scale/gradient"), close);
    release(result);
    task.end!();
    const after = await oneStep(task, batch, state, golden.learningRate);
    expect(joined(after, "", (name) => name !== "logit_scale")).toBeAllclose(floats(arrays, "heads/updated"), close);
    expect(after.get("logit_scale")!.data).toBeAllclose(floats(arrays, "heads/own/logit_scale/updated"), close);
    heads.image.dispose();
    heads.text.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

onEachBackend("heads", () => {
  it("learn from cached features: classes, and pairs with either loss", async () => {
    const before = tf.memory().numTensors;
    const labels = Array.from({ length: 12 }, (_, i) => i % 3);
    const values = Float32Array.from({ length: 12 * 4 }, (_, i) => Math.sin(i * 2.1) * 0.3 + (i % 4 === labels[i >> 2]! ? 1 : 0));
    const head = Head.fromConfig({ inputWidth: 4, outputWidth: 3 }, 1);
    const data = featureBatches({ features: { values, dim: 4 }, labels, batchSize: 6, seed: 1 });
    const { records } = await steps(headTask(head), (step) => data.batch(step) as never, undefined, { steps: 30, schedule: () => 0.1 });
    expect(records.at(-1)!.logs.accuracy).toBe(1);
    const probabilities = await head.predict(values);
    for (const [i, label] of labels.entries()) {
      const row = probabilities.subarray(3 * i, 3 * i + 3);
      expect(row.indexOf(Math.max(...row))).toBe(label);
      expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
    head.dispose();
    for (const loss of ["infoNCE", "sigmoid"] as const) {
      const heads = {
        image: Head.fromConfig({ inputWidth: 4, outputWidth: 8, hidden: [16] }, 1),
        text: Head.fromConfig({ inputWidth: 2, outputWidth: 8 }, 2),
      };
      const text = { values: Float32Array.from({ length: 24 * 2 }, (_, i) => Math.cos(i * 1.3)), dim: 2 };
      const owners = Array.from({ length: 24 }, (_, i) => i % 12);
      const pairs = featurePairBatches({ image: { values, dim: 4 }, text, owners, batchSize: 6, seed: 1 });
      const task = contrastiveHeadTask(heads, { loss });
      const run = await steps(task, (step) => pairs.batch(step) as never, undefined, { steps: 20, schedule: () => 0.02 });
      expect(run.records.at(-1)!.loss.total).toBeLessThan(run.records[0]!.loss.total * 0.9);
      expect([...run.state.keys()].includes("logit_bias")).toBe(loss === "sigmoid");
      const embedded = await heads.image.embed(values);
      expect(Math.hypot(...embedded.subarray(0, 8))).toBeCloseTo(1, 5);
      heads.image.dispose();
      heads.text.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuse what doesn't fit", () => {
    expectNoLeak(() => {
      const head = Head.fromConfig({ inputWidth: 2, outputWidth: 3 }, 1);
      const other = Head.fromConfig({ inputWidth: 2, outputWidth: 4 }, 1);
      const third = Head.fromConfig({ inputWidth: 2, outputWidth: 3 }, 2);
      const task = headTask(head);
      tf.tidy(() => {
        expect(() => task.prepare({ features: new Float32Array(3), labels: new Int32Array(2) }, context)).toThrow(
          refusal("SHAPE_MISMATCH", "2 labels need \\[2, 2\\] features, got 3"),
        );
        expect(() => task.prepare({ features: new Float32Array(2), labels: Int32Array.of(3) }, context)).toThrow(
          refusal("INVALID_ARGUMENT", "labels are whole numbers from 0 to 2, got 3"),
        );
        for (const label of [0.5, Number.NaN, "1"]) {
          const labels = [label] as unknown as Int32Array;
          expect(() => task.prepare({ features: new Float32Array(2), labels }, context)).toThrow(
            refusal("INVALID_ARGUMENT", `whole numbers from 0 to 2, got ${label}`),
          );
        }
        expect(() => task.prepare({ features: new Float32Array(0), labels: new Int32Array(0) }, context)).toThrow(
          refusal("EMPTY_DATA", "a batch needs at least one feature"),
        );
        expect(() => task.prepare(undefined as never, context)).toThrow(
          refusal("INVALID_ARGUMENT", "^headTask: a batch must be an object, got undefined\\.$"),
        );
        expect(() => task.prepare({ features: new Float32Array(2) } as never, context)).toThrow(
          refusal("INVALID_ARGUMENT", "^headTask: a batch needs labels, got undefined\\.$"),
        );
        const pairs = contrastiveHeadTask({ image: head, text: third });
        expect(() => pairs.prepare(5 as never, context)).toThrow(
          refusal("INVALID_ARGUMENT", "contrastiveHeadTask: a batch must be an object, got 5"),
        );
        expect(() => pairs.prepare({ image: new Float32Array(2), text: new Float32Array(4) }, context)).toThrow(
          refusal("SHAPE_MISMATCH", "each image needs its text, got 1 and 2"),
        );
        expect(() => pairs.prepare({ image: new Float32Array(3), text: new Float32Array(4) }, context)).toThrow(
          refusal("SHAPE_MISMATCH", "image must hold features of 2 numbers, got 3"),
        );
      });
      expect(() => headTask(head, { labelSmoothing: 1 })).toThrow(refusal("INVALID_ARGUMENT", "labelSmoothing must be"));
      expect(() => headTask(head, { smoothing: 1 } as object)).toThrow(refusal("UNKNOWN_OPTION", 'no option "smoothing"'));
      expect(() => contrastiveHeadTask({ image: head, text: other })).toThrow(refusal("SHAPE_MISMATCH", "same outputWidth, got 3 and 4"));
      expect(() => contrastiveHeadTask({ image: head, text: head })).toThrow(
        refusal("INVALID_ARGUMENT", "must be heads of their own, got one head twice"),
      );
      expect(() => contrastiveHeadTask({ image: head, text: third }, { loss: "mse" as "sigmoid" })).toThrow(
        refusal("INVALID_ARGUMENT", 'got "mse"'),
      );
      expect(() => Head.fromConfig({ inputWidth: 2, outputWidth: 3, activation: "sine" as "relu" }, 1)).toThrow(
        refusal("INVALID_ARGUMENT", "activation must be one of quickGelu, gelu, geluTanh, relu, tanh, got sine"),
      );
      expect(() => Head.fromConfig({ inputWidth: 0, outputWidth: 3 }, 1)).toThrow(refusal("INVALID_ARGUMENT", "inputWidth must be"));
      expect(() => Head.fromConfig({ inputWidth: 1, outputWidth: 3, hidden: [0] }, 1)).toThrow(
        refusal("INVALID_ARGUMENT", "A width of hidden"),
      );
      for (const one of [head, other, third]) one.dispose();
    });
  });
});

describe("featureBatches and featurePairBatches", () => {
  const features = { values: Float32Array.from({ length: 10 }, (_, i) => i), dim: 2 };
  it("depend on seed and step alone, and keep rows together", async () => {
    const make = (seed = 1) => featureBatches({ features, labels: [0, 1, 2, 3, 4], batchSize: 2, seed });
    const batches = [0, 1, 2, 3].map((step) => make().batch(step));
    expect([3, 2, 1, 0].map((step) => make().batch(step)).reverse()).toEqual(batches);
    expect(make().stepsPerEpoch).toBe(2);
    for (const batch of await Promise.all(batches)) {
      batch.labels.forEach((label, i) => void expect([...batch.features.subarray(2 * i, 2 * i + 2)]).toEqual([2 * label, 2 * label + 1]));
    }
    const pairs = featurePairBatches({
      image: features,
      text: { values: Float32Array.of(4, 0, 1, 2, 3, 4), dim: 1 },
      owners: [4, 0, 1, 2, 3, 4],
      batchSize: 5,
      seed: 3,
    });
    const { image, text } = await pairs.batch(0);
    expect([...text]).toEqual([...image].filter((_, i) => i % 2 === 0).map((value) => value / 2));
  });

  it.each<[object, string, string]>([
    [{ labels: [1] }, "SHAPE_MISMATCH", "5 features need as many labels, got 1"],
    [{ labels: [0, 1, 2, 3, -1] }, "INVALID_ARGUMENT", "labels\\[4\\] must be"],
    [{ batchSize: 6 }, "EMPTY_DATA", "5 items are fewer"],
    [{ features: { values: new Float32Array(5), dim: 2 } }, "SHAPE_MISMATCH", "whole rows of 2 numbers, got 5"],
    [{ shuffle: true }, "UNKNOWN_OPTION", 'no option "shuffle"'],
    [{ features: undefined }, "INVALID_ARGUMENT", "features must be { values, dim } with values in a Float32Array, got undefined"],
    [{ features: { values: [1, 2], dim: 2 } }, "INVALID_ARGUMENT", "in a Float32Array, got values that are \\[object Array\\]"],
  ])("refuse %o", (extra, code, message) => {
    const options = { features, labels: [0, 1, 2, 3, 4], batchSize: 2, seed: 1, ...extra };
    expect(() => featureBatches(options)).toThrow(refusal(code, message));
  });

  it("refuse texts without an image, and images without a text", () => {
    const make = (owners: number[]) => featurePairBatches({ image: features, text: features, owners, batchSize: 2, seed: 1 });
    expect(() => make([0, 1])).toThrow(refusal("SHAPE_MISMATCH", "5 texts need as many owners, got 2"));
    expect(() => make([0, 1, 2, 3, 5])).toThrow(refusal("INVALID_ARGUMENT", "owners\\[4\\] must be .* at most 4"));
    expect(() => make([0, 1, 2, 3, 3])).toThrow(refusal("EMPTY_DATA", "image 4 has no text"));
  });
});
