import "@tensorflow/tfjs";
import { createRandom } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { nativeAvailable } from "../../test/test-support";
import { registerNativeBackend } from "../index";
import type { NativeBackend } from "../native-backend";

const random = createRandom(11).fork("linear");
const tensor = (...shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.next() * 2 - 1),
    shape,
  );

interface Layer {
  activation?: string | undefined;
  training?: boolean;
  transposeW?: boolean;
}
const run = (inputs: tf.NamedTensorMap, { training = false, ...attrs }: Layer) =>
  tf.engine().runKernel("RsdixLinear", inputs, { ...attrs, training } as never) as unknown as tf.Tensor[];

const SHAPES = { quickGelu: (z: tf.Tensor) => tf.mul(z, tf.sigmoid(tf.mul(z, 1.702))), relu: tf.relu, tanh: tf.tanh } as Record<
  string,
  (z: tf.Tensor) => tf.Tensor
>;
SHAPES.gelu = (z) => tf.mul(tf.mul(z, 0.5), tf.add(1, tf.erf(tf.mul(z, Math.SQRT1_2))));
SHAPES.geluTanh = (z) =>
  tf.mul(tf.mul(z, 0.5), tf.add(1, tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), tf.add(z, tf.mul(0.044715, tf.mul(z, tf.square(z))))))));

describe.runIf(nativeAvailable)("RsdixLinear on the native backend", () => {
  beforeAll(async () => {
    await registerNativeBackend();
    await tf.setBackend("native");
  });

  it.each([
    [1, 5, 7],
    [3, 40, 33],
    [13, 64, 32],
    [50, 96, 200],
    [120, 70, 130],
    [0, 4, 3],
  ])("%i rows, %i to %i", (m, k, n) => {
    for (const activation of [undefined, ...Object.keys(SHAPES)]) {
      for (const transposeW of [false, true]) {
        tf.tidy(() => {
          const [x, bias, residual] = [tensor(m, k), tensor(n), tensor(m, n)];
          const w = transposeW ? tensor(n, k) : tensor(k, n);
          const z = tf.add(tf.matMul(x, w, false, transposeW), bias);
          const expected = tf.add(activation ? SHAPES[activation]!(z) : z, residual).dataSync();
          // Four times: the last two with a packed weight.
          for (let use = 0; use < 4; use++) {
            const [y] = run({ x, w, bias, residual }, { activation, transposeW });
            expect(y!.shape).toEqual([m, n]);
            expect(y!.dataSync()).toBeAllclose(expected, { rtol: 2e-5, atol: 2e-5 });
          }
          const [y, slope] = run({ x, w, bias, residual }, { activation, transposeW, training: true });
          expect(y!.dataSync()).toBeAllclose(expected, { rtol: 2e-5, atol: 2e-5 });
          if (activation) expect(slope!.dataSync()).toBeAllclose(tf.grad(SHAPES[activation]!)(z).dataSync(), { rtol: 1e-4, atol: 2e-5 });
          else expect(slope).toBeUndefined();
        });
      }
    }
  });

  it("keeps the uses of one weight apart: plain, transposed, reshaped", () => {
    tf.tidy(() => {
      const x = tensor(3, 64);
      const w = tensor(64, 64);
      const wide = tf.reshape(w, [32, 128]);
      for (let use = 0; use < 5; use++) {
        for (const transposeW of [false, true]) {
          const [y] = run({ x, w }, { transposeW });
          expect(y!.dataSync()).toBeAllclose(tf.matMul(x, w, false, transposeW).dataSync(), { atol: 1e-5 });
        }
        const half = tf.slice(x, [0, 0], [3, 32]);
        const [y] = run({ x: half, w: wide }, {});
        expect(y!.dataSync()).toBeAllclose(tf.matMul(half, wide).dataSync(), { atol: 1e-5 });
      }
    });
  });

  it("forgets a packed weight when it is changed or disposed", () => {
    const backend = tf.backend() as unknown as NativeBackend;
    tf.tidy(() => {
      const x = tensor(4, 64);
      const w = tf.variable(tensor(64, 96));
      for (let use = 0; use < 4; use++) run({ x, w }, {});
      w.assign(tf.mul(w, 2) as tf.Tensor2D);
      const [y] = run({ x, w }, {});
      expect(y!.dataSync()).toBeAllclose(tf.matMul(x as tf.Tensor2D, w as tf.Tensor as tf.Tensor2D).dataSync(), { atol: 1e-5 });

      for (let use = 0; use < 4; use++) run({ x, w }, {});
      const values = backend.floats(w);
      for (let i = 0; i < values.length; i++) values[i]! *= 0.5; // what an optimiser does in place
      backend.changed(w);
      const [after] = run({ x, w }, {});
      expect(after!.dataSync()).toBeAllclose(tf.matMul(x as tf.Tensor2D, w as tf.Tensor as tf.Tensor2D).dataSync(), { atol: 1e-5 });
      w.dispose();
    });
  });
});
