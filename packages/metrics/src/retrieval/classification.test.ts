import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import golden from "../fixtures/classification.json";
import { balancedAccuracy, perClassAccuracy } from "./class-accuracy";
import { confusionMatrix } from "./confusion-matrix";
import { topKAccuracy } from "./top-k-accuracy";

const refuses = (run: () => unknown, code: string) => expect(run).toThrow(refusal(code));

describe("classification scores against scikit-learn", () => {
  it.each(golden.map((set) => [set.classes, set] as const))("agree on %i classes", (classes, set) => {
    const { labels, predicted } = set;
    for (const [k, accuracy] of Object.entries(set.topK)) {
      expect(topKAccuracy(new Float32Array(set.scores), labels, Number(k))).toBeCloseTo(accuracy, 12);
      expect(topKAccuracy(set.scores, Int32Array.from(labels), Number(k))).toBeCloseTo(accuracy, 12);
    }
    expect(balancedAccuracy(predicted, labels, classes)).toBeCloseTo(set.balanced, 12);
    expect(confusionMatrix(predicted, labels, classes)).toEqual(set.confusion);
    const each = perClassAccuracy(predicted, labels, classes);
    expect(each.map((accuracy) => accuracy === null)).toEqual(set.perClass.map((recall) => recall === null));
    expect(each.map((accuracy) => accuracy ?? -1)).toBeAllclose(
      set.perClass.map((recall) => recall ?? -1),
      { rtol: 0, atol: 1e-12 },
    );
  });
});

describe("topKAccuracy", () => {
  it("counts ties against the model", () => {
    const constant = new Float32Array(12).fill(0.25);
    expect(topKAccuracy(constant, [0, 1, 3], 1)).toBe(0);
    expect(topKAccuracy(constant, [0, 1, 3], 3)).toBe(0);
    expect(topKAccuracy(constant, [0, 1, 3], 4)).toBe(1);
    expect(topKAccuracy([2, 2, 1], [0], 2)).toBe(1);
  });

  it("takes masked logits", () => {
    const masked = Number.NEGATIVE_INFINITY;
    expect(topKAccuracy([1, masked, masked, 0], [0, 1], 1)).toBe(1);
    expect(topKAccuracy([1, masked, masked, 0], [0, 0], 1)).toBe(0.5);
  });

  it("refuses what it cannot score", () => {
    refuses(() => topKAccuracy([1, 2, 3], [0, 0], 1), "SHAPE_MISMATCH");
    refuses(() => topKAccuracy([], [0], 1), "SHAPE_MISMATCH");
    refuses(() => topKAccuracy([], [], 1), "EMPTY_DATA");
    refuses(() => topKAccuracy([1, 2], [2], 1), "INVALID_ARGUMENT");
    refuses(() => topKAccuracy([1, 2], [-1], 1), "INVALID_ARGUMENT");
    refuses(() => topKAccuracy([1, 2], [0.5], 1), "INVALID_ARGUMENT");
    for (const k of [0, 3, 1.5, Number.NaN, "1" as unknown as number]) refuses(() => topKAccuracy([1, 2], [0], k), "INVALID_ARGUMENT");
    refuses(() => topKAccuracy([1, Number.NaN], [0], 1), "NOT_A_NUMBER");
    refuses(() => topKAccuracy([Number.NaN, 1], [0], 1), "NOT_A_NUMBER");
    refuses(() => topKAccuracy(["1", 2] as unknown as number[], [0], 1), "NOT_A_NUMBER");
    refuses(() => topKAccuracy("12" as unknown as number[], [0], 1), "INVALID_ARGUMENT");
    refuses(() => topKAccuracy([1, 2], undefined as unknown as number[], 1), "INVALID_ARGUMENT");
  });
});

describe("the confusion matrix and what is made of it", () => {
  it("has true classes in rows and predicted ones in columns", () => {
    expect(confusionMatrix([1, 1, 2], [0, 0, 2], 3)).toEqual([
      [0, 2, 0],
      [0, 0, 0],
      [0, 0, 1],
    ]);
    expect(balancedAccuracy([1, 1, 2], [0, 0, 2], 3)).toBe(0.5);
  });

  it("weighs small classes like large ones", () => {
    expect(balancedAccuracy([0, 0, 0, 0], [0, 0, 0, 1], 2)).toBe(0.5);
    expect(perClassAccuracy([0, 0, 0, 0], [0, 0, 0, 1], 3)).toEqual([1, 0, null]);
    expect(balancedAccuracy([7], [7], 1_000_000)).toBe(1); // without a matrix of all classes
  });

  it("refuses what is no class", () => {
    refuses(() => confusionMatrix([0], [0, 1], 2), "SHAPE_MISMATCH");
    refuses(() => confusionMatrix([], [], 2), "EMPTY_DATA");
    refuses(() => confusionMatrix([0], [0], 30_000), "INVALID_ARGUMENT");
    refuses(() => perClassAccuracy([0], [0, 1], 2), "SHAPE_MISMATCH");
    refuses(() => perClassAccuracy([0], [0], 2 ** 31), "INVALID_ARGUMENT");
    refuses(() => balancedAccuracy([0], [2], 2), "INVALID_ARGUMENT");
    refuses(() => balancedAccuracy([Number.NaN], [0], 2), "INVALID_ARGUMENT");
    refuses(() => perClassAccuracy([0], [0], 0), "INVALID_ARGUMENT");
    refuses(() => perClassAccuracy(null as unknown as number[], [0], 2), "INVALID_ARGUMENT");
  });
});
