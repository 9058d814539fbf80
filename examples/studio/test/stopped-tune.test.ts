import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBackend } from "@rsdix/backend";
import { captionsCsv } from "@rsdix/data";
import { Clip } from "@rsdix/models";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
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
beforeAll(async () => {
  await startBackend("cpu");
  folder = await mkdtemp(join(tmpdir(), "studio-tune-"));
  const { model, captioned } = await makeWorld(folder);
  imageText = await Clip.fromPretrained(join(model, "encoder"));
  session.dataset = await captionsCsv(captioned, { split: { train: 100, val: 0, seed: 1 } });
  session.models = { name: "mine", id: undefined, imageText, captioner: undefined, version: 7, trained: false, sources: [] };
});
afterAll(async () => {
  imageText.dispose();
  session.models = session.dataset = undefined;
  vi.unstubAllGlobals();
  await rm(folder, { recursive: true });
});

const options = { part: "image-text", steps: 3, batchSize: 4, learningRate: 0.01, distil: false } as const;
const run = (signal: AbortSignal, onStep = () => {}) => tune({ options, resume: false }, { emit: onStep, signal });

it("training that is stopped before its first step leaves the model as it was", async () => {
  expect(await run(AbortSignal.abort())).toMatchObject({ step: 0, finished: false, kept: undefined, model: { version: 7 } });
  expect(session.models).toMatchObject({ trained: false, version: 7 });
});

it("training that is stopped after a step has changed the model", async () => {
  const stop = new AbortController();
  expect(await run(stop.signal, () => stop.abort())).toMatchObject({ step: 1, finished: false });
  expect(session.models).toMatchObject({ trained: true });
  expect(session.models!.version).not.toBe(7);
});
