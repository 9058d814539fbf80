import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { AdapterInfo } from "./discovery-adapter";
import type { BackendPackage, Host } from "./discovery-host";
import { startOn } from "./start";

type Load = () => unknown;

function machine(packages: Partial<Record<BackendPackage, Load>>): Host {
  const absent = (name: string) => {
    throw Object.assign(new Error(`Cannot find package '${name}' imported from /app/index.js`), { code: "ERR_MODULE_NOT_FOUND" });
  };
  return {
    node: "20.11.0",
    gpu: () => undefined,
    mayHaveVulkan: async () => true,
    load: async (name) => (packages[name] ?? (() => absent(name)))(),
  };
}

/** The same machine with the real wasm backend. */
function withWasm(host: Host): Host {
  return { ...host, load: (name) => (name.includes("wasm") ? import("@tensorflow/tfjs-backend-wasm") : host.load(name)) };
}

/** The package "webgpu", with an adapter or without. */
function dawn(info: AdapterInfo | null): Load {
  class GPUBuffer {
    mapAsync() {}
  }
  return () => ({ create: () => ({ requestAdapter: async () => info && { info } }), globals: { GPUBuffer } });
}

/** What the package of kernels does when it is imported: it registers only where it finds a GPU. */
const kernels: Load = () => {
  if (!(globalThis.navigator as { gpu?: object } | undefined)?.gpu) return;
  const tensorMap = { get: () => ({ dtype: "float32", values: [] }) };
  tf.registerBackend("webgpu", () => Object.assign(Object.create(tf.findBackend("cpu")), { tensorMap }), 0);
  tf.copyRegisteredKernels("cpu", "webgpu");
};

const REAL = { vendor: "nvidia", architecture: "ampere", description: "NVIDIA RTX A4000" };
const SOFTWARE = { vendor: "mesa", architecture: "llvmpipe", description: "llvmpipe (LLVM 15.0.6, 256 bits)" };

const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
const globals = () => [Object.getOwnPropertyDescriptor(globalThis, "navigator"), "GPUBuffer" in globalThis];
const gpuOfNavigator = () => (globalThis.navigator as { gpu?: object } | undefined)?.gpu;

/** A navigator like that of Node 21 and later, of which nothing but itself may be asked. */
class NodeNavigator {
  readonly #userAgent = "Node.js/24";
  get userAgent() {
    return this.#userAgent;
  }
}

beforeAll(async () => {
  await startOn(machine({}), "cpu");
});

afterEach(async () => {
  await tf.setBackend("cpu");
  if (tf.engine().registryFactory.webgpu) tf.removeBackend("webgpu");
  for (const { kernelName } of tf.getKernelsForBackend("webgpu") ?? []) tf.unregisterKernel(kernelName, "webgpu");
  Reflect.deleteProperty(globalThis, "GPUBuffer");
  if (globalThis.navigator) Reflect.deleteProperty(globalThis.navigator, "gpu");
  if (before) Object.defineProperty(globalThis, "navigator", before);
  else Reflect.deleteProperty(globalThis, "navigator");
});

describe("webgpu in Node", () => {
  it("takes a graphics card, and puts it where tfjs looks", async () => {
    const host = machine({ webgpu: dawn(REAL), "@tensorflow/tfjs-backend-webgpu": kernels });
    const info = await startOn(host, "auto");
    expect(info).toMatchObject({ name: "webgpu", device: "gpu", adapter: "NVIDIA RTX A4000" });
    expect(info.rejected.map(({ name }) => name)).toEqual(["tfjs-node-gpu", "native", "tfjs-node"]);
    expect(navigator.userAgent).toMatch(/^Node\.js\//);
    expect(await startOn(host, "webgpu")).toMatchObject({ name: "webgpu", rejected: [] }); // a second time too
  });

  it("leaves Node's own navigator the object that it is, with and without a GPU", async () => {
    const own = new NodeNavigator();
    Object.defineProperty(globalThis, "navigator", { get: () => own, configurable: true });
    await expect(startOn(machine({ webgpu: dawn(REAL) }), "webgpu")).rejects.toMatchObject({ code: "MISSING_DEPENDENCY" });
    expect([navigator, gpuOfNavigator()]).toEqual([own, undefined]);
    await startOn(machine({ webgpu: dawn(REAL), "@tensorflow/tfjs-backend-webgpu": kernels }), "webgpu");
    expect(navigator).toBe(own);
    expect(navigator.userAgent).toBe("Node.js/24");
    expect(gpuOfNavigator()).toBeDefined();
  });

  it("gives back a GPU of the program's own where it fails, and keeps one that cannot be replaced", async () => {
    const [mine, fixed] = [{}, {}];
    const own = Object.assign(new NodeNavigator(), { gpu: mine });
    Object.defineProperty(globalThis, "navigator", { value: own, configurable: true });
    await expect(startOn(machine({ webgpu: dawn(REAL) }), "webgpu")).rejects.toMatchObject({ code: "MISSING_DEPENDENCY" });
    expect(gpuOfNavigator()).toBe(mine);
    const value = Object.defineProperty(new NodeNavigator(), "gpu", { value: fixed });
    Object.defineProperty(globalThis, "navigator", { value, configurable: true });
    await startOn(machine({ webgpu: dawn(REAL), "@tensorflow/tfjs-backend-webgpu": kernels }), "webgpu");
    expect(gpuOfNavigator()).toBe(fixed);
  });

  it("takes a software adapter by name only", async () => {
    const host = machine({ webgpu: dawn(SOFTWARE), "@tensorflow/tfjs-backend-webgpu": kernels });
    await expect(startOn(withWasm(host), "auto")).resolves.toMatchObject({
      name: "wasm",
      rejected: expect.arrayContaining([{ name: "webgpu", reason: expect.stringMatching(/llvmpipe.*slower than wasm/) }]),
    });
    expect(globals()).toEqual([before, false]); // nothing of it stays
    expect(await startOn(host, "webgpu")).toMatchObject({ name: "webgpu", device: "cpu", adapter: SOFTWARE.description });
  });

  it("says that there is no graphics card", async () => {
    await expect(startOn(machine({ webgpu: dawn(null) }), "webgpu")).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/finds no graphics card: it needs a driver for Vulkan/),
    });
  });

  it("does not ask Dawn, which prints warnings, where there is no driver; by name it does", async () => {
    const host = { ...machine({ webgpu: dawn(REAL), "@tensorflow/tfjs-backend-webgpu": kernels }), mayHaveVulkan: async () => false };
    const info = await startOn(withWasm(host), "auto");
    expect(info.name).toBe("wasm");
    expect(info.rejected.at(-1)).toMatchObject({ name: "webgpu", reason: expect.stringMatching(/finds no graphics card/) });
    expect(await startOn(host, "webgpu")).toMatchObject({ name: "webgpu", device: "gpu" });
  });

  it("says that the package has no binary for this platform, though it is installed", async () => {
    const wrong = () => {
      throw Object.assign(new Error("Cannot find module '/app/node_modules/webgpu/dist/sunos-x64/dawn.node'"), {
        code: "MODULE_NOT_FOUND",
      });
    };
    await expect(startOn(machine({ webgpu: wrong }), "webgpu")).rejects.toMatchObject({
      code: "MISSING_DEPENDENCY",
      message: expect.stringMatching(/^webgpu is installed but does not load: .*sunos-x64.* It has binaries for Linux, macOS and Windows/),
    });
  });

  it("takes its globals back when the kernels are not installed, or were imported before there was a GPU", async () => {
    await expect(startOn(machine({ webgpu: dawn(REAL) }), "webgpu")).rejects.toMatchObject({
      code: "MISSING_DEPENDENCY",
      message: expect.stringMatching(/npm install @tensorflow\/tfjs-backend-webgpu$/),
    });
    expect(globals()).toEqual([before, false]);
    const early = machine({ webgpu: dawn(REAL), "@tensorflow/tfjs-backend-webgpu": () => ({}) });
    await expect(startOn(early, "webgpu")).rejects.toMatchObject({
      message: expect.stringMatching(/imported before startBackend.*Leave that import out/),
    });
    expect(globals()).toEqual([before, false]);
  });
});
