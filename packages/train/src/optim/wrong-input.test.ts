import { startBackend } from "@rsdix/backend";
import { Clip } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { exactly, refusal } from "../../../../test/refusal";
import {
  captionTask,
  clipBatches,
  clipByGlobalNorm,
  clipTask,
  constantSchedule,
  contrastiveHeadTask,
  cosineSchedule,
  headTask,
  linearSchedule,
  parseCaptions,
  rampSchedule,
} from "../index";
import { checkpointFolder } from "../node";

beforeAll(async () => {
  await startBackend("cpu");
});

const error = (code: string, message: string) => refusal(code, exactly(message));

it("schedules, clipping and tasks say what they lack", () => {
  const before = tf.memory().numTensors;
  for (const schedule of [cosineSchedule, linearSchedule, constantSchedule, rampSchedule] as unknown as (() => unknown)[]) {
    expect(() => schedule()).toThrow(error("INVALID_ARGUMENT", "learningRate must be a finite number at least 0, got undefined."));
  }
  expect(() => clipByGlobalNorm([], 1)).toThrow(error("EMPTY_DATA", "clipByGlobalNorm needs a list of at least one gradient, got none."));
  expect(() => clipByGlobalNorm(undefined as never, 1)).toThrow(
    error("EMPTY_DATA", "clipByGlobalNorm needs a list of at least one gradient, got undefined."),
  );
  expect(() => clipTask(undefined as never)).toThrow(error("INVALID_ARGUMENT", "clipTask trains a Clip or a Siglip, got undefined."));
  expect(() => captionTask(undefined as never)).toThrow(error("INVALID_ARGUMENT", "captionTask trains a ClipCap, got undefined."));
  expect(() => headTask(undefined as never)).toThrow(error("INVALID_ARGUMENT", "headTask trains a Head, got undefined."));
  expect(() => contrastiveHeadTask(undefined as never)).toThrow(
    error("INVALID_ARGUMENT", "contrastiveHeadTask: image must be a Head, got undefined."),
  );
  expect(() => clipBatches(undefined as never)).toThrow(
    error("INVALID_ARGUMENT", "clipBatches: images must be a list of RgbImages, got undefined."),
  );
  expect(() => parseCaptions(undefined as never, "a.json")).toThrow(
    error("INVALID_ARGUMENT", "parseCaptions: the file's content must be a text, got undefined."),
  );
  expect(() => checkpointFolder("")).toThrow(error("INVALID_ARGUMENT", 'checkpointFolder: the folder must be a path, got "".'));
  const tower = { width: 16, layers: 1, heads: 2 };
  const clip = Clip.fromConfig(
    { embedDim: 8, image: { ...tower, size: 8, patch: 4 }, text: { ...tower, vocabSize: 10, contextLength: 4 } },
    1,
  );
  const context = { step: 0, micro: 0, training: true };
  expect(() => clipTask(clip).prepare(undefined as never, context)).toThrow(
    error("INVALID_ARGUMENT", "clipTask: a batch must be an object, got undefined."),
  );
  clip.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
