import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { renewLost } from "./device-loss";
import { type AdapterInfo, describeAdapter, type Gpu, isSoftwareRenderer } from "./discovery-adapter";
import { type Host, loadPackage } from "./discovery-host";
import { activate, isRegistered, type Started, type Wish } from "./discovery-start";
import { guardWebgl, watchWebgl } from "./webgl-guard";
import { guardWebgpu } from "./webgpu-guard";
import { createGpu, type Dawn, enableSyncReads, installGpu } from "./webgpu-node";

const NO_CARD = "WebGPU finds no graphics card: it needs a driver for Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows).";

/** In Node: what brought the GPU, for a device after the first. */
let dawnInUse: Dawn | undefined;

/** Starts WebGPU: the browser's, or in Node that of the package "webgpu" (Dawn), where a graphics card answers. */
export async function startWebgpu(host: Host, wish: Wish): Promise<Started> {
  if (isRegistered("webgpu")) {
    const renewed = renewLost("webgpu");
    await activate("webgpu");
    if (renewed && dawnInUse) enableSyncReads(dawnInUse);
    guardWebgpu();
    const { adapterInfo } = tf.backend() as { adapterInfo?: AdapterInfo }; // registered by the program, or by an earlier call
    return accept(await describeAdapter(adapterInfo ? { info: adapterInfo } : {}), wish);
  }
  return host.node === undefined ? startInBrowser(host, wish) : startInNode(host, wish);
}

async function startInBrowser(host: Host, wish: Wish): Promise<Started> {
  const gpu = host.gpu();
  if (!gpu)
    fail(
      "BACKEND_UNAVAILABLE",
      "This browser has no WebGPU here (navigator.gpu): it needs a recent browser and a page from https or localhost.",
    );
  const started = await findAdapter(gpu, wish);
  await loadPackage(host, "@tensorflow/tfjs-backend-webgpu");
  await activate("webgpu");
  guardWebgpu();
  return started;
}

async function startInNode(host: Host, wish: Wish): Promise<Started> {
  const binaries = "It has binaries for Linux, macOS and Windows on x64 and arm64.";
  const dawn = await loadPackage<Dawn>(host, "webgpu", binaries, "webgpu @tensorflow/tfjs-backend-webgpu");
  if (!wish.explicit && !(await host.mayHaveVulkan())) fail("BACKEND_UNAVAILABLE", NO_CARD); // "auto" is quiet
  const gpu = createGpu(dawn);
  const started = await findAdapter(gpu, wish);
  const remove = installGpu(dawn, gpu); // before the import: tfjs registers the backend only where navigator.gpu is
  try {
    await loadPackage(host, "@tensorflow/tfjs-backend-webgpu");
    if (!isRegistered("webgpu")) {
      fail(
        "BACKEND_UNAVAILABLE",
        "@tensorflow/tfjs-backend-webgpu was imported before startBackend could give it a GPU. Leave that import out, startBackend does it.",
      );
    }
    await activate("webgpu");
  } catch (error) {
    remove();
    throw error;
  }
  dawnInUse = dawn;
  enableSyncReads(dawn);
  guardWebgpu();
  return started;
}

async function findAdapter(gpu: Gpu, wish: Wish): Promise<Started> {
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) fail("BACKEND_UNAVAILABLE", NO_CARD);
  return accept(await describeAdapter(adapter), wish);
}

/** A software adapter computes on the processor, slower than wasm: only who names it gets it. */
function accept({ adapter, software }: { adapter: string; software: boolean }, { explicit }: Wish, name = "webgpu"): Started {
  if (software && !explicit) {
    fail(
      "BACKEND_UNAVAILABLE",
      `Only a software adapter (${adapter}), which is slower than wasm. To take it all the same: startBackend("${name}").`,
    );
  }
  return { device: software ? "cpu" : "gpu", threads: undefined, adapter };
}

/** Starts WebGL, which "@tensorflow/tfjs" registers in browsers. */
export async function startWebgl(host: Host, wish: Wish): Promise<Started> {
  if (host.node !== undefined && !isRegistered("webgl")) fail("BACKEND_UNAVAILABLE", "WebGL runs in browsers only, not in Node.");
  renewLost("webgl");
  await activate("webgl");
  guardWebgl();
  watchWebgl();
  const gl = (tf.backend() as unknown as { gpgpu?: { gl?: WebGLRenderingContext } }).gpgpu?.gl;
  const names = gl?.getExtension("WEBGL_debug_renderer_info"); // absent where a browser hides what identifies a machine
  const adapter = names ? String(gl!.getParameter(names.UNMASKED_RENDERER_WEBGL)) : "unnamed adapter";
  return accept({ adapter, software: isSoftwareRenderer(adapter) }, wish, "webgl");
}
