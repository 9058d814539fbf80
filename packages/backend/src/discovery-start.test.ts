import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Host } from "./discovery-host";
import { startBackend, startOn } from "./start";

beforeAll(async () => {
  await startBackend("cpu"); // registers it
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("the stock cpu backend's advice to install tfjs-node", () => {
  it("is silent whoever creates that backend, and whenever", async () => {
    const warn = vi.spyOn(console, "warn");
    const load = async (name: string) => {
      throw Object.assign(new Error(`Cannot find package '${name}' imported from x`), { code: "ERR_MODULE_NOT_FOUND" });
    };
    const host: Host = { node: "20.11.0", gpu: () => undefined, mayHaveVulkan: async () => true, load };
    const create = tf.findBackendFactory("cpu");
    const use = () => tf.tensor1d([1]).dispose();
    const fresh = () => {
      tf.removeBackend("cpu"); // as in a new process: registered, and not made
      tf.registerBackend("cpu", () => Object.assign(create() as tf.KernelBackend, { firstUse: true }), 1);
    };
    fresh();
    tf.findBackend("cpu"); // made by TensorFlow.js, and not used yet
    expect((await startOn(host, "auto")).name).toBe("cpu");
    use();
    fresh();
    await expect(startOn(host, "native")).rejects.toMatchObject({ code: "MISSING_DEPENDENCY" });
    await tf.setBackend("cpu"); // the program goes on without startBackend
    use();
    expect(warn).not.toHaveBeenCalled();
  });
});
