import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { unitRows } from "../test/random-batch";
import { distillationLoss } from "./distillation-loss";
import { infoNCE } from "./info-nce";
import { clampScale, type LearnableScaleKind, learnableBias, learnableScale } from "./learnable";

const read = (variable: tf.Variable) => variable.dataSync()[0]!;

onEachBackend("learnableScale and learnableBias", () => {
  it("start as in the papers, or where they are told to", () => {
    expectNoLeak(() => {
      const kinds: LearnableScaleKind[] = ["clip", "siglip", "distillation"];
      const scales = [...kinds.map((kind) => learnableScale(kind)), learnableBias(), learnableBias({ init: -2 })];
      scales.push(learnableScale("clip", { init: Math.log(100) }), learnableScale("distillation", { init: 0 }));
      expect(scales.map(read)).toBeAllclose([Math.log(1 / 0.07), Math.log(10), 3.9, -10, -2, Math.log(100), 0]);
      expect(scales.map(({ shape, dtype, trainable }) => ({ shape, dtype, trainable }))).toEqual(
        scales.map(() => ({ shape: [], dtype: "float32", trainable: true })),
      );
      tf.dispose(scales);
    });
  });

  it("are known to variableGrads by their names", () => {
    expectNoLeak(() => {
      const [scale, bias] = [learnableScale("siglip", { name: "test.scale" }), learnableBias({ name: "test.bias" })];
      const { value, grads } = tf.variableGrads(() => tf.add(tf.mul<tf.Scalar>(tf.exp(scale), 2), bias));
      expect(Object.keys(grads).sort()).toEqual(["test.bias", "test.scale"]);
      tf.dispose([value, grads, scale, bias]);
    });
  });

  it("outlive a tidy", () => {
    expectNoLeak(() => {
      const bias = tf.tidy(() => learnableBias());
      expect(read(bias)).toBe(-10);
      bias.dispose();
    });
  });

  it("keep CLIP's scale at most ln 100 through steps that push it up", () => {
    expectNoLeak(() => {
      const scale = learnableScale("clip", { init: 4.5 });
      const rows = tf.tensor2d(unitRows(1, 6, 4));
      const optimizer = tf.train.sgd(100);
      const seen: number[] = [];
      const free: number[] = [];
      for (let step = 0; step < 5; step++) {
        // Identical embeddings are matched perfectly, so a greater scale is always the better one; the term keeps the slope from vanishing.
        optimizer.minimize(() => tf.sub(infoNCE(rows, rows, { logitScale: scale }), tf.mul<tf.Scalar>(scale, 0.01)), false, [scale]);
        free.push(read(scale));
        clampScale(scale, "clip");
        seen.push(read(scale));
      }
      expect(Math.min(...free)).toBeGreaterThan(Math.log(100));
      expect(Math.max(...seen)).toBeLessThanOrEqual(Math.log(100));
      expect(seen).toBeAllclose(seen.map(() => Math.log(100)));
      tf.dispose([rows, scale]);
      optimizer.dispose();
    });
  });

  it("leave a scale within the limits as it is, and CLIP's below zero too", () => {
    expectNoLeak(() => {
      for (const [kind, init] of [
        ["clip", -3],
        ["clip", 2],
        ["distillation", 0.5],
      ] as const) {
        const scale = learnableScale(kind, { init });
        clampScale(scale, kind);
        expect(read(scale)).toBe(init);
        scale.dispose();
      }
    });
  });

  it("bring the distillation scale back to where it has a gradient, from both sides", () => {
    expectNoLeak(() => {
      const similarities = tf.tensor2d([
        [0.9, -0.2],
        [0.1, 0.7],
      ]);
      const soft = tf.tensor2d([
        [0.6, 0.4],
        [0.3, 0.7],
      ]);
      for (const [beyond, end] of [
        [7, Math.log(100)],
        [-2, 0],
      ] as const) {
        const scale = tf.tidy(() => tf.variable(tf.scalar(beyond)));
        const slope = () => {
          const { value, grads } = tf.variableGrads(
            () => distillationLoss(similarities, { image: soft, text: soft }, { logitScale: scale }) as tf.Scalar,
            [scale],
          );
          const number = grads[scale.name]!.dataSync()[0]!;
          tf.dispose([value, grads]);
          return Math.abs(number);
        };
        expect(slope()).toBe(0);
        clampScale(scale, "distillation");
        expect([read(scale)]).toBeAllclose([end], { atol: 1e-6 });
        expect(slope()).toBeGreaterThan(1e-3);
        scale.dispose();
      }
      tf.dispose([similarities, soft]);
    });
  });

  it("clamp a one-element variable and keep its shape", () => {
    expectNoLeak(() => {
      const scale = tf.tidy(() => tf.variable(tf.tensor1d([9])));
      clampScale(scale, "clip");
      expect(scale.shape).toEqual([1]);
      expect([read(scale)]).toBeAllclose([Math.log(100)]);
      scale.dispose();
    });
  });
});

describe("the arguments of learnableScale, learnableBias and clampScale", () => {
  it("are named when wrong", () => {
    expectNoLeak(() => {
      const scale = learnableScale("clip", { name: "taken" });
      const invalid = refusal("INVALID_ARGUMENT");
      expect(() => learnableScale("CLIP" as never)).toThrow(/kind must be "clip", "siglip" or "distillation", got CLIP/);
      expect(() => learnableScale("toString" as never)).toThrow(invalid);
      expect(() => learnableScale("clip", { name: "taken" })).toThrow(
        /name must be a text that is not empty and that no other variable has, got "taken"/,
      );
      expect(() => learnableBias({ name: "" })).toThrow(/name must be a text that is not empty/);
      expect(() => learnableBias({ name: 3 as never })).toThrow(invalid);
      expect(() => learnableBias({ init: Number.NaN })).toThrow(/init must be a finite number, got NaN/);
      expect(() => learnableScale("clip", { init: 5 })).toThrow(/init must be a finite number at most 4.605/);
      expect(() => learnableScale("distillation", { init: -1 })).toThrow(/init must be a finite number at least 0/);
      expect(() => learnableBias({ start: 1 } as never)).toThrow(refusal("UNKNOWN_OPTION"));
      expect(() => clampScale(scale, "siglip" as never)).toThrow(/kind must be "clip" or "distillation", which have limits, got siglip/);
      expect(() => tf.tidy(() => clampScale(tf.scalar(1) as never, "clip"))).toThrow(/scale must be a float32 variable/);
      const whole = tf.tidy(() => tf.variable(tf.scalar(1, "int32")));
      expect(() => clampScale(whole, "clip")).toThrow(invalid);
      tf.dispose([scale, whole]);
    });
  });
});
