import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../../test/tensors";
import { expectLossAndGradients, GOLDEN, tensorOf } from "../../test/against-golden";
import { type GoldenTensor, goldenCheckpoint } from "../../test/golden";
import golden from "../fixtures/blocks.json";
import { Parameters } from "../parameters";
import { LayerNorm } from "./layer-norm";
import { type AttentionForwardOptions, MultiHeadAttention } from "./multi-head-attention";
import { TransformerBlock, type TransformerBlockConfig } from "./transformer-block";

interface Case {
  weights: object;
  output: GoldenTensor;
  towards: GoldenTensor;
  gradients: object;
  inputs: { x: GoldenTensor; memory?: GoldenTensor };
  inputGradients: { x: number[]; memory?: number[] };
}

/** Output, gradients of every weight and of the inputs, against torch's. */
function compare(parameters: Parameters, expected: Case, forward: (x: tf.Tensor3D, memory?: tf.Tensor3D) => tf.Tensor3D): void {
  const { inputs, inputGradients, towards } = expected;
  const given = [inputs.x, ...(inputs.memory ? [inputs.memory] : [])];
  tf.tidy(() => {
    const run = (...tensors: tf.Tensor[]) => forward(tensors[0] as tf.Tensor3D, tensors[1] as tf.Tensor3D | undefined);
    const tensors = given.map((input) => tensorOf(input));
    const y = run(...tensors);
    expect(y.shape).toEqual(expected.output.shape);
    expect(y.dataSync()).toBeAllclose(expected.output.values, GOLDEN);
    const loss = (...some: tf.Tensor[]) => tf.sum(tf.mul(run(...some), tensorOf(towards))) as tf.Scalar;
    const gradients = tf.grads(loss)(tensors);
    expect(gradients[0]!.dataSync()).toBeAllclose(inputGradients.x, GOLDEN);
    if (inputGradients.memory) expect(gradients[1]!.dataSync()).toBeAllclose(inputGradients.memory, GOLDEN);
    expectLossAndGradients(parameters, () => loss(...tensors), expected);
  });
}

const size = { width: 8, heads: 2 };

onEachBackend("MultiHeadAttention equals torch's nn.MultiheadAttention", () => {
  it("attending to itself", () => {
    expectNoLeak(() => {
      const names = { ...size, names: "torch" as const };
      using parameters = Parameters.fromCheckpoint(MultiHeadAttention.specs(names), goldenCheckpoint(golden.self.weights));
      const attention = MultiHeadAttention.inside(names, parameters, "");
      compare(parameters, golden.self, (x) => attention.forward(x));
      compare(parameters, golden.self, (x) => attention.forward(x, { memory: x }));
    });
  });

  it("attending to a memory of another length with padding", () => {
    expectNoLeak(() => {
      const names = { ...size, names: "torch" as const };
      using parameters = Parameters.fromCheckpoint(MultiHeadAttention.specs(names), goldenCheckpoint(golden.cross.weights));
      const attention = MultiHeadAttention.inside(names, parameters, "");
      compare(parameters, golden.cross, (x, memory) => {
        const options: AttentionForwardOptions = { memory: memory!, keyMask: tf.tensor2d(golden.keyMask) };
        return attention.forward(x, options);
      });
    });
  });
});

/** What a block of torch is called in Hugging Face's names; a packed matrix is cut in three. */
function renamed(weights: Record<string, GoldenTensor>, names: "clip" | "bert"): Record<string, GoldenTensor> {
  const table =
    names === "clip"
      ? { parts: ["q_proj", "k_proj", "v_proj"], attention: "self_attn.", norm1: "layer_norm1", linear1: "mlp.fc1", linear2: "mlp.fc2" }
      : { parts: ["self.query", "self.key", "self.value"], attention: "attention.", norm1: "attention.output.LayerNorm" };
  const rest =
    names === "clip" ? { norm2: "layer_norm2" } : { norm2: "output.LayerNorm", linear1: "intermediate.dense", linear2: "output.dense" };
  const layers: Record<string, string> = { ...table, ...rest } as never;
  const out = names === "clip" ? "out_proj" : "output.dense";
  return Object.fromEntries(
    Object.entries(weights).flatMap(([name, { shape, values }]) => {
      const packed = /^self_attn\.in_proj_(weight|bias)$/.exec(name);
      if (packed) {
        const third = values.length / 3;
        return table.parts.map((part, i) => [
          `${table.attention}${part}.${packed[1]}`,
          { shape: [shape[0]! / 3, ...shape.slice(1)], values: values.slice(i * third, (i + 1) * third) },
        ]);
      }
      const [, layer, kind] = /^(.*)\.(weight|bias)$/.exec(name)!;
      return [[`${layer === "self_attn.out_proj" ? table.attention + out : layers[layer!]}.${kind}`, { shape, values }]];
    }),
  );
}

onEachBackend("TransformerBlock equals torch's nn.TransformerEncoderLayer", () => {
  const cases = [
    ["pre", { ...size, mlpWidth: 12, activation: "gelu", layerNormEpsilon: 1e-6, norm: "pre" }],
    ["post", { ...size, mlpWidth: 12, activation: "relu", layerNormEpsilon: 1e-6, norm: "post" }],
  ] as const satisfies [string, TransformerBlockConfig][];
  const options = (kind: "pre" | "post") => (kind === "pre" ? { causal: true } : { keyMask: tf.tensor2d(golden.keyMask) });

  it.each(cases)("with %s-norm, in torch's names, inside a larger model", (kind, config) => {
    expectNoLeak(() => {
      const named = { ...config, names: "torch" as const };
      const checkpoint = goldenCheckpoint(golden[kind].weights);
      using parameters = Parameters.fromCheckpoint(TransformerBlock.specs(named), checkpoint);
      const block = TransformerBlock.inside(named, parameters, "");
      compare(parameters, golden[kind], (x) => block.forward(x, options(kind)));
    });
  });

  it.each(cases)("with %s-norm, in Hugging Face's names", (kind, config) => {
    for (const names of ["clip", "bert"] as const) {
      expectNoLeak(() => {
        const named = { ...config, names };
        const specs = TransformerBlock.specs(named, "layer.0.");
        const checkpoint = new Map(
          [...goldenCheckpoint(renamed(golden[kind].weights, names))].map(([name, value]) => [`layer.0.${name}`, value]),
        );
        using parameters = Parameters.fromCheckpoint(specs, checkpoint);
        const block = TransformerBlock.inside(named, parameters, "layer.0.");
        tf.tidy(() => {
          const y = block.forward(tensorOf(golden[kind].inputs.x), options(kind));
          expect(y.dataSync(), names).toBeAllclose(golden[kind].output.values, GOLDEN);
        });
      });
    }
  });
});

onEachBackend("Blocks of one's own", () => {
  it("start the same from a seed, own their weights and free them", () => {
    expectNoLeak(() => {
      using a = TransformerBlock.fromConfig({ ...size, names: "torch" }, 1);
      using b = TransformerBlock.fromConfig({ ...size, names: "torch" }, 1);
      using attention = MultiHeadAttention.fromConfig(size, 2);
      using norm = LayerNorm.fromConfig({ width: 8 });
      tf.tidy(() => {
        const x = tf.randomNormal([2, 3, 8], 0, 1, "float32", 1) as tf.Tensor3D;
        expect(a.forward(x).dataSync()).toEqual(b.forward(x).dataSync());
        expect(attention.forward(x).shape).toEqual([2, 3, 8]);
        const { mean, variance } = tf.moments(norm.forward(x), 2);
        expect(mean.dataSync()).toBeAllclose(new Array(6).fill(0), { atol: 1e-5 });
        expect(variance.dataSync()).toBeAllclose(new Array(6).fill(1), { atol: 1e-3 });
      });
      const [bound, values] = [Math.sqrt(6 / 32), a.parameters.get("self_attn.in_proj_weight").dataSync()];
      expect(Math.max(...values)).toBeLessThanOrEqual(bound);
      expect(Math.max(...values)).toBeGreaterThan(0.9 * bound);
      const names = ["q_proj", "k_proj", "v_proj", "out_proj"].flatMap((name) => [`${name}.weight`, `${name}.bias`]);
      expect(attention.parameters.specs.map(({ name }) => name)).toEqual(names);
    });
  });

  it("refuse inputs of other sizes", () => {
    using block = TransformerBlock.fromConfig(size, 1);
    using attention = MultiHeadAttention.fromConfig(size, 1);
    using norm = LayerNorm.fromConfig({ width: 8 });
    const zeros = (...shape: number[]) => tf.zeros(shape) as tf.Tensor as tf.Tensor3D;
    const wrong = [
      () => block.forward(zeros(2, 3, 7)),
      () => block.forward(zeros(3, 8)),
      () => block.forward(zeros(2, 3, 8), { keyMask: tf.ones([2, 4]) }),
      () => block.forward(zeros(2, 3, 8), { keyMask: tf.ones([1, 3]), dropout: { attention: 0.1, seed: 1, step: 0 } }),
      () => attention.forward(zeros(2, 3, 8), { memory: zeros(1, 3, 8) }),
      () => attention.forward(zeros(2, 3, 8), { memory: zeros(2, 3, 6) }),
      () => norm.forward(zeros(2, 7)),
    ];
    expectNoLeak(() => {
      for (const call of wrong) expect(() => tf.tidy(call)).toThrow(refusal("SHAPE_MISMATCH"));
      const x = zeros(2, 3, 8);
      expect(() => tf.tidy(() => attention.forward(x, { memory: x, causal: true }))).toThrow(refusal("INVALID_ARGUMENT"));
      x.dispose();
      expect(() => tf.tidy(() => block.forward(zeros(2, 3, 8), { mask: 1 } as object))).toThrow(refusal("UNKNOWN_OPTION"));
      expect(() => tf.tidy(() => attention.forward(zeros(2, 3, 8), { residual: 1 } as object))).toThrow(refusal("UNKNOWN_OPTION"));
    });
  });
});

describe("Configurations of blocks", () => {
  it("are checked", () => {
    expect(() => TransformerBlock.fromConfig({ width: 9, heads: 2 }, 1)).toThrow(/width must be a multiple of heads, got 9 and 2/);
    expect(() => TransformerBlock.fromConfig({ ...size, norm: "middle" as "pre" }, 1)).toThrow(/"pre" or "post", got "middle"/);
    expect(() => TransformerBlock.fromConfig({ ...size, names: "keras" as "bert" }, 1)).toThrow(/clip, bert, torch, got "keras"/);
    expect(() => TransformerBlock.fromConfig({ ...size, activation: "swish" as "gelu" }, 1)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => TransformerBlock.fromConfig({ ...size, depth: 1 } as never, 1)).toThrow(refusal("UNKNOWN_OPTION"));
    expect(() => MultiHeadAttention.fromConfig({ width: 8, heads: 0 }, 1)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => MultiHeadAttention.fromConfig({ width: 8, heads: 3 }, 1)).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => LayerNorm.fromConfig({ width: 0 })).toThrow(refusal("INVALID_ARGUMENT"));
    expect(() => LayerNorm.fromConfig({ width: 2, eps: 1 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
  });
});
