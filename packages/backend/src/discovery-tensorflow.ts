import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { type BackendPackage, type Host, loadPackage, sentence } from "./discovery-host";
import { activate, isRegistered, type Started } from "./discovery-start";

type TensorflowPackage = Extract<BackendPackage, "@tensorflow/tfjs-node" | "@tensorflow/tfjs-node-gpu">;

/**
 * Starts libtensorflow by tfjs-node or tfjs-node-gpu, which both register a backend named "tensorflow", so that a process holds one of them.
 * The GPU package computes on the processor, without a word, where it finds no CUDA: then it is no GPU, but as good as tfjs-node.
 */
export async function startTensorflow(host: Host, name: TensorflowPackage): Promise<Started> {
  if (host.node === undefined) fail("BACKEND_UNAVAILABLE", `${name} runs in Node only, not in a browser.`);
  if (!isRegistered("tensorflow")) await load(host, name);
  await activate("tensorflow");
  computeOnce(host.node, name);
  const { isUsingGpuDevice, isGPUPackage } = tf.backend() as { isUsingGpuDevice?: boolean; isGPUPackage?: boolean };
  if (name === "@tensorflow/tfjs-node-gpu" && !isUsingGpuDevice) {
    fail(
      "BACKEND_UNAVAILABLE",
      isGPUPackage
        ? `${name} finds no CUDA device and would compute on the processor. It needs an NVIDIA GPU with CUDA 11.2 and cuDNN 8.1.`
        : `${name} cannot be loaded beside @tensorflow/tfjs-node, which is loaded in this process. Import only one of them.`,
    );
  }
  return { device: isUsingGpuDevice ? "gpu" : "cpu", threads: undefined };
}

async function load(host: Host, name: TensorflowPackage): Promise<void> {
  try {
    const repair = `Its addon is missing or does not fit this machine. Run: npm rebuild ${name} --build-addon-from-source`;
    await loadPackage(host, name, repair);
  } catch (error) {
    // It registers its kernels before it looks for its addon: the next package of the two would warn about every one of them.
    for (const { kernelName } of tf.getKernelsForBackend("tensorflow") ?? []) tf.unregisterKernel(kernelName, "tensorflow");
    throw error;
  }
}

/** Nearly every kernel of tfjs-node 4.22 calls functions of Node that Node 23 removed. */
function computeOnce(node: string, name: string): void {
  try {
    tf.tidy(() => tf.add(1, 1).dataSync());
  } catch (error) {
    const known = Number.parseInt(node, 10) >= 23;
    fail(
      "BACKEND_UNAVAILABLE",
      known
        ? `${name} is broken on Node 23 and later, and this is ${node} (tensorflow/tfjs#8609: ${sentence(error)}) Use Node 22, or @rsdix/backend-native.`
        : `${name} loads but does not compute: ${sentence(error)}`,
      error,
    );
  }
}
