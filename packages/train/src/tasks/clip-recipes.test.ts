import { BertTokenizer, belowPrefix, type Checkpoint, Clip, ClipTokenizer, type SentenceBert, Siglip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, vi } from "vitest";
import { refusal } from "../../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import { floats, goldenArrays, integers } from "../../test/golden-arrays";
import { steps } from "../../test/one-step";
import { expectResumes } from "../../test/resumed";
import { BERT_VOCABULARY, captionsOf, clipConfig, goldenBert, siglipConfig } from "../../test/tiny-models";
import { differentiate, release } from "../fit/differentiate";
import { type ClipBatch, type ClipTaskOptions, clipTask } from "../index";

const arrays = goldenArrays("train-steps");
const context = { step: 0, micro: 0, training: true };
const captions = captionsOf(integers(arrays, "words"));

const makeClip = () => Clip.fromCheckpoint(clipConfig, belowPrefix(arrays, "start/clip/"));
const makeSiglip = () => Siglip.fromCheckpoint(siglipConfig, belowPrefix(arrays, "start/siglip/"));
const batchOf = (model: Clip | Siglip) => {
  const ids = integers(arrays, model instanceof Clip ? "clipIds" : "siglipIds");
  return { pixels: floats(arrays, "pixels"), tokens: { ids, lengths: new Int32Array(6).fill(4), shape: [6, 4] as const }, captions };
};
const makeBert = () => {
  const bert = goldenBert(arrays);
  bert.tokenizer = BertTokenizer.fromVocab(BERT_VOCABULARY);
  return bert;
};

type Recipe = [string, () => Clip | Siglip, (bert: SentenceBert) => ClipTaskOptions];
const RECIPES: Recipe[] = [
  ["InfoNCE", makeClip, () => ({ teacher: "none" })],
  ["self-distillation", makeClip, () => ({})],
  ["similarities of a Sentence-BERT", makeClip, (sentenceBert) => ({ teacher: { sentenceBert } })],
  ["a projected Sentence-BERT", makeClip, (sentenceBert) => ({ teacher: { sentenceBert, mode: "projected", seed: 3 } })],
  ["sigmoids of CLIP", makeClip, () => ({ loss: "sigmoid" })],
  ["sigmoids of SigLIP with a Sentence-BERT", makeSiglip, (sentenceBert) => ({ teacher: { sentenceBert } })],
];

onEachBackend("recipes of clipTask", () => {
  it.each(RECIPES)("%s: GradCache and tiles give the whole batch's loss and gradients", (_, make, optionsOf) => {
    expectNoLeak(() => {
      const bert = makeBert();
      const model = make();
      const run = (extra: ClipTaskOptions) => {
        const task = clipTask(model, { ...optionsOf(bert), ...extra });
        task.begin!();
        const result = differentiate(task, batchOf(model), task.trainable(), context);
        const scalars = [...Object.entries(result.parts), ...Object.entries(result.logs)].map(
          ([name, value]) => [name, value.dataSync()[0]!] as const,
        );
        const read = {
          loss: result.loss.dataSync()[0]!,
          scalars,
          gradients: result.gradients.flatMap((gradient) => [...gradient.dataSync()]),
        };
        release(result);
        task.end!();
        return read;
      };
      const whole = run({});
      const validated = (chunk?: number) => {
        const task = clipTask(model, { ...optionsOf(bert), ...(chunk && { chunk }) });
        task.begin!();
        const loss = tf.tidy(() =>
          task
            .prepare(batchOf(model), { ...context, training: false })()
            .loss.dataSync(),
        );
        task.end!();
        return loss;
      };
      for (const chunk of [undefined, 4]) expect(validated(chunk)).toBeAllclose([whole.loss]);
      for (const extra of [{ chunk: 1 }, { chunk: 4 }, { chunk: 100 }, { tile: 2 }, { chunk: 4, tile: "auto" as const }]) {
        const same = run(extra);
        expect([same.loss]).toBeAllclose([whole.loss]);
        expect(same.scalars.map(([name]) => name)).toEqual(whole.scalars.map(([name]) => name));
        expect(same.scalars.map(([, value]) => value)).toBeAllclose(whole.scalars.map(([, value]) => value));
        expect(same.gradients).toBeAllclose(whole.gradients, { rtol: 1e-5, atol: 1e-5 });
      }
      model.dispose();
      bert.dispose();
    });
  });

  it.each(RECIPES)("%s: aborted and resumed equals uninterrupted, bit for bit", async (_, make, optionsOf) => {
    const before = tf.memory().numTensors;
    const bert = makeBert();
    const tensors = await expectResumes(() => {
      const model = make();
      return { task: clipTask(model, { ...optionsOf(bert), chunk: 4 }), batch: () => batchOf(model), dispose: () => model.dispose() };
    });
    expect(new Set(tensors).size).toBe(1);
    bert.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("holds still what is frozen, while the run lasts, and encodes a frozen tower outside the gradient", async () => {
    const before = tf.memory().numTensors;
    const start: Checkpoint = belowPrefix(arrays, "start/clip/");
    const train = async (freeze: ClipTaskOptions["freeze"], chunk?: number) => {
      const model = makeClip();
      model.setTrainable(/^text_projection\./, false); // stays so afterwards
      const { state, records } = await steps(
        clipTask(model, { freeze: freeze!, ...(chunk && { chunk }) }),
        () => batchOf(model),
        undefined,
        { steps: 2, schedule: () => 1e-2 },
      );
      const still = [...start.keys()].filter((name) => state.get(`student.${name}`)!.data.join() === start.get(name)!.data.join());
      expect(model.parameters.trainable()).toHaveLength(start.size - 1);
      model.dispose();
      return { still, losses: records.map(({ loss }) => loss.total) };
    };
    const names = (pattern: RegExp) => [...start.keys()].filter((name) => pattern.test(name));
    const text = await train("text");
    expect(text.still).toEqual(names(/^text_/));
    expect((await train([/^vision_model\./, "text"])).still).toEqual(names(/^(text_|vision_model)/));
    expect((await train([/logit_scale/])).still).toEqual(names(/logit_scale|^text_projection/));
    expect((await train("text", 4)).losses).toBeAllclose(text.losses);
    const model = makeClip();
    const task = clipTask(model, { teacher: "none", freeze: "text" });
    const [images, texts] = [vi.spyOn(model, "encodeImage"), vi.spyOn(model, "encodeText")];
    task.begin!();
    tf.tidy(() => {
      const compute = task.prepare(batchOf(model), context);
      expect([images, texts].map((spy) => spy.mock.calls.length)).toEqual([0, 1]);
      compute();
      expect([images, texts].map((spy) => spy.mock.calls.length)).toEqual([1, 1]);
    });
    task.end!();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("records SBS-MSE of any Sentence-BERT, and says what a batch lacks", () => {
    expectNoLeak(() => {
      const bert = makeBert();
      const model = makeClip();
      const { captions: _, ...mute } = batchOf(model);
      const task = clipTask(model, { teacher: "none", sentenceBert: bert });
      const result = tf.tidy(() => Object.keys(task.prepare(batchOf(model), context)().logs!));
      expect(result).toEqual(["accuracy", "scale", "sbsMse"]);
      const prepare = (batch: object) => () => tf.tidy(() => void task.prepare(batch as ClipBatch, context));
      expect(prepare(mute)).toThrow(/the Sentence-BERT reads captions, and the batch has tokens alone/);
      expect(prepare({ ...mute, captions: ["a lake"] })).toThrow(/6 texts as tokens need 6 captions, got 1/);
      expect(prepare({ pixels: mute.pixels, captions })).toThrow(/the model has no tokenizer for the batch's captions/);
      expect(prepare({ pixels: mute.pixels, captions: [] })).toThrow(/texts as tokens or captions/);
      expect(prepare({ pixels: mute.pixels })).toThrow(/texts as tokens or captions/);
      expect(prepare({ tokens: mute.tokens, captions })).toThrow(/images as pixels or images/);
      expect(prepare({ pixels: undefined, tokens: mute.tokens, captions })).toThrow(/images as pixels or images/);
      expect(prepare({ pixels: mute.pixels, tokens: undefined })).toThrow(/texts as tokens or captions/);
      expect(prepare({ ...mute, pixels: mute.pixels.slice(1), captions })).toThrow(/\[6, 3, 4, 4\] pixels, got 287 numbers/);
      const image = { width: 5, height: 4, data: new Uint8Array(60) };
      model.tokenizer = ClipTokenizer.fromBpe({ merges: [] });
      expect(prepare({ images: [image], tokens: mute.tokens, captions })).toThrow(/got 48 numbers of 1 images/);
      const lossOfForeign = () => tf.tidy(() => task.prepare({ images: captions.map(() => image), captions }, context)().loss);
      expect(lossOfForeign).toThrow(/text 0 has no end token/); // the tokens of another model
      model.dispose();
      bert.dispose();
    });
  });
});

describe("clipTask", () => {
  it("refuses options that can't be meant", () => {
    const bert = makeBert();
    const mute = goldenBert(arrays);
    const clip = makeClip();
    const wrong: [object, string, string][] = [
      [{ loss: "triplet" }, "INVALID_ARGUMENT", 'loss must be "infoNCE" or "sigmoid", got "triplet"'],
      [{ reference: true }, "INVALID_ARGUMENT", 'with loss "infoNCE" leave it out'],
      [{ loss: "sigmoid", teacher: "none", reference: true }, "INVALID_ARGUMENT", "without a teacher .* reference would do nothing"],
      [{ loss: "sigmoid", reference: 1 }, "INVALID_ARGUMENT", "reference must be true or false, got 1"],
      [{ chunk: 0 }, "INVALID_ARGUMENT", "chunk must be .* at least 1"],
      [{ freeze: "vision" }, "INVALID_ARGUMENT", 'freeze takes "image", "text" or patterns of names, got vision'],
      [{ freeze: /nothing/ }, "INVALID_ARGUMENT", "no weight's name matches /nothing/"],
      [{ teacher: null }, "INVALID_ARGUMENT", 'teacher must be .*got "null"'],
      [{ teacher: { sentenceBert: {} } }, "INVALID_ARGUMENT", "teacher.sentenceBert must be a SentenceBert"],
      [{ teacher: { sentenceBert: mute } }, "INVALID_ARGUMENT", "teacher.sentenceBert has no tokenizer"],
      [{ sentenceBert: mute }, "INVALID_ARGUMENT", "sentenceBert has no tokenizer"],
      [{ teacher: { sentenceBert: bert, mode: "linear" } }, "INVALID_ARGUMENT", 'teacher.mode must be .*got "linear"'],
      [{ teacher: { sentenceBert: bert, seed: 2 } }, "INVALID_ARGUMENT", "teacher.seed starts the linear layer"],
      [{ teacher: { sentenceBert: bert, mode: "projected", seed: -1 } }, "INVALID_ARGUMENT", "teacher.seed must be"],
      [{ teacher: { sentenceBert: bert, kind: "ema" } }, "UNKNOWN_OPTION", 'no option "kind"'],
      [{ lambda: 0 }, "INVALID_ARGUMENT", "lambda must be"],
      [{ iterations: 0.5 }, "INVALID_ARGUMENT", "iterations must be"],
    ];
    for (const [options, value, message] of wrong) expect(() => clipTask(clip, options)).toThrow(refusal(value, message));
    for (const model of [bert, mute, clip]) model.dispose();
  });

  it("trains at the original's rates, by the model's size", () => {
    const rate = (width: number, size: number) => {
      const image = { width, layers: 1, heads: 2, mlpWidth: 8, size, patch: 14 };
      using clip = Clip.fromConfig({ embedDim: 4, image, text: { width: 8, layers: 1, heads: 2, vocabSize: 12, contextLength: 4 } }, 1);
      return clipTask(clip).learningRate;
    };
    expect([rate(8, 224), rate(1024, 224), rate(1024, 336)]).toEqual([5e-4, 4e-4, 2e-5]);
  });
});
