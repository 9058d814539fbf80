import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Adapter } from "./discovery-adapter";
import type { BackendPackage, Host } from "./discovery-host";
import { type BackendInfo, startOn } from "./start";

type Packages = Partial<Record<BackendPackage, () => unknown>>;

/** A machine with these packages; each entry is what importing it does. The wasm backend is the real one. */
function machine(packages: Packages, rest: Partial<Host> = {}): Host & { loaded: string[] } {
  const all: Packages = { "@tensorflow/tfjs-backend-wasm": () => import("@tensorflow/tfjs-backend-wasm"), ...packages };
  const loaded: string[] = [];
  const load = async (name: BackendPackage) => {
    loaded.push(name);
    return all[name]
      ? all[name]()
      : raise("ERR_MODULE_NOT_FOUND", `Cannot find package '${name}' imported from /app/node_modules/@rsdix/backend/dist/index.js`);
  };
  return { node: "20.11.0", gpu: () => undefined, mayHaveVulkan: async () => true, load, loaded, ...rest };
}

const browser = (packages: Packages, adapter?: Adapter | null) =>
  machine(packages, {
    node: undefined,
    gpu: () => (adapter === undefined ? undefined : { requestAdapter: async () => adapter }),
  });

function raise(code: string, message: string): never {
  throw Object.assign(new Error(message), { code });
}

const registered = new Set<string>();

/** A stand-in that computes as the cpu backend does, until a test breaks it. */
function register(name: string, properties: object = {}): void {
  registered.add(name);
  tf.registerBackend(name, () => Object.assign(Object.create(tf.findBackend("cpu")), properties), 0);
  tf.copyRegisteredKernels("cpu", name);
}

function breakKernel(kernelName: string, backendName: string, kernelFunc: tf.KernelFunc): void {
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc });
}

beforeAll(async () => {
  await startOn(machine({}), "cpu");
});

afterEach(async () => {
  vi.restoreAllMocks();
  await tf.setBackend("cpu");
  for (const name of registered) {
    if (tf.engine().registryFactory[name]) tf.removeBackend(name);
    for (const { kernelName } of tf.getKernelsForBackend(name) ?? []) tf.unregisterKernel(kernelName, name);
  }
  registered.clear();
});

/** What "auto" says of one choice. */
async function reasonFor(choice: string, host: Host): Promise<string> {
  const { rejected } = await startOn(host, "auto");
  return rejected.find(({ name }) => name === choice)!.reason;
}

describe("auto in Node", () => {
  it("takes wasm where nothing else is installed, and says what to install", async () => {
    const host = machine({});
    const info = await startOn(host, "auto");
    expect(info).toEqual({
      name: "wasm",
      device: "cpu",
      threads: 1,
      adapter: undefined,
      rejected: [
        { name: "tfjs-node-gpu", reason: "@tensorflow/tfjs-node-gpu is not installed. Run: npm install @tensorflow/tfjs-node-gpu" },
        { name: "native", reason: "@rsdix/backend-native is not installed. Run: npm install @rsdix/backend-native" },
        { name: "tfjs-node", reason: "@tensorflow/tfjs-node is not installed. Run: npm install @tensorflow/tfjs-node" },
        { name: "webgpu", reason: "webgpu is not installed. Run: npm install webgpu @tensorflow/tfjs-backend-webgpu" },
      ],
    });
    expect(tf.getBackend()).toBe("wasm");
    expect(host.loaded).toEqual([
      "@tensorflow/tfjs-node-gpu",
      "@rsdix/backend-native",
      "@tensorflow/tfjs-node",
      "webgpu",
      "@tensorflow/tfjs-backend-wasm",
    ]);
  });

  it("takes cpu where not even wasm loads", async () => {
    const wasm = () => raise("ERR_MODULE_NOT_FOUND", "Cannot find package '@tensorflow/tfjs-backend-wasm' imported from x");
    const info = await startOn(machine({ "@tensorflow/tfjs-backend-wasm": wasm }), "auto");
    expect([info.name, info.rejected.at(-1)!.name]).toEqual(["cpu", "wasm"]);
  });
});

describe("native", () => {
  const native = (registerNativeBackend: () => Promise<{ threads: number }>) => ({
    "@rsdix/backend-native": () => ({ registerNativeBackend }),
  });

  it("comes right after a GPU, with its threads", async () => {
    const host = machine(
      native(async () => {
        register("native");
        return { threads: 2 };
      }),
    );
    expect(await startOn(host, "auto")).toMatchObject({ name: "native", device: "cpu", threads: 2, rejected: [{ name: "tfjs-node-gpu" }] });
    expect(host.loaded).not.toContain("@tensorflow/tfjs-node");
  });

  it("is passed over with its own line where no binary fits", async () => {
    const host = machine(native(() => raise("BACKEND_UNAVAILABLE", "no binary for sunos-x64.\n  Run: npm install it\n")));
    expect(await reasonFor("native", host)).toBe("no binary for sunos-x64. Run: npm install it");
    await expect(startOn(host, "native")).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/native: no binary/),
    });
  });

  it("is not passed over for a setting of the user's that is wrong", async () => {
    const code = "INVALID_ARGUMENT";
    const message = 'RSDIX_THREADS must be a whole number from 1 to 64, got "two".';
    const host = machine(
      native(async () => {
        throw Object.assign(new Error(message), { name: "RsdixError", code });
      }),
    );
    for (const name of ["auto", "native"]) await expect(startOn(host, name)).rejects.toMatchObject({ code, message });
    expect(host.loaded).not.toContain("@tensorflow/tfjs-backend-wasm");
    expect(tf.getBackend()).toBe("cpu"); // what ran before runs on
  });

  it("is passed over when its binary is another platform's", async () => {
    const load = () => raise("ERR_DLOPEN_FAILED", "/app/rsdix.node: invalid ELF header");
    expect(await reasonFor("native", machine({ "@rsdix/backend-native": load }))).toBe(
      "@rsdix/backend-native is installed but does not load: /app/rsdix.node: invalid ELF header.",
    );
  });

  it("is passed over when it computes wrongly, and another backend computes on", async () => {
    const host = machine(
      native(async () => {
        register("native");
        const right = tf.getKernel("BatchMatMul", "cpu")!.kernelFunc;
        breakKernel("BatchMatMul", "native", (call) => {
          const result = right(call) as tf.TensorInfo;
          (call.backend as { data: { get(id: object): { values: Float32Array } } }).data.get(result.dataId).values.fill(0);
          return result;
        });
        return { threads: 2 };
      }),
    );
    expect(await reasonFor("native", host)).toMatch(/^The backend "native" computes wrongly: .* Use another backend/);
    expect(tf.getBackend()).toBe("wasm");
    await tf.setBackend("cpu");
    await expect(startOn(host, "native")).rejects.toMatchObject({ code: "BACKEND_WRONG_RESULT" });
    expect(tf.getBackend()).toBe("cpu"); // what ran before runs on
  });
});

describe("tfjs-node and tfjs-node-gpu", () => {
  const gpu = (isUsingGpuDevice: boolean) => () => register("tensorflow", { isGPUPackage: true, isUsingGpuDevice });
  const node = () => register("tensorflow", { isGPUPackage: false, isUsingGpuDevice: false });
  const noAddon = () =>
    raise(
      "",
      "The Node.js native addon module (tfjs_binding.node) can not be found at path: /app/lib/napi-v8/tfjs_binding.node. \nPlease run",
    );

  it("takes a GPU first", async () => {
    expect(await startOn(machine({ "@tensorflow/tfjs-node-gpu": gpu(true) }), "auto")).toMatchObject({
      name: "tensorflow",
      device: "gpu",
      rejected: [],
    });
  });

  it("calls the GPU package without CUDA no GPU, but uses its processor kernels in tfjs-node's place", async () => {
    const host = machine({ "@tensorflow/tfjs-node-gpu": gpu(false) });
    const { name, device, rejected } = await startOn(host, "auto");
    expect([name, device, rejected.map((choice) => choice.name)]).toEqual(["tensorflow", "cpu", ["tfjs-node-gpu", "native"]]);
    expect(rejected[0]!.reason).toMatch(/finds no CUDA device.*CUDA 11\.2 and cuDNN 8\.1/);
    expect(host.loaded).not.toContain("@tensorflow/tfjs-node"); // both in one process register their kernels twice
    await expect(startOn(host, "tfjs-node-gpu")).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/CUDA/),
    });
    expect(await startOn(host, "tensorflow")).toMatchObject({ name: "tensorflow", device: "cpu" });
  });

  it("does not load the GPU package beside tfjs-node", async () => {
    node();
    const host = machine({ "@tensorflow/tfjs-node-gpu": gpu(true) });
    expect(await reasonFor("tfjs-node-gpu", host)).toMatch(/cannot be loaded beside @tensorflow\/tfjs-node/);
    expect(host.loaded).not.toContain("@tensorflow/tfjs-node-gpu");
  });

  it("takes tfjs-node by its own name and by TensorFlow.js'", async () => {
    const host = machine({ "@tensorflow/tfjs-node": node });
    expect(await startOn(host, "tfjs-node")).toMatchObject({ name: "tensorflow", device: "cpu", rejected: [] });
    expect(await startOn(host, "tensorflow")).toMatchObject({ rejected: [{ name: "tfjs-node-gpu" }] });
  });

  it("says how to build a missing addon, and takes back the kernels that were registered before it was missed", async () => {
    const half = () => {
      tf.registerKernel({ kernelName: "Add", backendName: "tensorflow", kernelFunc: () => raise("", "half a backend") });
      noAddon();
    };
    const host = machine({ "@tensorflow/tfjs-node": half });
    expect(await reasonFor("tfjs-node", host)).toMatch(
      /^@tensorflow\/tfjs-node is installed but does not load: .*tfjs_binding.node.* Run: npm rebuild @tensorflow\/tfjs-node --build-addon-from-source$/,
    );
    expect(tf.getKernel("Add", "tensorflow") ?? null).toBeNull();
    await expect(startOn(host, "tensorflow")).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/for "tensorflow":\ntfjs-node-gpu: .*not installed.*\ntfjs-node: .*tfjs_binding/),
    });
  });

  it("names Node 23 where tfjs-node fails on it, and only there", async () => {
    const broken = () => {
      node();
      breakKernel("Add", "tensorflow", () => raise("", "(0 , util_1.isNullOrUndefined) is not a function"));
    };
    const on = (version: string) => reasonFor("tfjs-node", machine({ "@tensorflow/tfjs-node": broken }, { node: version }));
    expect(await on("24.1.0")).toMatch(/broken on Node 23 and later, and this is 24\.1\.0 \(tensorflow\/tfjs#8609: .*isNullOrUndefined/);
    expect(await on("20.11.0")).toMatch(/loads but does not compute: .*isNullOrUndefined/);
  });

  it("gives what the README shows of such a machine without a graphics card", async () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const shown = runInNewContext(`(${/^```js\n(\{\n[^`]*)```$/m.exec(readme)![1]})`) as BackendInfo;
    const broken = () => {
      node();
      breakKernel("Add", "tensorflow", () => raise("", "(0 , util_1.isNullOrUndefined) is not a function"));
    };
    const info = await startOn(
      machine({ "@tensorflow/tfjs-node": broken, webgpu: () => ({}) }, { node: "24.21.0", mayHaveVulkan: async () => false }),
      "auto",
    );
    const cut = info.rejected.map(({ name, reason }) => ({ name, reason: reason.replace(/(#8609: ).*?(?= Use Node)/, "$1...)") }));
    expect({ ...info, rejected: cut }).toEqual(shown);
  });
});

describe("webgl and webgpu in a browser", () => {
  const kernels = { "@tensorflow/tfjs-backend-webgpu": () => register("webgpu") };

  it("takes webgpu with a graphics card", async () => {
    const info = await startOn(browser(kernels, { info: { vendor: "nvidia", architecture: "ampere" } }), "auto");
    expect(info).toMatchObject({ name: "webgpu", device: "gpu", adapter: "nvidia ampere", rejected: [] });
  });

  it.each<[string, Adapter]>([
    ["SwiftShader", { info: { vendor: "google", architecture: "swiftshader", description: "" } }],
    ["WARP", { info: { description: "Microsoft Basic Render Driver" } }],
    ["a fallback, as older browsers say it", { isFallbackAdapter: true, requestAdapterInfo: async () => ({ vendor: "someone" }) }],
  ])("passes over the software adapter %s, but takes it by name", async (_, adapter) => {
    const reason = await reasonFor("webgpu", browser(kernels, adapter));
    expect(reason).toMatch(/^Only a software adapter \(.+\), which is slower than wasm\. .*startBackend\("webgpu"\)/);
    expect(await startOn(browser(kernels, adapter), "webgpu")).toMatchObject({ name: "webgpu", device: "cpu", rejected: [] });
  });

  it("says why there is none", async () => {
    expect(await reasonFor("webgpu", browser(kernels))).toMatch(/no WebGPU.*https or localhost/);
    expect(await reasonFor("webgpu", browser(kernels, null))).toMatch(/finds no graphics card/);
    expect(await reasonFor("webgpu", browser({}, { info: { vendor: "amd" } }))).toMatch(
      /Run: npm install @tensorflow\/tfjs-backend-webgpu$/,
    );
  });

  it("takes webgl on a graphics card before wasm, not on a software renderer", async () => {
    const gl = (renderer: string) => ({ getExtension: () => ({ UNMASKED_RENDERER_WEBGL: 1 }), getParameter: () => renderer });
    register("webgl", { gpgpu: { gl: gl("ANGLE (NVIDIA, RTX 3060)") } });
    expect(await startOn(browser({}), "auto")).toMatchObject({ name: "webgl", device: "gpu", adapter: "ANGLE (NVIDIA, RTX 3060)" });
    tf.removeBackend("webgl");
    register("webgl", { gpgpu: { gl: gl("ANGLE (Google, Vulkan 1.3 (SwiftShader Device))") } });
    expect(await startOn(browser({}), "auto")).toMatchObject({ name: "wasm", rejected: [{ name: "webgpu" }, { name: "webgl" }] });
    expect(await startOn(browser({}), "webgl")).toMatchObject({ name: "webgl", device: "cpu" });
  });

  it("knows what runs in Node only, and in browsers only", async () => {
    for (const name of ["native", "tfjs-node", "tfjs-node-gpu"]) {
      await expect(startOn(browser({}), name)).rejects.toMatchObject({
        code: "BACKEND_UNAVAILABLE",
        message: expect.stringMatching(/Node only/),
      });
    }
    await expect(startOn(machine({}), "webgl")).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/browsers only/),
    });
  });
});
