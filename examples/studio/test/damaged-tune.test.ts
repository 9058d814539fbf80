import type { Clip, ClipCap } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { TuneOptions } from "../src/protocol";
import { session } from "../src/worker/session";
import { tune } from "../src/worker/tune";
import { openTuneSession } from "./tune-session";

vi.hoisted(() => vi.stubGlobal("self", { location: { href: "http://localhost/" } })); // as a worker has it
vi.mock("../src/worker/runs", async () => (await import("./tune-session")).noRuns());

let imageText: Clip;
let captioner: ClipCap;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ imageText, captioner, close } = await openTuneSession());
});
afterAll(async () => {
  await close();
  vi.unstubAllGlobals();
});

function run(part: TuneOptions["part"], learningRate: number) {
  const options = { part, steps: 3, batchSize: 4, learningRate, distil: false };
  return tune({ options, resume: false }, { emit: () => {}, signal: new AbortController().signal });
}

it.each([
  ["the image-text model", "image-text", () => imageText, "text_model"],
  ["the image-text model's scale", "image-text", () => imageText, "logit_scale"],
  ["the captioner", "captioner", () => captioner, "gpt"],
  ["the captioner's encoder", "captioner", () => imageText, "vision_model"],
] as const)("training says that the weights are damaged where one of %s is no number", async (_, part, model, of) => {
  const { parameters } = model();
  const before = await parameters.toCheckpoint();
  const tensors = tf.memory().numTensors;
  const [name, first] = [...before].find(([each]) => each.includes(of))!;
  parameters.assign(new Map([...before, [name, { ...first, data: Float32Array.from(first.data as Float32Array, () => Number.NaN) }]]));
  try {
    await expect(run(part, 0.001)).rejects.toMatchObject({
      code: "NOT_A_NUMBER",
      message: expect.stringMatching(/^What mine computes are no numbers: its weights are damaged\. Get its files again/),
    });
  } finally {
    parameters.assign(before);
  }
  expect(session.models).toMatchObject({ trained: false, version: 7 });
  expect(tf.memory().numTensors).toBe(tensors);
});

it.each([
  ["captioner", 1e38],
  ["image-text", 1e30],
  ["image-text", 1e38],
] as const)("training of the %s that diverges at %d says so, and what to do once", async (part, learningRate) => {
  const message = await run(part, learningRate).catch((error: Error) => error.message);
  expect(message).toMatch(
    /^Training diverged after step \d: train anew with a lower learning rate\. The model is again as it was before\. \(.+\)$/,
  );
  expect(message).not.toMatch(/Lower the learning rate/);
});
