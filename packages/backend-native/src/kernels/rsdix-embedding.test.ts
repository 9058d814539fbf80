import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { expectSame, normal, onNative, onStock, whole } from "../../test/oracle";
import { nativeAvailable } from "../../test/test-support";
import { loadAddon } from "../addon";

describe.runIf(nativeAvailable)("embedding on native equals stock ops", () => {
  it.each([
    [1, 1, 1],
    [5, 3, 20],
    [100, 64, 7],
    [3000, 33, 500],
    [4, 8, 0],
  ])("a table of %i rows of %i, %i ids", async (vocabulary, d, n) => {
    const table = normal(1, [vocabulary, d]);
    const ids = whole(2, [n], vocabulary);
    expectSame(await onNative("RsdixEmbedding", { table, ids }), await onStock({ table, ids }, (t) => tf.gather(t.table!, t.ids!)), 0);
    const dy = normal(3, [n, d]);
    const expected = await onStock({ dy, ids }, (t) =>
      n === 0 ? tf.zeros([vocabulary, d]) : tf.scatterND(tf.reshape(t.ids!, [-1, 1]), t.dy!, [vocabulary, d]),
    );
    expectSame(await onNative("RsdixEmbeddingGrad", { dy, ids }, { vocabulary }), expected);
  });

  it("an id outside the table is an error", async () => {
    for (const id of [-1, 5]) {
      const ids = { shape: [3], values: Int32Array.of(0, 1, id) };
      await expect(onNative("RsdixEmbedding", { table: normal(1, [5, 2]), ids })).rejects.toThrow(`id ${id} at 2 is not in [0, 5)`);
      await expect(onNative("RsdixEmbeddingGrad", { dy: normal(1, [3, 2]), ids }, { vocabulary: 5 })).rejects.toThrow(/is not in \[0, 5\)/);
    }
  });

  it("takes no array that is too short", () => {
    const { embedding, embeddingGrad } = loadAddon();
    const [two, six, ids] = [new Float32Array(2), new Float32Array(6), new Int32Array(2)];
    expect(() => embedding(two, ids, six, 2, 3, 2)).toThrow(/argument 0 must hold 6/);
    expect(() => embedding(six, ids, two, 2, 3, 2)).toThrow(/argument 2 must hold 6/);
    expect(() => embeddingGrad(six, ids, six, 2, 3, 3)).toThrow(/argument 0 must hold 9/);
    expect(() => embeddingGrad(six, ids, six, 3, 3, 2)).toThrow(/argument 2 must hold 9/);
  });
});
