import { checkOptions, fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { selfCheck } from "./self-check";
import { guardWasmAllocations, loadWasm } from "./wasm";

/** What was started, and why nothing else. */
export interface BackendInfo {
  /** TensorFlow.js' name of the backend in use, for example "wasm". */
  name: string;
  /** Threads that its kernels run on: 1 on wasm and cpu; undefined where the backend decides that itself. */
  threads: number | undefined;
  /** The backends tried before it, each with the reason why it is not in use. */
  rejected: { name: string; reason: string }[];
}

/** Options of `startBackend`. */
export interface StartOptions {
  /** Folder or URL prefix of the .wasm files, ending in "/". In Node they are found by themselves. */
  wasmPath?: string;
}

/** What "auto" tries, in order: what a package registered, faster ones first, then the embedded ones. */
const PREFERENCE = ["tensorflow", "webgpu", "webgl", "wasm", "cpu"] as const;

/**
 * Starts a TensorFlow.js backend, registers the gradients, and checks one loss and its gradient against known values, since a backend
 * that computes wrongly does so silently.
 *
 * "auto" takes the first that works of: tensorflow and webgpu (where the program imported their packages), webgl (in a browser), wasm, cpu. wasm is loaded here,
 * on one thread (its threaded build corrupts memory), and a failed allocation becomes an error instead of overwriting other tensors.
 *
 * @param name "auto" (the default), "wasm", "cpu", or the name of any backend that was registered by importing its package.
 * @param options Where the .wasm files are.
 * @returns The backend's name, its threads, and what was tried before it.
 * @throws BACKEND_UNAVAILABLE when it does not exist or does not start; BACKEND_WRONG_RESULT when it computes wrongly; MISSING_DEPENDENCY when a package
 *   is not installed; INVALID_ARGUMENT, UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { startBackend } from "@rsdix/backend";
 * const backend = await startBackend("cpu");
 * console.log(backend.name, backend.threads); // cpu 1
 * ```
 */
export async function startBackend(name = "auto", options: StartOptions = {}): Promise<BackendInfo> {
  checkOptions(options, ["wasmPath"], "startBackend");
  if (options.wasmPath !== undefined && name !== "wasm" && name !== "auto") {
    fail(
      "INVALID_ARGUMENT",
      `startBackend: wasmPath says where the wasm backend's files are, so it does nothing for "${name}". Leave it out.`,
    );
  }
  await registerGradients();
  const rejected: BackendInfo["rejected"] = [];
  for (const candidate of name === "auto" ? PREFERENCE : [name]) {
    try {
      await activate(candidate, options);
      await selfCheck();
      return { name: candidate, threads: candidate === "wasm" || candidate === "cpu" ? 1 : undefined, rejected };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (name !== "auto") throw error;
      rejected.push({ name: candidate, reason });
    }
  }
  const tried = rejected.map((entry) => `${entry.name}: ${entry.reason}`).join("\n");
  return fail("BACKEND_UNAVAILABLE", `No TensorFlow.js backend starts here:\n${tried}`);
}

async function activate(name: string, options: StartOptions): Promise<void> {
  if (name === "wasm") await loadWasm(options.wasmPath);
  if (!Object.hasOwn(tf.engine().registryFactory, name)) {
    const known = [...new Set(["wasm", ...Object.keys(tf.engine().registryFactory)])].join(", ");
    fail(
      "BACKEND_UNAVAILABLE",
      `There is no TensorFlow.js backend "${name}" here; there are: ${known}. Import the package that registers it, or use "auto".`,
    );
  }
  if (!(await tf.setBackend(name))) {
    fail(
      "BACKEND_UNAVAILABLE",
      `The TensorFlow.js backend "${name}" is registered but does not start on this machine. Use "auto" to take another.`,
    );
  }
  await tf.ready();
  if (name === "wasm") guardWasmAllocations();
}

/** tfjs-core alone registers no gradients in Node; the union package does, for the same engine. */
async function registerGradients(): Promise<void> {
  try {
    await import("@tensorflow/tfjs");
  } catch (error) {
    fail("MISSING_DEPENDENCY", 'Gradients need the package "@tensorflow/tfjs" (4.22 or later). Run: npm install @tensorflow/tfjs', error);
  }
}
