import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak } from "../../../test/tensors";
import { startBackend } from "./index";
import { guardWebgpu } from "./webgpu-guard";

class GPUValidationError {
  constructor(readonly message: string) {}
}
class GPUOutOfMemoryError extends GPUValidationError {}

/** A stand-in with a device, whose `addN` takes no more than its buffers allow. */
let report: (error: { message: string }) => void;
let lose: (info: { reason: string; message: string }) => void;
let most = 0;
let asked = 0;

beforeEach(async () => {
  await startBackend("cpu");
  most = 0;
  asked = 0;
  const device = {
    createComputePipeline: () => ({ getBindGroupLayout: (index: number) => ({ index, asked: ++asked }) }),
    limits: { maxStorageBuffersPerShaderStage: 8 },
    lost: new Promise((resolve) => {
      lose = resolve;
    }),
    addEventListener: (_: string, listener: (event: object) => void) => {
      report = (error) => listener({ error, preventDefault: () => {} });
    },
  };
  tf.registerBackend("webgpu", () => Object.assign(Object.create(tf.findBackend("cpu")), { device }), 0);
  tf.copyRegisteredKernels("cpu", "webgpu");
  const stock = tf.getKernel("AddN", "webgpu")!;
  tf.unregisterKernel("AddN", "webgpu");
  tf.registerKernel({
    ...stock,
    kernelFunc: (call) => {
      most = Math.max(most, (call.inputs as unknown as unknown[]).length);
      return stock.kernelFunc(call);
    },
  });
  await tf.setBackend("webgpu");
  guardWebgpu();
  guardWebgpu(); // once is enough
});

afterEach(async () => {
  await tf.setBackend("cpu");
  tf.removeBackend("webgpu");
  for (const { kernelName } of tf.getKernelsForBackend("webgpu")) tf.unregisterKernel(kernelName, "webgpu");
});

describe("guardWebgpu", () => {
  it("makes what the device refuses an error at the next read, sync or not, once", async () => {
    const x = tf.ones([2]);
    report(new GPUValidationError("too many buffers\n - while creating a pipeline"));
    report(new GPUValidationError("what follows from it"));
    expect(() => x.dataSync()).toThrow(refusal("BACKEND_WRONG_RESULT", /refused a kernel.*too many buffers - while.*wasm/));
    expect([...(await x.data())]).toEqual([1, 1]);
    report(new GPUValidationError("again"));
    await expect(x.data()).rejects.toMatchObject({ code: "BACKEND_WRONG_RESULT" });
    x.dispose();
  });

  it("tells memory that ran out from other errors", async () => {
    const x = tf.ones([2]);
    for (const error of [
      new GPUOutOfMemoryError("full"),
      new GPUValidationError("Buffer size (9) exceeds the max buffer size limit (8)"),
    ]) {
      report(error);
      await expect(x.data()).rejects.toMatchObject({ code: "OUT_OF_MEMORY", message: expect.stringMatching(/smaller batch/) });
    }
    x.dispose();
  });

  it("asks a program once for each layout of its bindings", () => {
    const { device } = tf.backend() as unknown as {
      device: { createComputePipeline(of: object): { getBindGroupLayout(i: number): object } };
    };
    const [first, second] = [device.createComputePipeline({}), device.createComputePipeline({})];
    expect(first.getBindGroupLayout(0)).toBe(first.getBindGroupLayout(0));
    expect(first.getBindGroupLayout(1)).toEqual({ index: 1, asked: 2 });
    expect(second.getBindGroupLayout(0)).toEqual({ index: 0, asked: 3 });
  });

  it("tells that the device was lost", async () => {
    const x = tf.ones([2]);
    lose({ reason: "unknown", message: "driver reset" });
    await Promise.resolve();
    await expect(x.data()).rejects.toMatchObject({
      code: "DEVICE_LOST",
      message: expect.stringMatching(/\(webgpu\): driver reset\. What/),
    });
    x.dispose();
  });

  it.each([1, 2, 7, 8, 13, 14, 48])("adds %i tensors, seven at a time, and leaves no sum in between behind", (count) => {
    const before = tf.findBackend("cpu").numDataIds();
    const sum = expectNoLeak(() => tf.tidy(() => [...tf.addN(Array.from({ length: count }, (_, i) => tf.tensor1d([i, 1]))).dataSync()]));
    expect(sum).toEqual([(count * (count - 1)) / 2, count]);
    expect(most).toBeLessThanOrEqual(7);
    expect(tf.findBackend("cpu").numDataIds()).toBe(before);
  });
});
