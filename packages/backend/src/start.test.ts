import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { selfCheck, startBackend, wasmHeapBytes } from "./index";
import { guardWasmAllocations } from "./wasm";

afterEach(() => vi.restoreAllMocks());

describe("startBackend", () => {
  it("starts what this machine has, and says why not what comes before it", async () => {
    const { name, rejected } = await startBackend();
    const order = ["tfjs-node-gpu", "native", "tfjs-node", "webgpu", "wasm"];
    expect(order).toContain(name === "tensorflow" ? "tfjs-node" : name);
    expect(rejected.map((choice) => choice.name)).toEqual(order.slice(0, rejected.length));
    for (const { reason } of rejected) expect(reason).toMatch(/^[^\n]{20,}$/);
    expect(tf.getBackend()).toBe(name);
  });

  it("takes a backend by name, and one that a program registered itself", async () => {
    expect(await startBackend("wasm")).toEqual({ name: "wasm", device: "cpu", threads: 1, adapter: undefined, rejected: [] });
    expect(wasmHeapBytes()).toBeGreaterThan(2 ** 20);
    expect(await startBackend("cpu")).toMatchObject({ name: "cpu", threads: 1 });
    expect(wasmHeapBytes()).toBeUndefined();
    const cpu = tf.backend();
    for (const own of ["webgpu", "mine"]) {
      tf.registerBackend(own, () => cpu, 0);
      tf.copyRegisteredKernels("cpu", own);
    }
    expect((await startBackend("webgpu")).name).toBe("webgpu");
    expect(await startBackend("mine")).toMatchObject({ name: "mine", device: undefined, threads: undefined });
    for (const own of ["webgpu", "mine"]) tf.removeBackend(own);
  });

  it("names what there is when the name is unknown, and refuses unknown options", async () => {
    await expect(startBackend("cuda")).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/"cuda".*auto.*native.*cpu/),
    });
    await expect(startBackend("constructor")).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    await expect(startBackend("cpu", { threads: 4 } as never)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
    await expect(startBackend("cpu", { wasmPath: "/wasm/" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("refuses a backend that starts but computes wrongly", async () => {
    await startBackend("cpu");
    const right = tf.getKernel("BatchMatMul", "cpu")!;
    tf.unregisterKernel("BatchMatMul", "cpu");
    const cpu = tf.backend() as unknown as { data: { get(id: object): { values: Float32Array } } };
    tf.registerKernel({
      ...right,
      kernelFunc: (args) => {
        const result = right.kernelFunc(args) as tf.TensorInfo;
        cpu.data.get(result.dataId).values.fill(0);
        return result;
      },
    });
    await expect(selfCheck()).rejects.toMatchObject({ code: "BACKEND_WRONG_RESULT" });
    tf.unregisterKernel("BatchMatMul", "cpu");
    tf.registerKernel(right);
    await selfCheck();
  });
});

describe("guardWasmAllocations", () => {
  it("turns a failed allocation into an error, and leaves others alone", () => {
    const malloc = (bytes: number) => (bytes > 100 ? 0 : 64);
    const module = {
      HEAPU8: new Uint8Array(8),
      _free: () => {},
      _malloc: (bytes: number) => {
        module._malloc = malloc; // as emscripten's lazily bound exports do
        return malloc(bytes);
      },
    };
    guardWasmAllocations(module);
    guardWasmAllocations(module); // once is enough
    expect(module._malloc(10)).toBe(64);
    expect(module._malloc(0)).toBe(64);
    expect(() => module._malloc(2 ** 21)).toThrow(
      expect.objectContaining({ code: "OUT_OF_MEMORY", message: expect.stringContaining("2 MB") }),
    );
  });

  it("works on the real heap: the fifth GB is refused and the next tensor is whole", async () => {
    await startBackend("wasm");
    const backend = tf.backend() as unknown as { wasm: { _malloc(bytes: number): number } };
    const fill = () => {
      for (let i = 0; i < 20; i++) backend.wasm._malloc(2 ** 28); // 256 MB each; pages that nobody touches cost nothing
    };
    expect(fill).toThrow(/could not allocate 256 MB/);
    const next = tf.ones([3]);
    expect([...next.dataSync()]).toEqual([1, 1, 1]);
    next.dispose();
  });
});
