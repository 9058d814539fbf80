import { totalmem } from "node:os";
import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { type AddonInfo, loadAddon } from "./addon";
import { KERNELS } from "./kernels/all";
import { NativeBackend } from "./native-backend";
import { defaultThreads } from "./threads";

/** One call of a kernel. */
export interface KernelCall {
  /** Input tensors by name; optional ones may be missing. */
  inputs: Record<string, tf.TensorInfo | undefined>;
  /** The kernel's attributes. */
  attrs: Record<string, unknown>;
  /** The backend that runs it. */
  backend: NativeBackend;
}

/** A kernel, or undefined where the stock one must do it: dtypes and ranks that are rare. */
export type NativeKernel = (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[] | undefined;

/** What was registered. */
export interface NativeInfo extends AddonInfo {
  /** The backend's name for `tf.setBackend`. */
  name: "native";
}

/** Enough for the unused arrays of a large training step and the weights of a model that runs on few rows, and no large share of the machine. */
const limits = () => ({ unused: Math.min(4 * 2 ** 30, memory() / 4), packed: Math.min(2 * 2 ** 30, memory() / 8) });

/** Memory that this process may use: a container's, where there is one. */
function memory(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

const INSTRUCTION_SETS = ["baseline", "avx2", "avx512"];

let registered: NativeInfo | undefined;

/**
 * Registers the TensorFlow.js backend "native": the cpu backend's tensors, native kernels where it has them, the cpu backend's for the rest.
 * The stock cpu backend stays as it is.
 *
 * @returns Name, threads, instruction set, and OpenBLAS' version and kernels.
 * @throws BACKEND_UNAVAILABLE when there is no binary for this machine, saying how to get one; INVALID_ARGUMENT when RSDIX_THREADS or RSDIX_ISA is wrong.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { registerNativeBackend } from "@rsdix/backend-native";
 * try {
 *   const { threads, core } = await registerNativeBackend();
 *   await tf.setBackend("native");
 *   console.log(`${threads} threads, ${core} kernels`);
 * } catch (error) {
 *   console.log((error as Error).message); // how to get the binary
 * }
 * ```
 * @see https://www.tensorflow.org/js/guide/custom_ops_kernels_gradients
 */
export async function registerNativeBackend(): Promise<NativeInfo> {
  if (registered && tf.findBackendFactory("native")) return registered;
  checkInstructionSet();
  const addon = loadAddon();
  const info = addon.configure(defaultThreads());
  tf.registerBackend("native", () => new NativeBackend(addon, limits()), 4);
  if (!registered) {
    tf.copyRegisteredKernels("cpu", "native"); // they outlive a backend that is removed
    for (const [name, kernel] of Object.entries(KERNELS)) replaceKernel(name, kernel);
  }
  registered = { name: "native", ...info };
  return registered;
}

/** The addon would take a name that it doesn't know for no limit at all. */
function checkInstructionSet(): void {
  const asked = process.env.RSDIX_ISA;
  if (asked && !INSTRUCTION_SETS.includes(asked)) {
    fail("INVALID_ARGUMENT", `RSDIX_ISA must be one of ${INSTRUCTION_SETS.join(", ")}, got "${asked}".`);
  }
}

function replaceKernel(kernelName: string, kernel: NativeKernel): void {
  const stock = tf.getKernel(kernelName, "native")?.kernelFunc as tf.KernelFunc | undefined; // fused kernels have none
  if (stock) tf.unregisterKernel(kernelName, "native");
  const kernelFunc: tf.KernelFunc = (call) => {
    const { backend } = call as unknown as KernelCall;
    const result = backend.countLost(() => kernel(call as unknown as KernelCall));
    if (result !== undefined) return result;
    if (stock) return stock(call);
    throw new Error(`${kernelName} takes float32 tensors on the native backend`);
  };
  tf.registerKernel({ kernelName, backendName: "native", kernelFunc });
}
