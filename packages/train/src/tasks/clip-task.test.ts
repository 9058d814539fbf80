import { readFileSync } from "node:fs";
import { type Checkpoint, Clip, parseSafetensors } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import golden from "../fixtures/clip-task.json";
import {
  type BatchSource,
  type CheckpointStore,
  type ClipBatch,
  type ClipTaskOptions,
  clipTask,
  fit,
  type PreparedClipBatch,
  type StepRecord,
} from "../index";

const tower = { width: 8, layers: 1, heads: 2 };
const config = { embedDim: 6, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 12, contextLength: 5, endTokenId: 11 } };
const start = parseSafetensors(readFileSync(new URL("../fixtures/clip-task.safetensors", import.meta.url))).tensors;
const data: BatchSource<ClipBatch> = {
  stepsPerEpoch: 1,
  batchSize: 4,
  batch: (step) => ({
    pixels: Float32Array.from(golden.pixels[step]!),
    tokens: { ids: Int32Array.from(golden.ids[step]!), lengths: new Int32Array(4).fill(4), shape: [4, 4] },
  }),
};

async function train(options: ClipTaskOptions): Promise<{ steps: StepRecord[]; state: Checkpoint }> {
  const clip = Clip.fromCheckpoint(config, start);
  let state: Checkpoint = new Map();
  const checkpoints: CheckpointStore = {
    save: async ({ tensors }) => {
      state = tensors;
      return "memory";
    },
    latest: async () => undefined,
    clear: async () => {},
  };
  const steps: StepRecord[] = [];
  const { learningRate } = golden;
  for await (const record of fit(clipTask(clip, options), data, { steps: 6, schedule: () => learningRate, checkpoints })) {
    if (record.type === "step") steps.push(record);
  }
  clip.dispose();
  return { steps, state };
}

onEachBackend("clipTask equals PyTorch over six steps", () => {
  const close = { rtol: 2e-3, atol: 2e-4 }; // six steps at a high rate amplify float32's rounding

  it("with InfoNCE and self-distillation from an EMA teacher", async () => {
    const before = tf.memory().numTensors;
    const { steps, state } = await train({ teacher: "ema", ...golden.options });
    const [total, contrastive, distillation] = [0, 1, 2].map((part) => golden.ema.losses.map((losses) => losses[part]!));
    expect(steps.map(({ loss }) => loss.total)).toBeAllclose(total!, close);
    expect(steps.map(({ loss }) => loss.contrastive!)).toBeAllclose(contrastive!, close);
    expect(steps.map(({ loss }) => loss.distillation!)).toBeAllclose(distillation!, close);
    for (const [name, values] of Object.entries(golden.ema.student))
      expect(state.get(`task.student.${name}`)!.data, name).toBeAllclose(values, close);
    for (const [name, values] of Object.entries(golden.ema.teacher))
      expect(state.get(`task.teacher.${name}`)!.data, name).toBeAllclose(values, close);
    expect(state.get("task.distillation_scale")!.data).toBeAllclose([golden.ema.distillationScale], close);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("with InfoNCE alone, the logit scale clamped", async () => {
    const { steps, state } = await train({ teacher: "none" });
    expect(steps.map(({ loss }) => loss.total)).toBeAllclose(
      golden.none.losses.map(([, contrastive]) => contrastive!),
      close,
    );
    for (const [name, values] of Object.entries(golden.none.student))
      expect(state.get(`task.student.${name}`)!.data, name).toBeAllclose(values, close);
    expect(steps[0]!.logs.scale).toBeGreaterThan(110); // where it starts
    expect(Math.max(...steps.slice(1).map(({ logs }) => logs.scale!))).toBeLessThanOrEqual(100.001);
  });
});

describe("clipTask", () => {
  it("refuses what would do nothing or makes no sense", () => {
    const clip = Clip.fromCheckpoint(config, start);
    expect(() => clipTask(clip, { teacher: "none", alpha: 0.3, lambda: 1 })).toThrow(/without a teacher.*alpha, lambda would do nothing/);
    expect(() => clipTask(clip, { teacher: "sbert" as "ema" })).toThrow(/"ema", "none" or \{ sentenceBert \}, got "sbert"/);
    expect(() => clipTask(clip, { emaDecay: 2 })).toThrow(/emaDecay/);
    expect(() => clipTask(clip, { alpha: -0.1 })).toThrow(/alpha/);
    expect(() => clipTask(clip, { lamda: 0.1 } as ClipTaskOptions)).toThrow(/no option "lamda".*loss, teacher, alpha, emaDecay, lambda/);
    const context = { step: 0, micro: 0, training: true };
    const { tokens } = data.batch(0) as PreparedClipBatch;
    expect(() => clipTask(clip, { teacher: "none" }).prepare({ pixels: new Float32Array(9), tokens }, context)).toThrow(
      /\[4, 3, 8, 8\] pixels, got 9/,
    );
    clip.dispose();
  });
});
