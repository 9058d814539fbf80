import type { RsdixError } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { expectNoLeak, inHostMemory, onEachBackend } from "../../../test/tensors";
import { infoNCE, selfDistillationLoss, sigmoidLoss, sinkhorn } from "../src/index";
import { TILED } from "./all-losses";
import { evaluate, matrix, scalar } from "./gradients";
import { plainSinkhorn } from "./plain-losses";
import { unitRows } from "./random-batch";
import { FUNCTIONS, type Name, rightArguments, WRONG } from "./wrong-input";

/** The target with another value at the place that `path` leads to. */
function replaced(target: unknown, [at, ...path]: readonly (number | string)[], value: unknown): unknown {
  if (at === undefined) return value;
  const copy = Array.isArray(target) ? [...target] : { ...(target as object) };
  return Object.assign(copy, { [at]: replaced((target as Record<string, unknown>)[at], path, value) });
}

/** What a call throws; `undefined` where it does not. No tensor may be left by one that does. */
function thrownBy(name: Name, given: unknown[]): Partial<RsdixError> | undefined {
  const before = tf.memory().numTensors;
  try {
    FUNCTIONS[name](...given);
    return undefined;
  } catch (error) {
    expect(tf.memory().numTensors - before, "tensors left behind").toBe(0);
    return error as RsdixError;
  }
}

/** The code that goes with what a message says. */
function codeOf(message: string): RsdixError["code"] {
  if (/ has no option /.test(message)) return "UNKNOWN_OPTION";
  const isOfShape = / (must be a tensor of shape|must have the shape|must not be empty|must hold one value|must return float32) /;
  return isOfShape.test(message.replace(/,/, " ")) ? "SHAPE_MISMATCH" : "INVALID_ARGUMENT";
}

onEachBackend("wrong input", (backend) => {
  it.each(Object.keys(WRONG) as Name[])("%s says which argument, what was expected and what came", (name) => {
    tf.tidy(() => {
      const right = rightArguments();
      const variables = right.clampScale[0] as tf.Variable;
      expect(thrownBy(name, right[name]), "what is right").toBeUndefined();
      tf.dispose(Object.values(tf.engine().registeredVariables).filter((variable) => variable !== variables));
      for (const [path, make, message, byValue] of WRONG[name]) {
        if (byValue && !inHostMemory(backend)) continue;
        const error = thrownBy(name, replaced(right[name], path, make()) as unknown[]);
        const label = `${path.join(".")}: ${make}`;
        expect(error?.name, `${label}: ${error?.message}`).toBe("RsdixError");
        expect(error?.message, label).toMatch(message);
        expect(error?.code, label).toBe(codeOf(error!.message!));
      }
      variables.dispose();
    });
  });
});

onEachBackend("hostile input", () => {
  it.each(TILED)("a second derivative is refused, not wrong: $name", (loss) => {
    tf.tidy(() => {
      const [image, text, ...scalars] = [
        tf.tensor2d(unitRows(1, 4, 5)),
        tf.tensor2d(unitRows(2, 4, 5)),
        ...loss.scalars.map((x) => tf.scalar(x)),
      ];
      const of = loss.of(4, 4, {});
      const slope = tf.grad((x) => of(x, text!, ...scalars));
      expect(() => tf.grad((x) => tf.sum(slope(x)))(image!)).toThrow(/second derivative|Cannot compute gradient/i);
    });
  });

  it("marginals of any size give what double precision gives", () => {
    for (const [a, b] of [
      [1e24, 1],
      [1e-30, 1e30],
    ] as const) {
      const cost = unitRows(3, 2, 3);
      const [rowMarginal, columnMarginal] = [
        [a, b],
        [a, b, 1],
      ];
      const rows = expectNoLeak(() =>
        tf.tidy(() => {
          const marginals = { rowMarginal: tf.tensor1d(rowMarginal), columnMarginal: tf.tensor1d(columnMarginal) };
          return [...sinkhorn(tf.tensor2d(cost), marginals).dataSync()];
        }),
      );
      const exact = plainSinkhorn(cost, 0.1, 4, { rowMarginal, columnMarginal });
      expect(rows).toBeAllclose(exact.flat(), { rtol: 1e-4 }); // logarithms of size 70 are rounded
    }
  });

  it("what is wrong is said before anything is computed", () => {
    tf.tidy(() => {
      const x = tf.tensor2d(unitRows(1, 4, 5));
      const image = tf.variable(x);
      const numTensors = tf.memory().numTensors;
      const wrong = { logitScale: 1, reduction: "avg" as never };
      expect(() => tf.variableGrads(() => infoNCE(image, x, wrong))).toThrow(/reduction must be/);
      expect(() => infoNCE(x, x, { logitScale: 1, reduction: "toString" as never })).toThrow(/reduction must be/);
      expect(() => infoNCE(x, x, { logitScale: 1, labelSmoothing: "0.1" as never })).toThrow(/labelSmoothing must be in/);
      expect(() => sigmoidLoss(x, x, { logitScale: 1, logitBias: 0, labels: null as never })).toThrow(/labels must be/);
      expect(tf.memory().numTensors).toBe(numTensors);
      image.dispose();
    });
  });

  it("many small tiles at CLIP's largest scale round no more than few", () => {
    // A narrow cone, as CLIP's embeddings are: logits near 100, whose logarithms of sums must not be rounded at each merge.
    const cone = (seed: number) =>
      unitRows(seed, 200, 8).map((row) => {
        const moved = row.map((x, k) => 0.3 * x + (k === 0 ? 1 : 0));
        return moved.map((x) => x / Math.hypot(...moved));
      });
    const inputs = [matrix(cone(1)), matrix(cone(2)), scalar(Math.log(99))];
    const run = (options: { tile?: number }) =>
      evaluate((i: tf.Tensor2D, t: tf.Tensor2D, s: tf.Scalar) => infoNCE(i, t, { logitScale: s, ...options }), inputs);
    const [dense, tiled] = [run({}), run({ tile: 2 })];
    expect(tiled.value).toBeAllclose(dense.value, { rtol: 1e-5 });
    for (const [k, gradient] of tiled.gradients.entries()) {
      expect(gradient).toBeAllclose(dense.gradients[k]!, { rtol: 1e-5, atol: 1e-5 * Math.max(...dense.gradients[k]!.map(Math.abs)) });
    }
  });

  it("near-equal pairs at the sharpest lambda: the same with any tile", () => {
    const near = (seed: number) =>
      unitRows(seed, 6, 4).map((row, i) => {
        const moved = unitRows(9, 1, 4)[0]!.map((x, k) => x + 0.02 * row[k]! * (i + 1));
        return moved.map((x) => x / Math.hypot(...moved));
      });
    const values = [undefined, 4, 1].map((tile) =>
      tf.tidy(() => {
        const [image, text, teacherImage, teacherText] = [1, 2, 3, 4].map((seed) => tf.tensor2d(near(seed)));
        const inputs = { image: image!, text: text!, teacherImage: teacherImage!, teacherText: teacherText! };
        return selfDistillationLoss(inputs, { lambda: 1e-3, ...(tile && { tile }) }).dataSync()[0]!;
      }),
    );
    expect(values).toBeAllclose([values[0]!, values[0]!, values[0]!], { rtol: 1e-5 });
  });
});
