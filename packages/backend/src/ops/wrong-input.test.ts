import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import {
  type AdamWUpdateOptions,
  adamWUpdate,
  attention,
  crossEntropy,
  emaUpdate,
  embedding,
  KvCache,
  l2Normalize,
  layerNorm,
  linear,
  selfAttention,
  TransposedWeight,
} from "../index";

const invalid = (message: RegExp) => refusal("INVALID_ARGUMENT", message);

/** Calls with one argument after the other replaced by the same numbers as int32, by texts, and by none at all. */
function refusesOtherTypes(where: string, inputs: Record<string, tf.Tensor>, call: (inputs: never) => unknown): void {
  for (const [name, tensor] of Object.entries(inputs)) {
    const texts = tf.tensor(new Array(tensor.size).fill("x"), tensor.shape, "string");
    for (const [other, type] of [
      [tf.cast(tensor, "int32"), "int32"],
      [texts, "string"],
      [null, "null"],
      [5, "5"],
      [{}, "an object"],
    ] as const) {
      const wrong = () => call({ ...inputs, [name]: other } as never);
      expect(wrong, `${where}: ${name} ${type}`).toThrow(
        invalid(new RegExp(`^${where}: .*${name}.* must be a float32 tensor, got ${type}`)),
      );
    }
  }
}

const ids = () => tf.tensor1d([0, 1], "int32");

type Name = "x" | "w" | "bias" | "residual" | "gamma" | "beta" | "table" | "logits" | "weights" | "q" | "k" | "v" | "keyMask" | "qkv";
type Each = Readonly<Record<Name, never>>;

onEachBackend("wrong input", () => {
  it("of another type is an error that names the argument", () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        const [square, row, four] = [tf.ones([2, 2]), tf.ones([2]), tf.ones([1, 1, 2, 2])];
        refusesOtherTypes("linear", { x: square, w: square, bias: row, residual: square }, ({ x, w, bias, residual }: Each) =>
          linear(x, w, bias, { residual }),
        );
        refusesOtherTypes("layerNorm", { x: square, gamma: row, beta: row }, ({ x, gamma, beta }: Each) => layerNorm(x, gamma, beta));
        refusesOtherTypes("l2Normalize", { x: square }, ({ x }: Each) => l2Normalize(x));
        refusesOtherTypes("embedding", { table: square }, ({ table }: Each) => embedding(table, ids()));
        refusesOtherTypes("crossEntropy", { logits: square, weights: row }, ({ logits, weights }: Each) =>
          crossEntropy(logits, ids(), { weights }),
        );
        refusesOtherTypes("attention", { q: four, k: four, v: four, keyMask: tf.ones([1, 2]) }, ({ q, k, v, keyMask }: Each) =>
          attention(q, k, v, { keyMask }),
        );
        const options = { batch: 1, heads: 1 };
        refusesOtherTypes("selfAttention", { q: square, k: square, v: square, keyMask: tf.ones([1, 2]) }, ({ q, k, v, keyMask }: Each) =>
          selfAttention([q, k, v], { ...options, keyMask }),
        );
        refusesOtherTypes("selfAttention", { qkv: tf.ones([2, 3]) }, ({ qkv }: Each) => selfAttention(qkv, options));
        refusesOtherTypes("KvCache", { qkv: tf.ones([2, 3]), keyMask: tf.ones([1, 2]) }, ({ qkv, keyMask }: Each) =>
          new KvCache().attend(0, qkv, { ...options, keyMask }),
        );
        refusesOtherTypes("TransposedWeight", { w: square }, ({ w }: Each) => new TransposedWeight(w));
        const weight = new TransposedWeight(square as tf.Tensor2D);
        refusesOtherTypes("TransposedWeight", { x: square }, ({ x }: Each) => weight.apply(x));
        weight.dispose();
        for (const other of [tf.zeros([2]), undefined, null] as unknown as tf.Tensor1D[]) {
          expect(() => embedding(square as tf.Tensor2D, other)).toThrow(invalid(/^embedding: ids must be int32/));
          expect(() => crossEntropy(square as tf.Tensor2D, other)).toThrow(invalid(/^crossEntropy: targets must be int32/));
        }
      });
    });
  });

  it("of arguments that are left out, and options that are none", () => {
    tf.tidy(() => {
      const [square, four] = [tf.ones([2, 2]) as tf.Tensor2D, tf.ones([1, 1, 2, 2]) as tf.Tensor4D];
      const none = undefined as never;
      expect(() => attention(four, none, none)).toThrow(invalid(/^attention: k must be a float32 tensor, got undefined/));
      expect(() => layerNorm(square, none, none)).toThrow(invalid(/^layerNorm: gamma/));
      expect(() => layerNorm(tf.scalar(1), tf.ones([1]), tf.ones([1]))).toThrow(/shape \[\.\.\., d\], got shape \[\]/);
      expect(() => selfAttention([square, square] as never, { batch: 1, heads: 1 })).toThrow(invalid(/one tensor or three, got 2/));
      for (const options of [null, 5, true] as never[]) {
        expect(() => linear(square, square, undefined, options)).toThrow(invalid(/^linear: options must be an object, got (null|5|true)/));
        expect(() => crossEntropy(square, ids(), options)).toThrow(invalid(/^crossEntropy: options/));
        expect(() => attention(four, four, four, options)).toThrow(invalid(/^attention: options/));
        expect(() => selfAttention(square, options)).toThrow(invalid(/^selfAttention: options/));
        expect(() => new KvCache().attend(0, square, options)).toThrow(invalid(/^KvCache.attend: options/));
      }
      expect(() => linear(square, square, undefined, { activation: 5 } as never)).toThrow(invalid(/activation "5"/));
      for (const scale of [Number.NaN, Number.POSITIVE_INFINITY, "1"] as never[]) {
        expect(() => attention(four, four, four, { scale })).toThrow(invalid(/^attention: scale must be a finite number/));
        expect(() => selfAttention(tf.ones([2, 3]), { batch: 1, heads: 1, scale })).toThrow(invalid(/^selfAttention: scale/));
        expect(() => new KvCache().attend(0, tf.ones([2, 3]), { batch: 1, heads: 1, scale })).toThrow(invalid(/^KvCache: scale/));
      }
      for (const epsilon of [Number.NaN, -1]) {
        expect(() => layerNorm(square, tf.ones([2]), tf.ones([2]), epsilon)).toThrow(invalid(/^layerNorm: epsilon/));
        expect(() => l2Normalize(square, epsilon)).toThrow(invalid(/^l2Normalize: epsilon/));
      }
    });
  });

  it("of an optimizer's step changes nothing and leaves nothing", () => {
    expectNoLeak(() => {
      const names = ["parameter", "firstMoment", "secondMoment", "average"] as const;
      const variables = tf.tidy(() => names.map(() => tf.variable(tf.ones([2]))));
      const [parameter, firstMoment, secondMoment, average] = variables as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
      const right = { parameter, gradient: tf.ones([2]), firstMoment, secondMoment, average, learningRate: 0.1, step: 1, decay: 0.5 };
      const step = (changes: Record<string, unknown>) => () => {
        const { parameter, gradient, firstMoment, secondMoment, ...options } = { ...right, ...changes };
        adamWUpdate(parameter, gradient, firstMoment, secondMoment, options as AdamWUpdateOptions);
      };
      const whole = tf.tidy(() => tf.variable(tf.ones([2], "int32")));
      for (const name of [...names, "gradient"]) {
        expect(step({ [name]: whole }), name).toThrow(invalid(new RegExp(`^adamWUpdate: ${name} must be a float32 tensor, got int32`)));
        if (name !== "gradient") expect(step({ [name]: right.gradient })).toThrow(invalid(new RegExp(`^adamWUpdate: ${name} .*variable`)));
      }
      for (const option of ["learningRate", "step", "beta1", "beta2", "epsilon", "weightDecay", "decay"]) {
        for (const value of [Number.NaN, Number.POSITIVE_INFINITY, "0.1", null]) {
          expect(step({ [option]: value }), `${option} ${value}`).toThrow(invalid(new RegExp(`${option} must be`)));
        }
      }
      expect(step({ learningRate: undefined })).toThrow(invalid(/learningRate must be .* got undefined/));
      expect(step({ learningRate: -1 })).toThrow(invalid(/learningRate must be/));
      expect(step({ beta1: 1 })).toThrow(invalid(/beta1 must be less than 1/));
      expect(step({ beta2: 1 })).toThrow(invalid(/beta2 must be less than 1/));
      expect(() => adamWUpdate(parameter, parameter, firstMoment, secondMoment, null as never)).toThrow(
        invalid(/options must be an object/),
      );
      expect(() => emaUpdate(whole, parameter, 0.5)).toThrow(invalid(/^emaUpdate: average must be a float32 tensor, got int32/));
      expect(() => emaUpdate(right.gradient as never, parameter, 0.5)).toThrow(invalid(/^emaUpdate: average must be a variable/));
      expect(() => emaUpdate(average, whole, 0.5)).toThrow(invalid(/^emaUpdate: value/));
      for (const variable of variables) expect([...variable.dataSync()]).toEqual([1, 1]);
      tf.dispose([...variables, whole, right.gradient]);
    });
  });

  it("of a cache: sequences that are none, and layers out of turn", () => {
    expectNoLeak(() => {
      tf.tidy(() => {
        using cache = new KvCache();
        const tokens = (batch: number, count: number) => tf.ones([batch * count, 6]) as tf.Tensor2D;
        const attend = (layer: number, count: number, batch = 2) => cache.attend(layer, tokens(batch, count), { batch, heads: 1 });
        attend(0, 2);
        expect(() => attend(1, 1)).toThrow(invalid(/layer 1 must take the 2 tokens that layer 0 is ahead of it, got 1/));
        expect(() => attend(1, 2, 1)).toThrow(/layer 0 holds 2 sequences, got batch 1/);
        attend(1, 2);
        attend(0, 1);
        expect(() => attend(0, 1)).toThrow(invalid(/layer 0 can't go on: layer 1 holds 2 tokens and layer 0 3/));
        expect(() => cache.reorder([1, 0])).toThrow(invalid(/middle of a step/));
        expect(() => attend(2, 2)).toThrow(invalid(/layer 2 must take the 3 tokens/));
        attend(1, 1);
        expect(() => attend(1, 1)).toThrow(invalid(/must take the 0 tokens .* got 1/));
        expect(() => attend(0, 0)).toThrow(invalid(/no new tokens/));
        for (const [from, message] of [
          [[1.5, 0], /sequence must be a whole number .* got 1.5/],
          [[0, Number.NaN], /got NaN/],
          [["0"], /sequence must be/],
          [[undefined, 0], /got undefined/],
          [[-1], /got -1/],
          [tf.tensor1d([0, 1], "int32"), /takes an array of sequences, got another object/],
          [{}, /takes an array/],
          [new Set([0]), /takes an array/],
          [undefined, /got undefined/],
          [null, /takes an array/],
          [1, /got 1/],
          ["10", /got 10/],
        ] as [never, RegExp][]) {
          expect(() => cache.reorder(from)).toThrow(invalid(message));
        }
        expect(cache.length).toBe(3);
        cache.reorder(Int32Array.of(1, 0));
        attend(0, 1);
        attend(1, 1);
        expect(cache.length).toBe(4);
      });
    });
  });
});
