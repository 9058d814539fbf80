import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import { Parameters } from "../parameters";
import { attend } from "./attend";
import { dropout } from "./dropout";
import { MultiHeadAttention } from "./multi-head-attention";
import { TransformerBlock } from "./transformer-block";

const stream = { seed: 1, step: 0, place: "here" };
const ones = 20_000;
const dropped = (rate: number, some: object = {}) => tf.tidy(() => dropout(tf.ones([ones]), rate, { ...stream, ...some }).dataSync());

/** The share of positions where both drop. */
function together(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).filter((value, i) => value === 0 && b[i] === 0).length / a.length;
}

onEachBackend("dropout", () => {
  it("is of a float32 tensor that can be read, and of a stream that is whole", () => {
    expectNoLeak(() => {
      const x = tf.ones([3]);
      const whole = tf.ones([3], "int32");
      expect(() => dropout(whole, 0.5, stream)).toThrow(/must be float32, got int32/);
      expect(() => dropout(x, 0.5, undefined as never)).toThrow(refusal("INVALID_ARGUMENT"));
      expect(() => dropout(x, 0.5, { ...stream, place: Symbol("here") as never })).toThrow(/place must be text, got Symbol/);
      tf.dispose([x, whole]);
      expect(() => dropout(x, 0.5, stream)).toThrow(/isn't disposed/);
    });
  });

  it("drops the share asked for and scales the rest, so that the mean stays", () => {
    for (const rate of [0.1, 0.5, 0.9]) {
      const values = expectNoLeak(() => dropped(rate));
      const zeros = values.filter((value) => value === 0).length / ones;
      expect(Math.abs(zeros - rate)).toBeLessThan(4 * Math.sqrt((rate * (1 - rate)) / ones)); // four deviations
      expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
    }
    expect(new Set(dropped(1))).toEqual(new Set([0]));
  });

  it("depends on seed, step and place, and on nothing else", () => {
    const first = dropped(0.5);
    expect(dropped(0.5)).toEqual(first);
    for (const other of [{ seed: 2 }, { step: 1 }, { place: "there" }]) {
      expect(Math.abs(together(first, dropped(0.5, other)) - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / ones)); // as independent ones
    }
    const neighbours = together(first.slice(1), first.slice(0, -1));
    expect(Math.abs(neighbours - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / ones));
    expect(Array.from(first.slice(0, 12), Number)).toEqual(FIRST_TWELVE); // the same on every backend and in every version
  });

  it("is no operation at all at rate 0", () => {
    const x = tf.ones([3]);
    expect(dropout(x, 0, stream)).toBe(x);
    x.dispose();
  });

  it("passes gradients on where it passes numbers on", () => {
    expectNoLeak(() =>
      tf.tidy(() => {
        const gradient = tf
          .grad((x) => tf.sum(dropout(x, 0.5, stream)))(tf.ones([ones]))
          .dataSync();
        expect(gradient).toEqual(dropped(0.5));
      }),
    );
  });

  it("refuses rates that are no shares, and streams that have no name", () => {
    for (const rate of [-0.1, 1.1, Number.NaN]) expect(() => dropped(rate)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => dropped(0.1, { seed: 1.5 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => dropped(0.1, { step: -1 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => dropped(0.1, { steps: 1 })).toThrow(refusal("UNKNOWN_OPTION"));
  });
});

const FIRST_TWELVE = [2, 0, 2, 2, 0, 2, 2, 0, 2, 0, 0, 2];

onEachBackend("Dropout in blocks", () => {
  it("drops attention weights: softmax · mask · values, masks of keys and order kept", () => {
    expectNoLeak(() =>
      tf.tidy(() => {
        const random = (seed: number) => tf.randomNormal([8, 6], 0, 1, "float32", seed) as tf.Tensor2D; // 2 sequences of 4 tokens
        const [q, k, v] = [random(1), random(2), random(3)] as const;
        const keyMask = tf.tensor2d([
          [1, 1, 1, 1],
          [1, 1, 1, 0],
        ]);
        const masks = { batch: 2, heads: 2, causal: true, keyMask, place: "a." };
        const rate = 0.4;
        const got = attend([q, k, v], { ...masks, dropout: { seed: 3, step: 5, attention: rate } });
        const mask = dropout(tf.ones([2, 2, 4, 4]), rate, { seed: 3, step: 5, place: "a.weights" }).arraySync() as number[][][][];
        const [qs, ks, vs] = [q.arraySync(), k.arraySync(), v.arraySync()];
        const expected = Array.from({ length: 8 }, (_, row) => {
          const [text, query] = [Math.floor(row / 4), row % 4];
          return Array.from({ length: 6 }, (_, column) => {
            const head = Math.floor(column / 3);
            const score = (key: number) =>
              [0, 1, 2].reduce((sum, i) => sum + qs[row]![head * 3 + i]! * ks[text * 4 + key]![head * 3 + i]!, 0) / Math.sqrt(3);
            const keys = [0, 1, 2, 3].filter((key) => key <= query && !(text === 1 && key === 3));
            const total = keys.reduce((sum, key) => sum + Math.exp(score(key)), 0);
            return keys.reduce(
              (sum, key) => sum + (Math.exp(score(key)) / total) * mask[text]![head]![query]![key]! * vs[text * 4 + key]![column]!,
              0,
            );
          });
        });
        expect(got.dataSync()).toBeAllclose(expected.flat(), { rtol: 1e-4, atol: 1e-6 });
      }),
    );
  });

  it("is another in blocks of other names, and in each half of a block", () => {
    const config = { width: 8, heads: 2 };
    const names = ["layers.0.", "layers.1."];
    expectNoLeak(() => {
      using parameters = Parameters.initialize(
        names.flatMap((name) => TransformerBlock.specs(config, name)),
        1,
      );
      for (const { name, variable } of parameters.trainable()) {
        tf.tidy(() => variable.assign(tf.fill(variable.shape, Number(/(out_proj|fc2)\.bias$/.test(name))))); // every layer adds ones, before some are dropped
      }
      tf.tidy(() => {
        const [first, second] = names.map((name) => {
          const block = TransformerBlock.inside(config, parameters, name);
          return block.forward(tf.zeros([2, 5, 8]), { dropout: { seed: 1, step: 0, residual: 0.5 } }).dataSync();
        });
        for (const added of [first!, second!]) expect(new Set(added)).toEqual(new Set([0, 2, 4])); // none, one, both
        expect(second).not.toEqual(first);
      });
    });
  });

  it("is the same from the same seed and step, and absent at rate 0", () => {
    expectNoLeak(() => {
      using block = TransformerBlock.fromConfig({ width: 8, heads: 2 }, 1);
      using attention = MultiHeadAttention.fromConfig({ width: 8, heads: 2 }, 1);
      tf.tidy(() => {
        const x = tf.randomNormal([2, 3, 8], 0, 1, "float32", 1) as tf.Tensor3D;
        const run = (rates: object) => block.forward(x, { dropout: { seed: 1, step: 0, ...rates } }).dataSync();
        expect(run({})).toEqual(block.forward(x).dataSync());
        expect(run({ attention: 0, residual: 0 })).toEqual(block.forward(x).dataSync());
        expect(run({ residual: 0.5 })).toEqual(run({ residual: 0.5 }));
        expect(run({ residual: 0.5 })).not.toEqual(run({ residual: 0.5, step: 1 }));
        expect(run({ attention: 0.5 })).not.toEqual(run({}));
        expect(run({ residual: 1 })).toEqual(x.dataSync()); // nothing is added to the residual stream
        const memory = tf.randomNormal([2, 5, 8], 0, 1, "float32", 2) as tf.Tensor3D;
        const cross = attention.forward(x, { memory, dropout: { seed: 1, step: 0, attention: 0.3 } });
        expect(cross.shape).toEqual([2, 3, 8]);
      });
    });
  });

  it("refuses rates that a block doesn't have", () => {
    using block = TransformerBlock.fromConfig({ width: 8, heads: 2 }, 1);
    const run = (dropout: object) => () => tf.tidy(() => block.forward(tf.zeros([1, 2, 8]), { dropout: dropout as never }));
    expect(run({ seed: 1, step: 0, embedding: 0.1 })).toThrow(refusal("UNKNOWN_OPTION"));
    expect(run({ seed: 1, step: 0, residual: 2 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(run({ residual: 0.1 })).toThrow(refusal("INVALID_ARGUMENT"));
  });
});
