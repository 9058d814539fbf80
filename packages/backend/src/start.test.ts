import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { testBackends } from "../../../test/backends";
import { selfCheck, startBackend, wasmHeapBytes } from "./index";

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

  it("starts one after the other where calls overlap, also after one that fails", async () => {
    const started = await Promise.allSettled([startBackend("cpu"), startBackend("nonsense"), startBackend("wasm"), startBackend("cpu")]);
    expect(started.map((one) => (one.status === "fulfilled" ? [one.value.name, one.value.threads] : one.reason.code))).toEqual([
      ["cpu", 1],
      "BACKEND_UNAVAILABLE",
      ["wasm", 1],
      ["cpu", 1],
    ]);
    expect(tf.getBackend()).toBe("cpu");
  });

  it.each(testBackends().filter((name) => ["cpu", "wasm", "native"].includes(name)))(
    "starts %s again after TensorFlow.js was reset",
    async (name) => {
      const first = await startBackend(name);
      tf.engine().reset();
      expect(await startBackend(name)).toEqual(first);
    },
  );

  it.runIf(testBackends().includes("native"))("starts native again after it was removed, and again beside others", async () => {
    const warn = vi.spyOn(console, "warn");
    const first = await startBackend("native");
    const { kernelFunc } = tf.getKernel("BatchMatMul", "native")!;
    for (const _ of [1, 2]) {
      tf.removeBackend("native");
      expect(await startBackend("native")).toEqual(first);
      expect(tf.getBackend()).toBe("native");
      expect(tf.getKernel("BatchMatMul", "native")!.kernelFunc).toBe(kernelFunc); // the native ones still
    }
    expect((await Promise.all([startBackend("native"), startBackend("wasm")])).map(({ name }) => name)).toEqual(["native", "wasm"]);
    expect(warn).not.toHaveBeenCalled(); // of kernels that are registered twice
  });

  it("names what there is when the name is unknown, and refuses unknown options", async () => {
    await expect(startBackend("cuda")).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/"cuda".*auto.*native.*cpu/),
    });
    await expect(startBackend("constructor")).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    await expect(startBackend("cpu", { threads: 4 } as never)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
    await expect(startBackend("cpu", { wasmPath: "/wasm/" })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(startBackend("cpu", { onLost: "reload" } as never)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringMatching(/onLost must be a function, got reload/),
    });
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
