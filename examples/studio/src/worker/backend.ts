import { startBackend as start } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import type { BackendName, BackendState, Handler } from "../protocol";
import { describeModels, reloadModels, unloadModels } from "./models";
import { notice } from "./notice";
import { beside } from "./place";
import { session } from "./session";

const ALL: readonly BackendName[] = ["webgpu", "webgl", "wasm"];

/** Sides of the matrices that are multiplied, and how long. */
const SIDES = [256, 1024] as const;
const MEASURE_MS = 200;

let current: { asked: BackendName | "auto"; state: BackendState } | undefined;
let loss: object | undefined;

/** Starts a backend, and brings the model that is loaded to it. */
export const startBackend: Handler<"startBackend"> = async ({ name }) => {
  const backend = await startMeasured(name);
  await reloadModels();
  return { backend, model: describeModels() };
};

/** Measures every backend that starts, then goes back to the one in use. */
export const measureBackends: Handler<"measureBackends"> = async (_, { emit, signal }) => {
  const asked = current?.asked ?? "auto";
  unloadModels(); // their memory would be on the wrong backend
  for (const name of ALL) {
    if (signal.aborted) break;
    try {
      const { gflops, device, adapter } = await startMeasured(name);
      emit({
        name,
        gflops,
        note: device === "cpu" && name !== "wasm" ? `by software (${adapter}), not by a graphics card` : (adapter ?? ""),
      });
    } catch (error) {
      emit({ name, gflops: undefined, note: (error as Error).message });
    }
  }
  const backend = await startMeasured(asked);
  await reloadModels();
  return { backend, model: describeModels() };
};

async function startMeasured(asked: BackendName | "auto"): Promise<BackendState> {
  unloadModels();
  const { name, device, adapter, rejected } = await start(asked, asked === "auto" || asked === "wasm" ? { wasmPath: beside("wasm/") } : {});
  const state = { name, device, adapter, rejected, gflops: await measure() };
  current = { asked, state };
  watchDevice();
  return state;
}

/** Billions of operations a second in a product of square matrices: a small one, and where that is quick a large one. */
async function measure(): Promise<number> {
  let gflops = 0;
  for (const side of SIDES) {
    if (side > SIDES[0] && gflops < 4) break;
    const a = tf.randomUniform<tf.Rank.R2>([side, side], -1, 1, "float32", 1);
    const product = async () => {
      const c = tf.matMul(a, a);
      await c.data(); // only then it is computed
      c.dispose();
    };
    await product(); // compiles
    const began = performance.now();
    let runs = 0;
    while (performance.now() - began < MEASURE_MS || runs === 0) {
      await product();
      runs++;
    }
    gflops = Math.max(gflops, (2 * side ** 3 * runs) / ((performance.now() - began) * 1e6));
    a.dispose();
  }
  return gflops;
}

/** A graphics card may be taken away (a driver's update, sleep, too much memory): then it is started anew, or what remains. */
function watchDevice(): void {
  if (tf.getBackend() !== "webgpu") return;
  const { device } = tf.backend() as unknown as { device: { lost: Promise<{ reason: string; message: string }> } };
  loss = device;
  void device.lost.then(async ({ message }) => {
    if (loss !== device || tf.getBackend() !== "webgpu") return; // another one is in use
    notice(`The graphics card was lost (${message || "no reason was given"}). Starting again; what was running has to be started anew.`);
    session.models = session.models && { ...session.models, imageText: undefined, captioner: undefined };
    tf.removeBackend("webgpu");
    tf.disposeVariables();
    try {
      const state = await startMeasured("auto");
      await reloadModels();
      notice(`Running again on ${state.name}.`);
    } catch (error) {
      notice(`No backend starts: ${(error as Error).message} Reload the page.`);
    }
  });
}
