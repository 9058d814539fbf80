import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { type Host, loadPackage } from "./discovery-host";
import { activate, isRegistered, type Start, type Started, type Wish } from "./discovery-start";
import { startTensorflow } from "./discovery-tensorflow";
import { startWebgl, startWebgpu } from "./discovery-webgpu";
import { checkKernel, guardWasmAllocations, listenToModule, loadWasm } from "./wasm";
import { mendWasmKernels } from "./wasm-kernels";

const STARTS: Record<string, Start> = {
  "tfjs-node-gpu": (host) => startTensorflow(host, "@tensorflow/tfjs-node-gpu"),
  native: startNative,
  "tfjs-node": (host) => startTensorflow(host, "@tensorflow/tfjs-node"),
  webgpu: startWebgpu,
  webgl: startWebgl,
  wasm: startWasm,
  cpu: startCpu,
};

/** What to try for a name, in order, with how to start each. */
export function choices(name: string, host: Host): [name: string, start: Start][] {
  const names = name === "auto" ? order(host) : name === "tensorflow" ? ["tfjs-node-gpu", "tfjs-node"] : [name];
  return names.map((choice) => [choice, Object.hasOwn(STARTS, choice) ? STARTS[choice]! : () => startRegistered(choice)]);
}

/** Those of a processor that a user installed for their speed come before a card, which may be any; those that run everywhere are last. */
function order(host: Host): string[] {
  return host.node === undefined ? ["webgpu", "webgl", "wasm", "cpu"] : ["tfjs-node-gpu", "native", "tfjs-node", "webgpu", "wasm", "cpu"];
}

async function startNative(host: Host): Promise<Started> {
  if (host.node === undefined) fail("BACKEND_UNAVAILABLE", "The native backend runs in Node only, not in a browser.");
  const native = await loadPackage<{ registerNativeBackend(): Promise<{ threads: number }> }>(host, "@rsdix/backend-native");
  const { threads } = await native.registerNativeBackend();
  await activate("native");
  return { device: "cpu", threads };
}

async function startWasm(host: Host, { wasmPath }: Wish): Promise<Started> {
  await loadWasm(host, wasmPath);
  try {
    await listenToModule(() => activate("wasm"));
  } catch (error) {
    const where = wasmPath === undefined ? "" : ` (wasmPath is "${wasmPath}")`;
    const advice =
      host.node === undefined ? `: its .wasm files must be where the option wasmPath says${where}, from the first call on a page` : where;
    fail("BACKEND_UNAVAILABLE", `The wasm backend does not start${advice}.`, error);
  }
  guardWasmAllocations();
  mendWasmKernels(checkKernel);
  return { device: "cpu", threads: 1 };
}

async function startCpu(): Promise<Started> {
  await activate("cpu");
  return { device: "cpu", threads: 1 };
}

/** A backend that the program registered itself, about which nothing more is known here. */
async function startRegistered(name: string): Promise<Started> {
  if (!isRegistered(name)) {
    const known = [...new Set(["auto", ...Object.keys(STARTS), "tensorflow", ...Object.keys(tf.engine().registryFactory)])].join(", ");
    fail(
      "BACKEND_UNAVAILABLE",
      `There is no TensorFlow.js backend "${name}" here. Take one of: ${known}; or import the package that registers it.`,
    );
  }
  await activate(name);
  return { device: undefined, threads: undefined };
}
