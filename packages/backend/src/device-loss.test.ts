import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, inject, it, vi } from "vitest";
import type { TestBackend } from "../../../test/backends";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { watchLoss } from "./device-loss";
import { type DeviceLoss, linear, startBackend } from "./index";

const LOST = refusal("DEVICE_LOST", /^The GPU's device was lost \(.*startBackend\(\) again/);
const wasm = inject("browser") ? { wasmPath: inject("browser")!.wasmPath } : {};

/** Takes the device away, as a driver that is reset does. */
function lose(): void {
  const { device, gpgpu } = tf.backend() as unknown as { device?: { destroy(): void }; gpgpu?: { gl: WebGLRenderingContext } };
  if (device) device.destroy();
  else gpgpu!.gl.getExtension("WEBGL_lose_context")!.loseContext();
}

/** What it has computed, not merely what was uploaded. */
const product = () => tf.tidy(() => tf.matMul(tf.ones([16, 16]), tf.fill([16, 16], 2)));

onEachBackend("A device that is lost", (backend: TestBackend) => {
  if (backend !== "webgpu" && backend !== "webgl") {
    it("is none of a processor's: its backends take onLost and never call it", async () => {
      const options = { onLost: () => expect.unreachable(), ...(backend === "wasm" ? wasm : {}) };
      expect((await startBackend(backend, options)).name).toBe(backend);
    });
    return;
  }

  it("is told of once, and what was on it can't be read, nor what is being read", async () => {
    const losses: DeviceLoss[] = [];
    await startBackend(backend, { onLost: (loss) => losses.push(loss) });
    const before = tf.memory().numTensors;
    const [read, kept] = [product(), product()];
    const host = tf.tensor1d([1, 2, 3]);
    const reading = read.data();
    lose();
    await expect(reading).rejects.toEqual(LOST);
    await expect(kept.data()).rejects.toEqual(LOST);
    expect(() => kept.dataSync()).toThrow(LOST);
    expect(() => tf.add(kept, 1)).toThrow(LOST);
    expect([...(await host.data())]).toEqual([1, 2, 3]); // never was on the device
    const reason = backend === "webgpu" ? "destroyed" : "unknown";
    expect(losses).toEqual([{ backend, reason, message: expect.stringMatching(/./) }]);
    tf.dispose([read, kept, host]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is replaced by the next start: weights that are loaded again compute rightly, and what was lost can be disposed", async () => {
    await startBackend(backend);
    const before = tf.memory().numTensors;
    const stale = product();
    lose(); // not known yet when the next start begins
    const losses: DeviceLoss[] = [];
    const info = await startBackend(backend, { onLost: (loss) => losses.push(loss) });
    expect(info).toMatchObject({ name: backend, rejected: [] });
    tf.env().set(backend === "webgpu" ? "WEBGPU_CPU_FORWARD" : "WEBGL_CPU_FORWARD", false);
    const [x, w] = [tf.ones([2, 3]) as tf.Tensor2D, tf.fill([3, 2], 0.5) as tf.Tensor2D];
    const { value, grad } = tf.valueAndGrad((weight: tf.Tensor) => tf.sum(linear(x, weight as tf.Tensor2D)))(w);
    expect([...(await value.data()), ...(await grad.data())]).toEqual([6, 2, 2, 2, 2, 2, 2]);
    expect([...(await tf.tidy(() => tf.addN(Array.from({ length: 20 }, () => tf.ones([1])))).data())]).toEqual([20]);
    expect(() => tf.add(stale, 1)).toThrow(LOST); // not zeros
    tf.dispose([x, w, value, grad, stale]);
    expect(tf.memory().numTensors - before).toBe(1); // the sum that was read
    expect(losses).toEqual([]);
    lose();
    await vi.waitFor(() => expect(losses).toHaveLength(1), 5000);
  });

  it("leaves the page with whatever else there is, where the next start may choose", async () => {
    const told = vi.fn();
    await startBackend(backend, { onLost: told });
    lose();
    await vi.waitFor(() => expect(told).toHaveBeenCalledOnce(), 5000);
    await startBackend("auto", wasm); // a graphics card again, or a processor where there is none
    const sum = tf.tidy(() => tf.sum(product()));
    expect([...(await sum.data())]).toEqual([16 * 16 * 32]);
    sum.dispose();
    await startBackend(backend);
  });

  it("was not lost where the program removed the backend", async () => {
    await startBackend(backend, { onLost: () => expect.unreachable() });
    const factory = tf.findBackendFactory(backend);
    tf.removeBackend(backend);
    tf.registerBackend(backend, factory, 3);
    await startBackend(backend);
    await new Promise((resolve) => setTimeout(resolve, 50)); // what would be told is told by now
  });
});

describe("watchLoss", () => {
  const backendThat = (read: () => Promise<unknown>) => {
    const backend = { disposed: false, read, readSync: () => 0 };
    let lose = (_: { reason: "unknown"; message: string }): void => undefined;
    const lost = new Promise<{ reason: "unknown"; message: string }>((resolve) => {
      lose = resolve;
    });
    watchLoss(backend, { name: "webgpu", lost, onHost: () => false });
    return { backend, lose };
  };

  it("waits for the reason where a read was aborted, and gives the abort where there is none", async () => {
    const abort = () => Promise.reject(new DOMException("unmapped", "AbortError"));
    const { backend, lose } = backendThat(abort);
    const reading = backend.read.call(backend);
    setTimeout(() => lose({ reason: "unknown", message: "driver reset" }), 10);
    await expect(reading).rejects.toEqual(refusal("DEVICE_LOST", /\(webgpu\): driver reset\. What/));
    await expect(backendThat(abort).backend.read.call(undefined)).rejects.toMatchObject({ name: "AbortError" });
  });

  it("gives other errors as they are, at once, and ends a read that never would", async () => {
    await expect(backendThat(() => Promise.reject(new TypeError("other"))).backend.read.call(undefined)).rejects.toThrow("other");
    const { backend, lose } = backendThat(() => new Promise(() => undefined));
    const reading = backend.read.call(backend);
    lose({ reason: "unknown", message: "gone." });
    await expect(reading).rejects.toEqual(LOST);
    expect(() => backend.readSync()).toThrow(LOST);
  });
});
