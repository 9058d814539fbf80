import { type DeviceLoss, startBackend as start } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import type { BackendName, BackendState, Handler } from "../protocol";
import { withoutAdvice } from "./advice";
import { describeModels, withoutModels } from "./models";
import { notice, tellMoved } from "./notice";
import { beside } from "./place";
import { enqueue } from "./queue";

const ALL: readonly BackendName[] = ["webgpu", "webgl", "wasm"];

/** Sides of the matrices that are multiplied, and how long. */
const SIDES = [256, 1024] as const;
const MEASURE_MS = 50;

let current: { asked: BackendName | "auto"; state: BackendState } | undefined;
/** Backends that were started. */
let starts = 0;

/** Starts a backend, and brings the model that is loaded to it. */
export const startBackend: Handler<"startBackend"> = async ({ name }) => {
  const backend = await withoutModels(() => startMeasured(name));
  return { backend, model: describeModels() };
};

/** Measures every backend that starts, then goes back to the one in use. */
export const measureBackends: Handler<"measureBackends"> = async (_, { emit, signal }) => {
  const asked = current?.asked ?? "auto";
  const measureAll = async () => {
    for (const name of ALL) {
      if (signal.aborted) break;
      try {
        const { gflops, device, adapter } = await startMeasured(name);
        const bySoftware = device === "cpu" && name !== "wasm";
        emit({ name, gflops, note: bySoftware ? `by software (${adapter}), not by a graphics card` : (adapter ?? "") });
      } catch (error) {
        emit({ name, gflops: undefined, note: (error as Error).message });
      }
    }
    return startMeasured(asked);
  };
  const backend = await withoutModels(measureAll);
  return { backend, model: describeModels() };
};

async function startMeasured(asked: BackendName | "auto"): Promise<BackendState> {
  starts++;
  const where = asked === "auto" || asked === "wasm" ? { wasmPath: beside("wasm/") } : {};
  const { name, device, adapter, rejected } = await start(asked, { ...where, onLost });
  const state = { name, device, adapter, rejected, gflops: await measure() };
  current = { asked, state };
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
function onLost({ backend, message }: DeviceLoss): void {
  const before = starts;
  if (tf.getBackend() !== backend) return; // nothing is there
  enqueue(async () => {
    if (starts === before) await recover(message); // what was running fails first, and may have been the start of another
  });
}

async function recover(message: string): Promise<void> {
  notice(`The graphics card was lost (${message || "no reason was given"}). Starting again; what was running has to be started anew.`);
  try {
    await withoutModels(() => startMeasured(current!.asked).catch(() => startMeasured("auto")));
    const { asked, state } = current!;
    tellMoved({ asked, backend: state, model: describeModels() });
    notice(`Running again on ${tf.getBackend()}.`);
  } catch (error) {
    notice(`No backend starts: ${withoutAdvice((error as Error).message)} Reload the page.`);
  }
}
