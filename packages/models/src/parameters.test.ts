import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { withoutLeak } from "../test/leaks";
import { f32, SPECS } from "../test/specs";
import { belowPrefix, type CheckpointTensor } from "./checkpoint/checkpoint";
import { Parameters } from "./parameters";
import { Vocabulary } from "./vocabulary";

onEachBackend("Parameters", () => {
  it("start the same from a seed and a name, whatever else the model has", () =>
    withoutLeak(async () => {
      using all = Parameters.initialize(SPECS, 3);
      using one = Parameters.initialize([SPECS[1]!], 3);
      using other = Parameters.initialize(SPECS, 4);
      const values = all.get("fc.weight").dataSync();
      expect(values).toEqual(one.get("fc.weight").dataSync());
      expect(values).not.toEqual(other.get("fc.weight").dataSync());
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.5);
      expect([...all.get("norm").dataSync(), ...all.get("fc.bias").dataSync(), ...all.get("scale").dataSync()]).toEqual([1, 1, 0, 0, 2.5]);
      expect(all.count).toBe(18 + 6 + 2 + 2 + 1);
    }));

  it("keep a checkpoint's layout outside and [in, out] inside", () =>
    withoutLeak(async () => {
      const checkpoint = new Map([["fc.weight", f32([2, 3], 1, 2, 3, 4, 5, 6)]]);
      using parameters = Parameters.fromCheckpoint([SPECS[1]!], checkpoint);
      expect([...parameters.get("fc.weight").dataSync()]).toEqual([1, 4, 2, 5, 3, 6]);
      expect([...(await parameters.toCheckpoint())]).toEqual([...checkpoint]);
    }));

  it("report everything that a checkpoint gets wrong", () => {
    const checkpoint = new Map<string, CheckpointTensor>([
      ["fc.weight", f32([3, 2], 1, 2, 3, 4, 5, 6)],
      ["fc.bias", { dtype: "int32", shape: [2], data: new Int32Array(2) }],
      ["norm", f32([2], 1)],
      ["position_ids", f32([1], 0)],
      ["extra", f32([1], 0)],
    ]);
    const load = () => Parameters.fromCheckpoint(SPECS, checkpoint, { ignore: [/position_ids$/g] });
    expect(load).toThrow(refusal("CHECKPOINT_MISMATCH"));
    expect(load).toThrow(/missing: table, scale; unused: extra; mis-shaped: fc\.weight \(expected float32 \[2, 3\], got float32 \[3, 2\]/);
    expect(load).toThrow(/fc\.bias .*int32.*norm .*got float32 \[1\]/);
  });

  it("freeze by name and list what is trained", () => {
    using parameters = Parameters.initialize(SPECS, 1);
    parameters.setTrainable(/^fc\./, false);
    expect(parameters.trainable().map(({ name, decay }) => [name, decay])).toEqual([
      ["table", false],
      ["norm", false],
      ["scale", false],
    ]);
    parameters.setTrainable(/weight$/, true);
    expect(parameters.trainable().find(({ name }) => name === "fc.weight")?.decay).toBe(true);
    expect(() => parameters.setTrainable(/typo/, true)).toThrow(/No weight's name matches/);
    expect(() => parameters.get("typo")).toThrow(refusal("INVALID_ARGUMENT"));
  });

  it("copy into variables of their own", () =>
    withoutLeak(async () => {
      using parameters = Parameters.initialize(SPECS, 1);
      using teacher = parameters.clone({ trainable: false });
      const before = teacher.get("norm").dataSync();
      tf.tidy(() => parameters.get("norm").assign(tf.tensor1d([5, 6])));
      expect(teacher.get("norm").dataSync()).toEqual(before);
      expect(teacher.trainable()).toEqual([]);
      expect(parameters.trainable()).toHaveLength(5);
      expect((await teacher.toCheckpoint()).get("table")).toEqual((await parameters.toCheckpoint()).get("table"));
    }));

  it("resume into the same variables", () =>
    withoutLeak(async () => {
      using from = Parameters.initialize(SPECS, 1);
      using to = Parameters.initialize(SPECS, 2, Vocabulary.compact(9, [4, 7]));
      const variable = to.get("table");
      const checkpoint = await from.toCheckpoint();
      expectNoLeak(() => to.assign(checkpoint));
      expect(to.get("table")).toBe(variable);
      expect([...(await to.toCheckpoint())]).toEqual([...checkpoint]);
      expect(() => to.assign(new Map())).toThrow(refusal("CHECKPOINT_MISMATCH"));
    }));
});

onEachBackend("A compact table", () => {
  it("starts with the rows that the full one has", () =>
    withoutLeak(async () => {
      using full = Parameters.initialize(SPECS, 5);
      using compact = Parameters.initialize(SPECS, 5, Vocabulary.compact(9, [7, 2]));
      expect(compact.get("table").shape).toEqual([2, 2]);
      const rows = full.get("table").dataSync();
      expect([...compact.get("table").dataSync()]).toEqual([...rows.slice(4, 6), ...rows.slice(14, 16)]);
      expect([...(await compact.toCheckpoint())]).toEqual([...(await full.toCheckpoint())]);
      expect(compact.count).toBe(full.count);
    }));

  it("gives trained rows back to the full table, through every change of form", () =>
    withoutLeak(async () => {
      using parameters = Parameters.initialize(SPECS, 5);
      const expected = (await parameters.toCheckpoint()).get("table")!.data.slice();
      parameters.setTrainable(/table/, false);
      await parameters.compactVocabulary([2, 7]);
      tf.tidy(() => parameters.get("table").assign(tf.tensor2d([10, 11, 12, 13], [2, 2])));
      expected.set([10, 11], 4);
      expected.set([12, 13], 14);
      expect((await parameters.toCheckpoint()).get("table")!.data).toEqual(expected);
      await parameters.compactVocabulary([7, 8]);
      expect([...parameters.get("table").dataSync()]).toEqual([...expected.slice(14)]);
      await parameters.expandVocabulary();
      await parameters.expandVocabulary();
      expect(parameters.get("table").dataSync()).toEqual(expected);
      expect(parameters.vocabulary?.ids).toBeUndefined();
      expect(parameters.get("table").trainable).toBe(false);
    }));

  it("leaves the checkpoint that it came from as it was", () =>
    withoutLeak(async () => {
      const table = f32([9, 2], ...Array.from({ length: 18 }, (_, i) => i));
      using parameters = Parameters.fromCheckpoint([SPECS[0]!], new Map([["table", table]]), { vocabulary: Vocabulary.compact(9, [3]) });
      tf.tidy(() => parameters.get("table").assign(tf.tensor2d([[70, 71]])));
      const out = (await parameters.toCheckpoint()).get("table")!;
      expect([...out.data.slice(5, 9)]).toEqual([5, 70, 71, 8]);
      expect([...table.data]).toEqual(Array.from({ length: 18 }, (_, i) => i));
    }));
});

describe("Parameters refuse", () => {
  it("vocabularies that aren't theirs", async () => {
    expect(() => Parameters.initialize(SPECS, 1, Vocabulary.full(8))).toThrow(/8 tokens, but the model's table has 9/);
    expect(() => Parameters.initialize([SPECS[2]!], 1, Vocabulary.full(8))).toThrow(/has no rows/);
    using plain = Parameters.initialize([SPECS[2]!], 1);
    await expect(plain.compactVocabulary([1])).rejects.toThrow(/no token table/);
    expect(() => Parameters.initialize([SPECS[0]!, { ...SPECS[0]!, name: "t2", shape: [8, 2] }], 1)).toThrow(/9 and 8/);
  });

  it("two weights of one name", () => {
    expect(() => Parameters.initialize([SPECS[2]!, SPECS[2]!], 1)).toThrow(/"fc.bias"/);
  });
});

describe("belowPrefix", () => {
  it("takes the part below and refuses an empty one", () => {
    const checkpoint = new Map([
      ["_student.a", f32([1], 1)],
      ["_teacher.a", f32([1], 2)],
    ]);
    expect([...belowPrefix(checkpoint, "_student.")]).toEqual([["a", f32([1], 1)]]);
    expect(() => belowPrefix(checkpoint, "student.")).toThrow(refusal("CHECKPOINT_MISMATCH"));
  });
});
