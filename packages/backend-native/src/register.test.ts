import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { registerNativeBackend } from "./index";
import { nativeAvailable } from "./test-support";

describe.runIf(nativeAvailable)("the native backend", () => {
  it("registers and multiplies", async () => {
    const info = await registerNativeBackend();
    expect(info.name).toBe("native");
    await tf.setBackend("native");
    const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    expect([...tf.matMul(a, a, true, false).dataSync()]).toEqual([10, 14, 14, 20]);
  });
});
