import { checkOptions, fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { type DeviceLoss, hearOfLoss, isLostSoon } from "./device-loss";
import { choices } from "./discovery";
import { type Host, oneLine, thisHost } from "./discovery-host";
import { isRegistered, silenceCpu } from "./discovery-start";
import { registerGradients } from "./gradients";
import { selfCheck } from "./self-check";

/** What was started, and why nothing else. */
export interface BackendInfo {
  /** TensorFlow.js' name of the backend in use: "tensorflow" (tfjs-node and tfjs-node-gpu), "native", "webgpu", "webgl", "wasm", "cpu". */
  name: string;
  /** Where it computes; a GPU package without its driver, or a software adapter, is "cpu"; undefined for a backend that the program registered itself. */
  device: "cpu" | "gpu" | undefined;
  /** Threads that its kernels run on: 1 on wasm and cpu; undefined where the backend decides that itself. */
  threads: number | undefined;
  /** The graphics card, or the software in its place, as its driver calls it; on webgpu and webgl only. */
  adapter: string | undefined;
  /** The choices tried before it, each with the reason in a line why it is not in use, and what to install. */
  rejected: { name: string; reason: string }[];
}

/** Options of `startBackend`. */
export interface StartOptions {
  /** Folder or URL prefix of the .wasm files, ending in "/". In Node they are found by themselves. */
  wasmPath?: string;
  /**
   * Called once when the GPU's device that was started is lost: its driver was reset, the browser took it away, the page destroyed it. Reads of what was on
   * it are a DEVICE_LOST from then on. Another `startBackend` takes a fresh device, or another backend. The processors' backends lose nothing.
   */
  onLost?: (loss: DeviceLoss) => void;
}

/** What `startBackend` takes; any other name is that of a backend which the program registered itself. */
export type BackendChoice =
  | "auto"
  | "tfjs-node-gpu"
  | "native"
  | "tfjs-node"
  | "tensorflow"
  | "webgpu"
  | "webgl"
  | "wasm"
  | "cpu"
  | (string & {});

/**
 * Starts a TensorFlow.js backend, registers the gradients, and checks one loss and its gradient against known values, since a backend
 * that computes wrongly does so silently.
 *
 * "auto" takes the first that works: in Node tfjs-node-gpu, native (`@rsdix/backend-native`), tfjs-node, webgpu (the package "webgpu", where there is
 * a graphics card), wasm, cpu; in a browser webgpu, webgl, wasm, cpu. Their packages are optional and imported here. On wasm, threads are off (its
 * threaded build corrupts memory) and a failed allocation is an error instead of overwriting other tensors.
 *
 * @param name "auto" (the default); one of the names above, "tensorflow" for either of tfjs-node-gpu and tfjs-node; or a backend that the program
 *   registered itself. A software adapter, which computes on the processor, is only taken by name.
 * @param options Where the .wasm files are, and who is told of a GPU that is lost.
 * @returns The backend's name, where it computes, its threads, and what was tried before it.
 * @throws BACKEND_UNAVAILABLE when it does not exist or does not start; BACKEND_WRONG_RESULT when it computes wrongly; MISSING_DEPENDENCY when a package
 *   is not installed or does not load; INVALID_ARGUMENT, also when a backend refuses a setting such as RSDIX_THREADS; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { startBackend } from "@rsdix/backend";
 * const backend = await startBackend("cpu");
 * console.log(backend.name, backend.device, backend.threads); // cpu cpu 1
 * ```
 * @example A graphics card that is lost: what the page had on it is loaded again.
 * ```ts
 * import { type DeviceLoss, startBackend } from "@rsdix/backend";
 * const loadModels = async () => undefined; // yours: Clip.fromPretrained(...)
 * async function start(): Promise<void> {
 *   await startBackend("auto", { onLost });
 *   await loadModels();
 * }
 * function onLost({ backend, message }: DeviceLoss): void {
 *   console.warn(`${backend} was lost: ${message}`);
 *   void start();
 * }
 * await start();
 * ```
 * @see https://www.tensorflow.org/js/guide/platform_environment
 */
export async function startBackend(name: BackendChoice = "auto", options: StartOptions = {}): Promise<BackendInfo> {
  return startOn(thisHost(), name, options);
}

/** The start that was asked for last: TensorFlow.js has one current backend, so that starts side by side would measure each other's. */
let last: Promise<unknown> = Promise.resolve();

/** `startBackend` on a given machine; after the starts that were asked for before it. */
export async function startOn(host: Host, name: string, options: StartOptions = {}): Promise<BackendInfo> {
  const start = last.then(() => startNow(host, name, options));
  last = start.catch(() => undefined);
  return start;
}

async function startNow(host: Host, name: string, options: StartOptions): Promise<BackendInfo> {
  checkOptions(options, ["wasmPath", "onLost"], "startBackend");
  if (options.onLost !== undefined && typeof options.onLost !== "function") {
    fail("INVALID_ARGUMENT", `startBackend: onLost must be a function, got ${show(options.onLost)}.`);
  }
  if (options.wasmPath !== undefined && name !== "wasm" && name !== "auto") {
    fail(
      "INVALID_ARGUMENT",
      `startBackend: wasmPath says where the wasm backend's files are, so it does nothing for "${name}". Leave it out.`,
    );
  }
  await registerGradients();
  silenceCpu();
  const before = tf.getBackend();
  const resume = async () => {
    if (isRegistered(before)) await tf.setBackend(before); // what ran goes on running
  };
  const rejected: BackendInfo["rejected"] = [];
  let failure: unknown;
  for (const [choice, start] of choices(name, host)) {
    const begin = async () => {
      const started = await start(host, { explicit: name !== "auto", wasmPath: options.wasmPath });
      await selfCheck();
      return started;
    };
    try {
      const { device, threads, adapter } = await begin().catch(async (error) => {
        // What was lost before is renewed, but a loss may be known only from now on.
        if (!(isCoded(error) && error.code !== "DEVICE_LOST") && (await isLostSoon(tf.backend()))) return begin();
        throw error;
      });
      if (options.onLost) hearOfLoss(tf.backend(), options.onLost);
      return { name: tf.getBackend(), device, threads, adapter, rejected };
    } catch (error) {
      if (isCoded(error) && error.code === "INVALID_ARGUMENT") {
        await resume();
        throw error; // a setting of the user's is wrong: another backend would hide it
      }
      failure = error;
      rejected.push({ name: choice, reason: oneLine(error) });
    }
  }
  await resume();
  if (rejected.length === 1 && isCoded(failure)) throw failure;
  const tried = rejected.map((entry) => `${entry.name}: ${entry.reason}`).join("\n");
  return fail("BACKEND_UNAVAILABLE", `No TensorFlow.js backend starts for "${name}":\n${tried}`, failure);
}

/** An error of this project, of whichever of its packages. */
const isCoded = (error: unknown): error is Error & { code: string } => error instanceof Error && error.name === "RsdixError";
