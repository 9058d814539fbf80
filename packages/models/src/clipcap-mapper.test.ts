import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { expectGradient, GOLDEN } from "../test/against-golden";
import { type GoldenTensor, goldenCheckpoint } from "../test/golden";
import { lossAndGradients } from "../test/gradients";
import { ClipCap } from "./clipcap";
import type { ClipCapLossOptions } from "./clipcap-mapper";
import golden from "./fixtures/clipcap-transformer.json";
import { padTokens } from "./token-batch";

const gpt2 = { vocabSize: 17, contextLength: 8, width: golden.width, layers: 1, heads: 2 };
const config = { ...golden.config, gpt2 };
const tensor = ({ shape, values }: GoldenTensor) => tf.tensor(values, shape);

/** The golden mapper before a GPT-2 of any weights. */
async function load(): Promise<ClipCap> {
  using fresh = ClipCap.fromConfig(config, 1);
  const checkpoint = await fresh.parameters.toCheckpoint();
  for (const [name, weight] of goldenCheckpoint(golden.weights)) checkpoint.set(name, weight);
  return ClipCap.fromCheckpoint(config, checkpoint);
}

onEachBackend("ClipCap's transformer mapper agrees with PyTorch", () => {
  it("in the prefix, and in the gradient of every weight", async () => {
    const before = tf.memory().numTensors;
    {
      using clipcap = await load();
      clipcap.parameters.setTrainable(/^gpt\./, false);
      const prefix = tf.tidy(() => clipcap.prefix(tensor(golden.embeddings) as tf.Tensor2D).dataSync());
      expect(prefix).toBeAllclose(golden.prefix.values, GOLDEN);
      const { loss, gradients } = lossAndGradients(clipcap.parameters, () =>
        tf.sum(tf.mul(clipcap.prefix(tensor(golden.embeddings) as tf.Tensor2D), tensor(golden.lossWeight))),
      );
      expect([loss]).toBeAllclose([golden.loss], GOLDEN);
      expect([...gradients.keys()].sort()).toEqual(Object.keys(golden.gradients).sort());
      for (const spec of clipcap.parameters.specs.filter(({ name }) => gradients.has(name))) {
        const gradient = tf.tidy(() => {
          const values = tf.tensor(gradients.get(spec.name)!, [...spec.shape]);
          return (spec.transposed ? tf.transpose(values) : values).dataSync();
        });
        const expected = golden.gradients[spec.name as "clip_project.prefix_const"];
        expectGradient(gradient, expected.values, spec.name);
      }
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("the same with its blocks computed again, to the bit, while less is kept for the way back", async () => {
    const before = tf.memory().numTensors;
    {
      using clipcap = await load();
      const captions = padTokens([[1, 2], [3], [4, 5, 6], [7], [8]], 0);
      const run = (gradientCheckpointing: boolean) => {
        clipcap.gradientCheckpointing = gradientCheckpointing;
        let kept = 0;
        const results = lossAndGradients(clipcap.parameters, () => {
          const start = tf.memory().numTensors;
          const prefix = clipcap.prefix(tensor(golden.embeddings) as tf.Tensor2D);
          kept = tf.memory().numTensors - start;
          const loss = tf.add(clipcap.loss(tensor(golden.embeddings) as tf.Tensor2D, captions), tf.sum(tf.square(prefix)));
          return loss as tf.Scalar;
        });
        return { ...results, kept };
      };
      const [all, again] = [run(false), run(true)];
      expect(again.loss).toBe(all.loss);
      expect(again.gradients).toEqual(all.gradients);
      expect(all.gradients.size).toBe(clipcap.parameters.specs.length);
      expect(again.kept).toBeLessThan(all.kept);
      // Frozen blocks are passed through, and what comes before them still learns.
      clipcap.parameters.setTrainable(/^clip_project\.transformer|^gpt\./, false);
      const [frozen, frozenAgain] = [run(false), run(true)];
      expect(frozenAgain.gradients).toEqual(frozen.gradients);
      expect([...frozen.gradients.keys()]).toEqual(["clip_project.linear.weight", "clip_project.linear.bias", "clip_project.prefix_const"]);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it("with dropout by seed and step, whether blocks are computed again or not", async () => {
    using clipcap = await load();
    expectNoLeak(() => {
      const captions = padTokens([[1, 2], [3], [4, 5, 6], [7], [8]], 0);
      const run = (mapperDropout?: ClipCapLossOptions["mapperDropout"], gradientCheckpointing = false) => {
        clipcap.gradientCheckpointing = gradientCheckpointing;
        const options = mapperDropout && { mapperDropout };
        return lossAndGradients(clipcap.parameters, () => clipcap.loss(tensor(golden.embeddings) as tf.Tensor2D, captions, options));
      };
      const plain = run();
      const stream = { seed: 3, step: 1 };
      expect(run({ ...stream, attention: 0, residual: 0 })).toEqual(plain);
      const seen = new Set([plain.loss]);
      for (const rates of [{ attention: 0.3 }, { residual: 0.3 }, { attention: 0.3, residual: 0.3 }]) {
        const dropped = run({ ...stream, ...rates });
        expect(run({ ...stream, ...rates })).toEqual(dropped);
        const again = run({ ...stream, ...rates }, true);
        expect(again.loss).toBe(dropped.loss);
        expect(again.gradients).toEqual(dropped.gradients);
        for (const other of [dropped.loss, run({ ...stream, ...rates, step: 2 }).loss, run({ ...stream, ...rates, seed: 4 }).loss])
          seen.add(other);
      }
      expect(seen.size).toBe(10);
      const nothing = run({ ...stream, residual: 1 }).gradients.get("clip_project.transformer.layers.0.mlp.fc2.weight")!;
      expect(nothing.every((value) => value === 0)).toBe(true);
    });
  });

  it("and captions' loss goes through it", async () => {
    using clipcap = await load();
    expectNoLeak(() => {
      const captions = padTokens([[1, 2], [3], [4, 5, 6], [7], [8]], 0);
      const { loss, gradients } = lossAndGradients(clipcap.parameters, () =>
        clipcap.loss(tensor(golden.embeddings) as tf.Tensor2D, captions),
      );
      expect(loss).toBeGreaterThan(0);
      expect(gradients.get("clip_project.prefix_const")!.some((value) => value !== 0)).toBe(true);
    });
  });
});

describe("A transformer mapper's sizes", () => {
  it("are the original's where nothing is said, with as many positions for the image as for the prefix", () => {
    using clipcap = ClipCap.fromConfig({ prefixSize: 4, prefixLength: 2, mapper: "transformer", gpt2: { ...gpt2, width: 16 } }, 1);
    expect(clipcap.config.mapper).toEqual({ clipLength: 2, layers: 8, heads: 8 });
    expect(clipcap.parameters.get("clip_project.linear.weight").shape).toEqual([4, 2 * 16]);
    expect(clipcap.parameters.get("clip_project.transformer.layers.7.mlp.fc1.weight").shape).toEqual([16, 32]);
  });

  it("are checked", () => {
    const make = (mapper: object | string) => () => ClipCap.fromConfig({ ...config, mapper } as never, 1);
    expect(make("perceiver")).toThrow(refusal("INVALID_ARGUMENT"));
    expect(make({ depth: 2 })).toThrow(refusal("UNKNOWN_OPTION"));
    expect(make({ layers: 0 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(make({ clipLength: 1.5 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(make({ heads: 3 })).toThrow(/3 heads must divide GPT-2's width 8/);
  });
});

describe("mapperDropout", () => {
  it("is for a transformer, with rates that it has", () => {
    expectNoLeak(() => {
      using mlp = ClipCap.fromConfig({ prefixSize: 4, prefixLength: 2, gpt2 }, 1);
      using transformer = ClipCap.fromConfig({ prefixSize: 4, prefixLength: 2, mapper: { layers: 1, heads: 2 }, gpt2 }, 1);
      const captions = padTokens([[1, 2]], 0);
      const loss = (clipcap: ClipCap, mapperDropout: object) => () =>
        tf.tidy(() => void clipcap.loss(tf.ones([1, 4]), captions, { mapperDropout: mapperDropout as never }));
      const stream = { seed: 1, step: 0 };
      expect(loss(mlp, { ...stream, residual: 0.1 })).toThrow(/mapperDropout is for a transformer mapper, and this one is an MLP/);
      expect(loss(transformer, { ...stream, residual: 1.1 })).toThrow(/dropout.residual must be .* at most 1, got 1.1/);
      expect(loss(transformer, { ...stream, embedding: 0.1 })).toThrow(/the mapper of ClipCap.loss's dropout has no option "embedding"/);
      expect(loss(transformer, { residual: 0.1 })).toThrow(/seed must be/);
      const misspelt = () => tf.tidy(() => void mlp.loss(tf.ones([1, 4]), captions, { dropuot: stream } as object));
      expect(misspelt).toThrow(/no option "dropuot"/);
    });
  });
});
