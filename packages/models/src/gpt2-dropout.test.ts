import { KvCache } from "@rsdix/backend";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { expectLossAndGradients } from "../test/against-golden";
import { goldenCheckpoint } from "../test/golden";
import { lossAndGradients } from "../test/gradients";
import type { DropoutOptions } from "./blocks/dropout";
import { ClipCap } from "./clipcap";
import golden from "./fixtures/gpt2.json";
import { Gpt2 } from "./gpt2";
import { padTokens } from "./token-batch";

const checkpoint = goldenCheckpoint(golden.weights);
const load = () => Gpt2.fromCheckpoint(golden.config, checkpoint);
const batch = padTokens(golden.texts, 0);

onEachBackend("Gpt2 with dropout", () => {
  const stream = { seed: 1, step: 0 };
  const states = (gpt2: Gpt2, dropout: DropoutOptions) => gpt2.states(gpt2.embed(batch), { dropout });

  it("is the same model where nothing happens to be dropped, in loss and every gradient", () => {
    expectNoLeak(() => {
      using gpt2 = load();
      const rare = 1e-9; // no number is dropped, but what would drop it is computed
      const dropout = { ...stream, attention: rare, residual: rare, embedding: rare };
      expectLossAndGradients(gpt2.parameters, () => gpt2.loss(batch, { dropout }), {
        loss: golden.full.loss,
        gradients: Object.fromEntries(Object.entries(golden.full.gradients).map(([name, { values }]) => [name, values])),
      });
    });
  });

  it("drops the same where blocks are computed again on the way back", () => {
    expectNoLeak(() => {
      using gpt2 = load();
      const dropout = { ...stream, attention: 0.2, residual: 0.2, embedding: 0.2 };
      const kept = lossAndGradients(gpt2.parameters, () => gpt2.loss(batch, { dropout }));
      gpt2.gradientCheckpointing = true;
      const again = lossAndGradients(gpt2.parameters, () => gpt2.loss(batch, { dropout }));
      expect(again.loss).toBeCloseTo(kept.loss, 5);
      for (const [name, values] of kept.gradients)
        expect(again.gradients.get(name)!, name).toBeAllclose(values, { rtol: 1e-4, atol: 1e-5 });
    });
  });

  it("drops embeddings, attention weights and what blocks add, each by its rate", () => {
    expectNoLeak(() => {
      using gpt2 = load();
      tf.tidy(() => {
        const plain = gpt2.states(gpt2.embed(batch)).hidden.map((t) => t.dataSync());
        const after = (rates: object) => states(gpt2, { ...stream, ...rates }).hidden.map((t) => t.dataSync());
        const embedding = after({ embedding: 0.5 })[0]!;
        expect([...embedding].filter((value, i) => value !== 0 && Math.abs(value - 2 * plain[0]![i]!) > 1e-5)).toEqual([]);
        expect(Math.abs(embedding.filter((value) => value === 0).length - 72)).toBeLessThan(24); // of 144, four deviations
        const residual = after({ residual: 1 });
        expect([residual[1], residual[2]]).toEqual([plain[0], plain[0]]);
        const attention = after({ attention: 0.5 });
        expect(attention[0]).toEqual(plain[0]);
        expect(attention[1]).not.toEqual(plain[1]);
        expect(after({ attention: 0.5 })).toEqual(attention);
        expect(after({ attention: 0.5, step: 1 })[1]).not.toEqual(attention[1]);
        expect(after({})).toEqual(plain);
      });
    });
  });

  it("drops something else in each layer and in each half of one", () => {
    expectNoLeak(() => {
      using gpt2 = load();
      for (const { name, variable } of gpt2.parameters.trainable()) {
        tf.tidy(() => variable.assign(tf.fill(variable.shape, Number(name.endsWith("c_proj.bias"))))); // every layer adds ones, before some are dropped
      }
      tf.tidy(() => {
        const { hidden } = states(gpt2, { ...stream, residual: 0.5 });
        const [first, second] = [1, 2].map((layer) => tf.sub(hidden[layer]!, hidden[layer - 1]!).dataSync());
        for (const added of [first!, second!]) expect(new Set(added)).toEqual(new Set([0, 2, 4])); // none, one, both
        expect(second).not.toEqual(first);
      });
    });
  });

  it("is refused with a cache, or with rates that are none", () => {
    using gpt2 = load();
    using cache = new KvCache();
    const run = (options: object) => () => tf.tidy(() => gpt2.forward(gpt2.embed(batch), options));
    expectNoLeak(() => {
      expect(run({ cache, dropout: { ...stream, attention: 0.1 } })).toThrow(/a cache for decoding/);
      expect(run({ dropout: { ...stream, attention: 1.5 } })).toThrow(refusal("INVALID_ARGUMENT"));
      expect(run({ dropout: { ...stream, mlp: 0.5 } })).toThrow(refusal("UNKNOWN_OPTION"));
      expect(() => gpt2.loss(batch, { keyMask: 1 } as object)).toThrow(refusal("UNKNOWN_OPTION"));
    });
  });
});

onEachBackend("ClipCap with dropout", () => {
  it("drops in its GPT-2, by step", () => {
    expectNoLeak(() => {
      using clipcap = ClipCap.fromConfig({ prefixSize: 4, prefixLength: 2, gpt2: { ...golden.config } }, 1);
      const loss = (options?: object) => tf.tidy(() => clipcap.loss(tf.ones([3, 4]), batch, options).dataSync()[0]!);
      const at = (step: number) => loss({ dropout: { residual: 0.3, seed: 1, step } });
      expect(at(0)).toBe(at(0));
      expect(new Set([loss(), at(0), at(1)]).size).toBe(3);
      expect(() => loss({ drop: 1 })).toThrow(refusal("UNKNOWN_OPTION"));
      expect(clipcap.trainableVariables).toHaveLength(32);
    });
  });
});
