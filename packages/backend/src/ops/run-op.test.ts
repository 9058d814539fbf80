import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import { attention, crossEntropy, embedding, l2Normalize, layerNorm, linear } from "../index";
import { recordCustomGrad, runOp } from "./run-op";

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
const square = (x: tf.Tensor) => tf.sum(tf.square(x)) as tf.Scalar;
const values = (x: tf.Tensor) => [...x.dataSync()];

/** The kernels that ran, by name, and the bytes that tfjs counted after each. */
async function kernelsOf(body: () => tf.TensorContainer) {
  const { kernels } = await tf.profile(() => {
    tf.dispose(body());
    return tf.scalar(0);
  });
  return kernels;
}

onEachBackend("an op on the tape", () => {
  it("computes only the gradients that are asked for", async () => {
    const [x, w, b] = [random([4, 8], 1), random([8, 8], 2), random([8], 3)];
    const f = (x: tf.Tensor, w: tf.Tensor, b: tf.Tensor) => square(linear(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D, "relu"));
    const count = async (body: () => tf.TensorContainer, kernel: string) =>
      (await kernelsOf(body)).filter(({ name }) => name === kernel).length;
    expect(await count(() => tf.grad((x) => f(x, w, b))(x), "RsdixProduct")).toBe(1);
    expect(await count(() => tf.grad((x) => f(x, w, b))(x), "RsdixSumRows")).toBe(0);
    expect(await count(() => tf.grad((b) => f(x, w, b))(b), "RsdixProduct")).toBe(0);
    expect(await count(() => tf.grads(f)([x, w, b]), "RsdixProduct")).toBe(2);
    tf.dispose([x, w, b]);
  });

  it("frees what it saved on the way back", async () => {
    const layers = 12;
    const x = random([64, 64], 1) as tf.Tensor2D;
    const weights = Array.from({ length: layers }, (_, i) => tf.variable(tf.mul(random([64, 64], i), 0.1)));
    const [gamma, beta] = [tf.ones([64]) as tf.Tensor1D, tf.zeros([64]) as tf.Tensor1D];
    const loss = () =>
      square(
        weights.reduce(
          (h, w) => linear(layerNorm(h, gamma, beta), w as tf.Tensor as tf.Tensor2D, undefined, { activation: "geluTanh", residual: h }),
          x,
        ),
      );
    const kernels = await kernelsOf(() => {
      const { value, grads } = tf.variableGrads(loss, weights);
      return [value, ...Object.values(grads)];
    });
    const bytes = kernels.filter(({ name }) => name === "RsdixProduct").map(({ totalBytesSnapshot }) => totalBytesSnapshot);
    expect(bytes).toHaveLength(2 * layers - 1); // x is no variable
    // Every layer saved and then made several matrices of 16 KiB; what stays of it at the end is the gradient of its weight.
    const [first, last] = [bytes[0]!, bytes.at(-1)!];
    expect(last).toBeLessThan(first);
    expect(last - bytes[bytes.length - 3]!).toBeLessThan(0);
    expect(first - last).toBeGreaterThan((layers - 1) * 2 * 64 * 64 * 4);
    tf.dispose([x, weights, gamma, beta]);
  });

  it("leaves nothing behind", () => {
    const [x, w, b] = [random([4, 8], 1), random([8, 8], 2), random([8], 3)] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
    const net = (x: tf.Tensor, w: tf.Tensor = x) => {
      const h = layerNorm(linear(x as tf.Tensor2D, w as tf.Tensor2D, b, { activation: "quickGelu", residual: x as tf.Tensor2D }), b, b);
      const rows = embedding(l2Normalize(h), tf.tensor1d([0, 3, 3], "int32")) as tf.Tensor2D;
      const heads = tf.reshape(rows, [1, 2, 3, 4]) as tf.Tensor4D;
      const mixed = tf.reshape(attention(heads, heads, heads, { causal: true }), [3, 8]) as tf.Tensor2D;
      return crossEntropy(mixed, tf.tensor1d([1, 0, 7], "int32"));
    };
    const variable = tf.variable(w);
    const unused = tf.variable(w);
    const stop = (): never => {
      throw new Error("stop");
    };
    const scalar = (y: tf.Tensor) => {
      const [value] = y.dataSync();
      y.dispose();
      return value!;
    };
    for (let round = 0; round < 2; round++) {
      expectNoLeak(() => scalar(tf.tidy(() => net(x, w)))); // no gradient
      expectNoLeak(() => tf.dispose(tf.grad((x) => net(x, w))(x)));
      expectNoLeak(() => tf.dispose(tf.grads(net)([x, w])));
      expectNoLeak(() => tf.dispose(Object.values(tf.valueAndGrad((x) => net(x, w))(x))));
      expectNoLeak(() => {
        const { value, grads } = tf.variableGrads(() => net(x, variable) as tf.Scalar, [variable]);
        tf.dispose([value, ...Object.values(grads)]);
      });
      // Most of the tape leads nowhere.
      expectNoLeak(() => {
        const { value, grads } = tf.variableGrads(() => tf.add(square(unused), net(x, w)) as tf.Scalar, [unused]);
        tf.dispose([value, ...Object.values(grads)]);
      });
      // Exceptions, on the way there and back.
      const layer = (x: tf.Tensor, w: tf.Tensor) => linear(x as tf.Tensor2D, w as tf.Tensor2D, b, "gelu");
      const broken = tf.customGrad((x) => ({ value: tf.clone(x as tf.Tensor), gradFunc: stop }));
      expectNoLeak(() => expect(() => tf.grad((x) => [layer(x, w), stop()][0]!)(x)).toThrow("stop"));
      expectNoLeak(() =>
        expect(() => tf.tidy(() => tf.variableGrads(() => [layer(x, variable), stop()][0] as tf.Tensor as tf.Scalar))).toThrow("stop"),
      );
      expectNoLeak(() => expect(() => tf.grad((x) => layer(broken(layer(x, w)), w))(x)).toThrow("stop"));
    }
    // tfjs keeps what its own ops save, and without a scope around it nobody is told of an exception; the next gradient frees it all.
    const before = tf.memory().numTensors;
    expect(() => tf.variableGrads(() => tf.mul(net(x, variable), tf.square(x)).sum().add(stop()) as tf.Scalar)).toThrow("stop");
    tf.dispose(tf.grad((x) => square(linear(x as tf.Tensor2D, w)))(x));
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, w, b, variable, unused]);
  });

  it("doesn't free what isn't its own", () => {
    tf.tidy(() => {
      const [x, w, dy] = [random([4, 8], 1), random([8, 8], 2), random([4, 8], 3)] as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
      const f = (x: tf.Tensor) => linear(linear(x as tf.Tensor2D, w), w, undefined, "tanh");
      const g = tf.grad(f)(x, dy);
      expect(dy.isDisposed).toBe(false);
      // A custom op of somebody else's that hands one gradient to both of its inputs; a tensor used twice; both of them residuals.
      const both = tf.customGrad((...args) => {
        const [a, b] = args as [tf.Tensor, tf.Tensor];
        return { value: tf.add(a, b), gradFunc: (dy: tf.Tensor) => [dy, dy] };
      });
      const twice = tf.grad((x) => {
        const a = linear(x as tf.Tensor2D, w);
        const b = linear(x as tf.Tensor2D, w, undefined, { residual: a });
        return linear(both(a, b) as tf.Tensor2D, w, undefined, { activation: "tanh", residual: x as tf.Tensor2D });
      })(x, dy);
      const plain = tf.grad((x) => {
        const a = tf.matMul(x as tf.Tensor2D, w);
        return tf.add(tf.tanh(tf.matMul(tf.add(a, tf.add(tf.matMul(x as tf.Tensor2D, w), a)), w)), x);
      })(x, dy);
      expect(values(twice)).toBeAllclose(values(plain), { rtol: 1e-4, atol: 1e-5 });
      expect(values(g)).toHaveLength(32);
    });
  });

  it("refuses second derivatives, and goes on after that", () => {
    const [x, w] = [random([2, 3], 1), random([3, 3], 2)] as [tf.Tensor2D, tf.Tensor2D];
    const f = (x: tf.Tensor) => square(linear(x as tf.Tensor2D, w, undefined, "tanh"));
    const penalty = (x: tf.Tensor) => square(tf.grad(f)(x));
    expectNoLeak(() => {
      expect(() => tf.grad(penalty)(x)).toThrow(/RsdixLinear has no second derivative. Take the inner gradient before/);
      tf.dispose(tf.grad(f)(x));
    });
    expectNoLeak(() => {
      const constant = tf.tidy(() => penalty(x));
      tf.dispose([constant, tf.grad((x) => tf.mul(f(x), constant))(x)]);
    });
    tf.dispose([x, w]);
  });

  it("works by tf.customGrad as well", () => {
    tf.tidy(() => {
      const x = random([3, 4], 1);
      const kernel = { name: "RsdixTestDouble", composed: ({ x }: { x: tf.Tensor }) => [tf.mul(x, 2), tf.mul(x, 3)] } as const;
      const op = {
        kernel,
        attrs: {},
        saves: ["x", "y"],
        gradient: (dy: tf.Tensor, saved: Readonly<Record<string, tf.Tensor>>) => ({
          gradients: { x: () => tf.mul(dy, tf.addN([saved.x!, saved.y!, saved.state!])) },
        }),
      };
      const expected = values(tf.mul(x, 6));
      expect(values(tf.grad((x) => runOp({ ...op, inputs: { x } }))(x))).toBeAllclose(expected);
      expect(values(tf.grad((x) => recordCustomGrad({ ...op, inputs: { x } }, { x }))(x))).toBeAllclose(expected);
    });
  });
});
