import { belowPrefix, type Checkpoint, Clip, ClipCap } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { onEachBackend } from "../../../../test/tensors";
import { asCheckpoint, floats, goldenArrays, integers, joined } from "../../test/golden-arrays";
import { oneStep, steps } from "../../test/one-step";
import { expectResumes } from "../../test/resumed";
import { clipCapConfig, clipConfig } from "../../test/tiny-models";
import { differentiate, release } from "../fit/differentiate";
import golden from "../fixtures/train-steps.json";
import { type CaptionBatch, type CaptionTaskOptions, captionTask } from "../index";

const arrays = goldenArrays("train-steps");
const tokens = { ids: integers(arrays, "captions/ids"), lengths: integers(arrays, "captions/lengths"), shape: [6, 5] as const };
const embedded = { embeddings: floats(arrays, "captions/embeddings"), tokens };
const context = { step: 0, micro: 0, training: true };

function make(kind: "mlp" | "transformer"): ClipCap {
  const mapper = kind === "mlp" ? kind : { clipLength: 2, layers: 1, heads: 2 };
  return ClipCap.fromCheckpoint({ ...clipCapConfig, mapper }, belowPrefix(arrays, `start/${kind}/`));
}

const withEncoder = () => Clip.fromCheckpoint(clipConfig, belowPrefix(arrays, "start/clip/"));

type Case = ["captions-mlp" | "captions-transformer" | "captions-unlocked", "mlp" | "transformer", CaptionTaskOptions, CaptionBatch];
const CASES: Case[] = [
  ["captions-mlp", "mlp", {}, embedded],
  ["captions-transformer", "transformer", { train: ["mapper"] }, embedded],
  ["captions-unlocked", "mlp", { train: ["mapper", "gpt2", "encoder"] }, { pixels: floats(arrays, "pixels"), tokens }],
];

onEachBackend("one step of captionTask equals PyTorch's", () => {
  it.each(CASES)("%s", async (name, kind, options, batch) => {
    const before = tf.memory().numTensors;
    const clipcap = make(kind);
    const encoder = withEncoder();
    clipcap.encoder = encoder;
    const task = captionTask(clipcap, options);
    task.begin!();
    const parameters = task.trainable();
    const result = differentiate(task, batch, parameters, context);
    expect(result.loss.dataSync()).toBeAllclose([golden.cases[name].loss]);
    const gradients = new Map(parameters.map((parameter, i) => [parameter.name, result.gradients[i]!]));
    const trained = (weight: string) => gradients.has(weight);
    const all: Checkpoint = asCheckpoint(clipcap.parameters, gradients);
    const ofEncoder = new Map([...gradients].map(([key, value]) => [key.replace(/^encoder\./, ""), value]));
    for (const [key, value] of asCheckpoint(encoder.parameters, ofEncoder)) all.set(`encoder.${key}`, value);
    expect(joined(all, "", trained)).toBeAllclose(floats(arrays, `${name}/gradients`), { rtol: 1e-4, atol: 2e-6 });
    release(result);
    const start = await task.state();
    task.end!();
    const after = await oneStep(task, batch, start, golden.learningRate);
    expect(joined(after, "", trained)).toBeAllclose(floats(arrays, `${name}/updated`), { rtol: 1e-5, atol: 2e-6 });
    expect(clipcap.parameters.trainable()).toHaveLength(clipcap.parameters.specs.length); // thawed again
    clipcap.dispose();
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("with embeddings, pixels and images alike, while the encoder is frozen", async () => {
    const encoder = withEncoder();
    const images = Array.from({ length: 6 }, (_, i) => ({
      width: 6,
      height: 5,
      data: Uint8Array.from({ length: 90 }, (_, j) => (i * 37 + j * 11) % 256),
    }));
    const embeddings = await encoder.embedImages(images);
    const pixels = encoder.processor.process(images);
    const losses: Float32Array[] = [];
    for (const batch of [
      { embeddings, tokens },
      { pixels, tokens },
      { images, tokens },
    ]) {
      const clipcap = make("mlp");
      const { state } = await steps(captionTask(clipcap, { encoder }), () => batch, undefined, { steps: 3, schedule: () => 1e-2 });
      losses.push(Float32Array.from(joined(state)));
      clipcap.dispose();
    }
    expect(losses[1]).toBeAllclose(losses[0]!);
    expect(losses[2]).toBeAllclose(losses[0]!);
    encoder.dispose();
  });

  it("with dropout and a trained encoder: aborted and resumed equals uninterrupted, bit for bit", async () => {
    const before = tf.memory().numTensors;
    const tensors = await expectResumes(() => {
      const [clipcap, encoder] = [make("transformer"), withEncoder()];
      const task = captionTask(clipcap, { encoder, train: ["mapper", "gpt2", "encoder"], dropout: 0.2, mapperDropout: 0.1, seed: 4 });
      const dispose = () => [clipcap, encoder].forEach((model) => void model.dispose());
      return { task, batch: () => ({ pixels: floats(arrays, "pixels"), tokens }), dispose };
    });
    expect(new Set(tensors).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("drops by seed, step and micro-batch, and not in a validation", async () => {
    const clipcap = make("mlp");
    const loss = (options: CaptionTaskOptions, where = context) => {
      const task = captionTask(clipcap, options);
      return tf.tidy(() => task.prepare(embedded, where)().loss.dataSync()[0]!);
    };
    const dropping = { dropout: 0.3, seed: 5 };
    const plain = loss({});
    expect(loss(dropping)).not.toBe(plain);
    expect(loss(dropping)).toBe(loss({ dropout: { attention: 0.3, residual: 0.3, embedding: 0.3 }, seed: 5 }));
    const drawn = [
      loss(dropping),
      loss({ ...dropping, seed: 6 }),
      loss(dropping, { ...context, step: 1 }),
      loss(dropping, { ...context, micro: 1 }),
    ];
    expect(new Set(drawn).size).toBe(4);
    expect(loss(dropping, { ...context, training: false })).toBe(plain);
    const mapping = make("transformer");
    const mapped = (options: CaptionTaskOptions) =>
      tf.tidy(() => captionTask(mapping, options).prepare(embedded, context)().loss.dataSync()[0]!);
    const rates = [
      {},
      { mapperDropout: 0.3 },
      { mapperDropout: { residual: 0.3 } },
      { mapperDropout: 0.3, dropout: 0.1 },
      { mapperDropout: 0.3, seed: 9 },
    ];
    expect(new Set(rates.map(mapped)).size).toBe(rates.length);
    expect(mapped({ mapperDropout: 0.3 })).toBe(mapped({ mapperDropout: { attention: 0.3, residual: 0.3 } }));
    mapping.dispose();
    // A run that begins again at step 2 draws what the whole run drew there.
    const options = { steps: 4, schedule: () => 0 };
    const whole = await steps(captionTask(clipcap, dropping), () => embedded, undefined, options);
    expect(whole.records.map((record) => record.loss.total)).toEqual([0, 1, 2, 3].map((step) => loss(dropping, { ...context, step })));
    clipcap.dispose();
  });
});

describe("captionTask", () => {
  const wrong = (options: object, batch: object, sees: boolean): unknown => {
    const clipcap = make("mlp");
    if (sees) clipcap.encoder = withEncoder();
    try {
      captionTask(clipcap, options).prepare(batch as CaptionBatch, context);
    } catch (error) {
      return error;
    } finally {
      clipcap.encoder?.dispose();
      clipcap.dispose();
    }
  };
  const pixels = floats(arrays, "pixels");

  it.each<[object, object, boolean, string, string]>([
    [{ train: [] }, embedded, false, "INVALID_ARGUMENT", 'train must list at least one of "mapper", "gpt2" and "encoder", got \\[\\]'],
    [{ train: ["decoder"] }, embedded, false, "INVALID_ARGUMENT", 'got \\["decoder"\\]'],
    [{ train: ["encoder"] }, embedded, false, "INVALID_ARGUMENT", "no encoder to train"],
    [{ train: ["encoder"] }, embedded, true, "INVALID_ARGUMENT", "must have pixels or images, not embeddings"],
    [{ encoder: 5 }, embedded, false, "INVALID_ARGUMENT", "encoder must be a Clip or Siglip, got 5"],
    [{ seed: 5 }, embedded, false, "INVALID_ARGUMENT", "seed is that of dropout"],
    [{ dropout: 2 }, embedded, false, "INVALID_ARGUMENT", "dropout.attention must be .* at most 1, got 2"],
    [{ dropout: { mapper: 0.1 } }, embedded, false, "UNKNOWN_OPTION", 'dropout has no option "mapper"'],
    [{ mapperDropout: 0.1 }, embedded, false, "INVALID_ARGUMENT", "mapperDropout is for a transformer mapper"],
    [{ mapperDropout: { embedding: 0.1 } }, embedded, false, "UNKNOWN_OPTION", 'mapperDropout has no option "embedding"'],
    [{ maxTokens: 0 }, embedded, false, "INVALID_ARGUMENT", "maxTokens must be"],
    [{ rate: 1 }, embedded, false, "UNKNOWN_OPTION", 'no option "rate"'],
    [{}, { pixels, tokens }, false, "INVALID_ARGUMENT", "there is no encoder for them"],
    [{}, { pixels: pixels.slice(1), tokens }, true, "SHAPE_MISMATCH", "\\[6, 3, 4, 4\\] pixels, got 287 numbers"],
    [{}, { embeddings: new Float32Array(7), tokens }, false, "SHAPE_MISMATCH", "\\[6, 6\\] embeddings, got 7 numbers"],
    [{}, { embeddings: new Float32Array(6), captions: ["a lake"] }, false, "INVALID_ARGUMENT", "captioner has no tokenizer"],
    [{}, { embeddings: new Float32Array(6), captions: [] }, false, "INVALID_ARGUMENT", "tokens or captions"],
    [{}, { tokens }, true, "INVALID_ARGUMENT", "pixels or images"],
    [{}, { embeddings: undefined, tokens }, true, "INVALID_ARGUMENT", "pixels or images"],
    [{}, { embeddings: new Float32Array(6), tokens: undefined }, false, "INVALID_ARGUMENT", "tokens or captions"],
  ])("refuses %o", (options, batch, sees, code, message) => {
    expect(wrong(options, batch, sees)).toMatchObject({ name: "RsdixError", code, message: expect.stringMatching(message) });
  });
});
