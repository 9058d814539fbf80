import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { selfCheck, startBackend, wasmHeapBytes } from "./index";
import { guardWasmAllocations } from "./wasm";

afterEach(() => vi.restoreAllMocks());

describe("startBackend", () => {
  it("takes wasm in Node and says why not the others", async () => {
    const info = await startBackend();
    expect(info).toMatchObject({ name: "wasm", threads: 1 });
    expect(info.rejected.map(({ name }) => name)).toEqual(["tensorflow", "webgpu", "webgl"]);
    expect(info.rejected[0]!.reason).toMatch(/no TensorFlow.js backend "tensorflow"/);
    expect(wasmHeapBytes()).toBeGreaterThan(2 ** 20);
  });

  it("takes a backend by name, and one that a program registered itself", async () => {
    expect((await startBackend("cpu")).name).toBe("cpu");
    const cpu = tf.backend();
    tf.registerBackend("webgpu", () => cpu, 0);
    tf.copyRegisteredKernels("cpu", "webgpu");
    expect((await startBackend()).name).toBe("webgpu");
    tf.removeBackend("webgpu");
  });

  it("names what there is when the name is unknown, and refuses unknown options", async () => {
    await expect(startBackend("cuda")).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/"cuda".*cpu.*auto/s),
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
