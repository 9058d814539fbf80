import { checkOptions, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { choices } from "./discovery";
import { type Host, oneLine, thisHost } from "./discovery-host";
import { isRegistered, silenceCpu } from "./discovery-start";
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
 * @param options Where the .wasm files are.
 * @returns The backend's name, where it computes, its threads, and what was tried before it.
 * @throws BACKEND_UNAVAILABLE when it does not exist or does not start; BACKEND_WRONG_RESULT when it computes wrongly; MISSING_DEPENDENCY when a package
 *   is not installed or does not load; INVALID_ARGUMENT, also when a backend refuses a setting such as RSDIX_THREADS; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { startBackend } from "@rsdix/backend";
 * const backend = await startBackend("cpu");
 * console.log(backend.name, backend.device, backend.threads); // cpu cpu 1
 * ```
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
  checkOptions(options, ["wasmPath"], "startBackend");
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
    try {
      const { device, threads, adapter } = await start(host, { explicit: name !== "auto", wasmPath: options.wasmPath });
      await selfCheck();
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

/** tfjs-core alone registers no gradients in Node; the union package does, for the same engine. */
async function registerGradients(): Promise<void> {
  try {
    await import("@tensorflow/tfjs");
  } catch (error) {
    fail("MISSING_DEPENDENCY", 'Gradients need the package "@tensorflow/tfjs" (4.22 or later). Run: npm install @tensorflow/tfjs', error);
  }
}
