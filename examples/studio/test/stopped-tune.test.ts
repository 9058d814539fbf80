import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { session } from "../src/worker/session";
import { tune } from "../src/worker/tune";
import { openTuneSession } from "./tune-session";

vi.hoisted(() => vi.stubGlobal("self", { location: { href: "http://localhost/" } })); // as a worker has it
vi.mock("../src/worker/runs", async () => (await import("./tune-session")).noRuns());

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await openTuneSession());
});
afterAll(async () => {
  await close();
  vi.unstubAllGlobals();
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
