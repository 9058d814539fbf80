import "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import { nativeAvailable } from "../test/test-support";
import { registerNativeBackend } from "./index";

describe.runIf(nativeAvailable)("the native backend", () => {
  const isa = process.env.RSDIX_ISA;
  afterEach(() => {
    if (isa === undefined) delete process.env.RSDIX_ISA;
    else process.env.RSDIX_ISA = isa;
  });

  it("refuses an instruction set that it doesn't know", async () => {
    process.env.RSDIX_ISA = "AVX2";
    await expect(registerNativeBackend()).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: 'RSDIX_ISA must be one of baseline, avx2, avx512, got "AVX2".',
    });
  });

  it("registers and multiplies, also after it was removed", async () => {
    for (let time = 0; time < 2; time++) {
      const info = await registerNativeBackend();
      expect(info.name).toBe("native");
      expect(await tf.setBackend("native")).toBe(true);
      const a = tf.tensor2d([1, 2, 3, 4], [2, 2]);
      expect([...tf.matMul(a, a, true, false).dataSync()]).toEqual([10, 14, 14, 20]);
      tf.removeBackend("native");
    }
  });

  it("computes what only the stock kernels can: complex numbers", async () => {
    await registerNativeBackend();
    const values = (backend: string) =>
      tf.setBackend(backend).then(() => {
        const spectrum = tf.fft(tf.complex(tf.tensor1d([1, 2, 3, 5]), tf.tensor1d([0, 1, 0, -1])));
        return [...tf.real(spectrum).dataSync(), ...tf.imag(spectrum).dataSync()];
      });
    expect(await values("native")).toBeAllclose(await values("cpu"));
  });

  it("has an error function, and a gelu, that end where they should", async () => {
    await registerNativeBackend();
    await tf.setBackend("native");
    const far = tf.tensor1d([-1e10, -20, -3.92, 3.92, 20, Number.NaN]);
    expect([...tf.erf(far).dataSync()]).toEqual([-1, -1, -1, 1, 1, Number.NaN]);
    const inputs = { x: tf.tensor2d([-1e4, 1e4], [2, 1]), w: tf.tensor2d([1], [1, 1]) };
    const [y] = tf.engine().runKernel("RsdixLinear", inputs, { activation: "gelu", training: false }) as tf.Tensor[];
    expect([...y!.dataSync()].map(Math.abs)).toEqual([0, 1e4]);
  });
});
