import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { captionsCsv } from "@rsdix/data";
import { Clip, ClipCap } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { TuneOptions } from "../src/protocol";
import { session } from "../src/worker/session";
import { tune } from "../src/worker/tune";
import { makeWorld } from "./world";

vi.hoisted(() => vi.stubGlobal("self", { location: { href: "http://localhost/" } })); // as a worker has it
// What a run keeps in a browser, Node has no place for.
vi.mock("../src/worker/runs", () => ({
  alone: (work: () => unknown) => work(),
  keptRun: async () => undefined,
  forgetRun: async () => undefined,
  browserCheckpoints: () => ({ save: async () => "nowhere", latest: async () => undefined, clear: async () => undefined }),
}));

let folder: string;
let imageText: Clip;
let captioner: ClipCap;
beforeAll(async () => {
  await startBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "studio-damaged-"));
  const { model, captioned } = await makeWorld(folder);
  imageText = await Clip.fromPretrained(join(model, "encoder"));
  captioner = await ClipCap.fromPretrained(model, { encoder: imageText });
  session.dataset = await captionsCsv(captioned, { split: { train: 100, val: 0, seed: 1 } });
  session.models = { name: "mine", id: undefined, imageText, captioner, version: 7, trained: false, sources: [] };
});
afterAll(async () => {
  captioner.dispose();
  imageText.dispose();
  session.models = session.dataset = undefined;
  vi.unstubAllGlobals();
  await rm(folder, { recursive: true });
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
