import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import { attention, crossEntropy, embedding, KvCache, l2Normalize, layerNorm, linear, selfAttention, TransposedWeight } from "../index";

type Inputs = readonly tf.Tensor[];
type Numbers = readonly [shape: number[], values: number[]];

const ids = (...shape: number[]) => tf.zeros<tf.Rank>(shape, "int32") as tf.Tensor1D;
const two = (x: tf.Tensor | undefined) => x as tf.Tensor2D;
const one = (x: tf.Tensor | undefined) => x as tf.Tensor1D;
const four = (x: tf.Tensor | undefined) => x as tf.Tensor4D;

/** Value, then the gradients of its sum. */
function valueAndGradients(f: (...inputs: Inputs) => tf.Tensor, inputs: Inputs): Numbers[] {
  const results = [f(...inputs), ...tf.grads((...args) => tf.sum(f(...args)))([...inputs])];
  return results.map((x) => [x.shape, [...x.dataSync()]]);
}

/** Leaves numbers where the next tensors will lie, which must not be seen in them. */
function soil(): void {
  for (const size of [4, 16, 64, 1024]) tf.fill([size], 7).dispose();
}

const filled = (value: number, ...shape: number[]): Numbers => [shape, new Array(tf.util.sizeFromShape(shape)).fill(value)];

/** Checks the shapes, and that all numbers there are equal `values[i]`. Inputs hold ones. */
function gives(shapes: number[][], f: (...inputs: Inputs) => tf.Tensor, output: Numbers, gradients: number[]): void {
  expectNoLeak(() => {
    let results: Numbers[] = [];
    tf.tidy(() => {
      soil();
      results = valueAndGradients(
        f,
        shapes.map((shape) => tf.ones(shape)),
      );
    });
    const expected = [output, ...shapes.map((shape, i) => filled(gradients[i]!, ...shape))];
    expect(results.map(([shape]) => shape)).toEqual(expected.map(([shape]) => shape));
    results.forEach(([, values], i) => {
      expect(values).toBeAllclose(expected[i]![1]);
    });
  });
}

onEachBackend("ops of nothing", () => {
  it("linear: no inputs give the bias, no rows or no outputs give nothing", () => {
    const apply = (x?: tf.Tensor, w?: tf.Tensor, b?: tf.Tensor) => linear(two(x), two(w), one(b), "relu");
    const turned = (x?: tf.Tensor, w?: tf.Tensor, b?: tf.Tensor) => linear(two(x), two(w), one(b), { transposed: true });
    gives([[2, 0], [0, 3], [3]], apply, filled(1, 2, 3), [0, 0, 2]);
    gives([[2, 0], [3, 0], [3]], turned, filled(1, 2, 3), [0, 0, 2]);
    gives([[0, 2], [2, 3], [3]], apply, filled(0, 0, 3), [0, 0, 0]);
    gives([[0, 2], [3, 2], [3]], turned, filled(0, 0, 3), [0, 0, 0]);
    gives([[2, 2], [2, 0], [0]], apply, filled(0, 2, 0), [0, 0, 0]);
    gives([[0, 0], [0, 0], [0]], apply, filled(0, 0, 0), [0, 0, 0]);
    const residual = (x?: tf.Tensor, w?: tf.Tensor, r?: tf.Tensor) => linear(two(x), two(w), undefined, { residual: two(r) });
    const shapes = [
      [2, 0],
      [0, 3],
      [2, 3],
    ];
    gives(shapes, residual, filled(1, 2, 3), [0, 0, 1]);
  });

  it("TransposedWeight: no inputs give zeros, no rows or no outputs give nothing", () => {
    const apply = (weight: [number, number], x: [number, number]) =>
      tf.tidy(() => {
        soil();
        using prepared = new TransposedWeight(tf.ones(weight));
        const y = prepared.apply(tf.ones(x));
        return [y.shape, [...y.dataSync()]] as unknown as tf.TensorContainer;
      });
    expect(apply([3, 0], [2, 0])).toEqual(filled(0, 2, 3));
    expect(apply([3, 2], [0, 2])).toEqual(filled(0, 0, 3));
    expect(apply([0, 2], [2, 2])).toEqual(filled(0, 2, 0));
  });

  it("layerNorm and l2Normalize: no rows or no width give nothing", () => {
    const norm = (x?: tf.Tensor, g?: tf.Tensor, b?: tf.Tensor) => layerNorm(x!, one(g), one(b));
    for (const shape of [
      [0, 3],
      [2, 0],
      [2, 2, 0],
      [2, 0, 3],
    ]) {
      const d = shape.at(-1)!;
      gives([shape, [d], [d]], norm, filled(0, ...shape), [0, 0, 0]);
    }
    gives([[0, 3]], (x) => l2Normalize(two(x)), filled(0, 0, 3), [0]);
    gives([[2, 0]], (x) => l2Normalize(two(x)), filled(0, 2, 0), [0]);
  });

  it("embedding: no ids, rows or columns give nothing", () => {
    gives([[3, 2]], (table) => embedding(two(table), ids(0)), filled(0, 0, 2), [0]);
    gives([[3, 2]], (table) => embedding(two(table), ids(2, 0)), filled(0, 2, 0, 2), [0]);
    gives([[0, 2]], (table) => embedding(two(table), ids(0)), filled(0, 0, 2), [0]);
    gives([[3, 0]], (table) => embedding(two(table), ids(2)), filled(0, 2, 0), [0]);
    gives([[3, 0]], (table) => embedding(two(table), ids(2, 2)), filled(0, 2, 2, 0), [0]);
  });

  it("crossEntropy: no rows give 0, no classes are an error", () => {
    gives([[0, 3]], (logits) => crossEntropy(two(logits), ids(0)), filled(0), [0]);
    gives([[0, 3]], (logits) => crossEntropy(two(logits), ids(0), { weights: tf.zeros([0]) }), filled(0), [0]);
    gives([[0, 0]], (logits) => crossEntropy(two(logits), ids(0)), filled(0), [0]);
    tf.tidy(() => {
      expect(() => crossEntropy(tf.zeros([2, 0]), ids(2))).toThrow(/logits \[2, 0\] have no classes/);
    });
  });

  it.each([{}, { causal: true, masked: true }])(
    "attention, %j: no width, queries or batch give nothing, no keys are an error",
    (options) => {
      const { masked, ...rest } = options as { causal?: boolean; masked?: boolean };
      const apply = (q?: tf.Tensor, k?: tf.Tensor, v?: tf.Tensor) => {
        const keyMask = tf.ones([k!.shape[0]!, k!.shape[2]!]) as tf.Tensor2D;
        return attention(four(q), four(k), four(v), masked ? { ...rest, keyMask } : rest);
      };
      const of = (batch: number, heads: number, queries: number, keys: number, d: number) => {
        const other = [batch, heads, keys, d];
        gives([[batch, heads, queries, d], other, other], apply, filled(0, batch, heads, queries, d), [0, 0, 0]);
      };
      of(1, 2, 3, 4, 0);
      of(1, 1, 3, 4, 0); // a plain product on wasm
      of(1, 1, 0, 4, 5);
      of(2, 1, 0, 4, 5);
      of(1, 1, 0, 0, 5);
      of(0, 2, 3, 3, 4);
      of(2, 0, 3, 3, 4);
      tf.tidy(() => {
        const none = tf.zeros([1, 1, 0, 4]) as tf.Tensor4D;
        expect(() => attention(tf.ones([1, 1, 3, 4]), none, none)).toThrow(/there are no keys/);
      });
    },
  );

  it("selfAttention: no tokens or no width give nothing", () => {
    const options = { batch: 2, heads: 2, causal: true };
    const part = (q?: tf.Tensor, k?: tf.Tensor, v?: tf.Tensor) => selfAttention([two(q), two(k), two(v)], options);
    for (const [rows, width] of [
      [0, 4],
      [4, 0],
    ] as const) {
      gives([[rows, 3 * width]], (qkv) => selfAttention(two(qkv), options), filled(0, rows, width), [0]);
      const shape = [rows, width];
      gives([shape, shape, shape], part, filled(0, ...shape), [0, 0, 0]);
    }
    gives([[3, 0]], (qkv) => selfAttention(two(qkv), { batch: 1, heads: 1 }), filled(0, 3, 0), [0]);
  });

  it("KvCache: counts tokens of no width, and keeps no sequences where none is left", () => {
    expectNoLeak(() => {
      using cache = new KvCache();
      tf.tidy(() => {
        const [first, second] = [4, 2].map((rows) => cache.attend(0, tf.zeros([rows, 0]), { batch: 2, heads: 1 }));
        expect([first!.shape, second!.shape]).toEqual([
          [4, 0],
          [2, 0],
        ]);
      });
      cache.reorder([]);
      expect(cache.length).toBe(3);
    });
  });
});
