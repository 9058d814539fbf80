import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { expectNoLeak, onEachBackend } from "../../../test/tensors";
import { products, transpose } from "../test/plain-losses";
import { unitRows } from "../test/random-batch";
import { inBatchAccuracy } from "./index";

const run = (image: tf.Tensor2D, text: tf.Tensor2D): number =>
  expectNoLeak(() => {
    const accuracy = inBatchAccuracy(image, text);
    expect(accuracy.shape).toEqual([]);
    const value = accuracy.dataSync()[0]!;
    accuracy.dispose();
    return value;
  });

onEachBackend("inBatchAccuracy", () => {
  it("agrees with a count on plain arrays", () => {
    const [image, text] = [unitRows(1, 20, 3), unitRows(1, 20, 3).map((row, i) => (i % 3 ? row : [...row].reverse()))];
    const s = products(image, text);
    const hits = (m: number[][]) => m.filter((row, i) => row.indexOf(Math.max(...row)) === i).length;
    tf.tidy(() => {
      expect([run(tf.tensor2d(image), tf.tensor2d(text))]).toBeAllclose([(hits(s) + hits(transpose(s))) / 40]);
    });
  });

  it("is 1 for embeddings that agree, 0 for shifted ones, and counts the first among equals", () => {
    tf.tidy(() => {
      const rows = tf.tensor2d(unitRows(1, 4, 8));
      expect(run(rows, rows)).toBe(1);
      expect(run(rows, tf.concat([tf.slice(rows, [1, 0]), tf.slice(rows, [0, 0], [1, 8])]))).toBe(0);
      expect([run(tf.zeros([4, 2]), tf.zeros([4, 2]))]).toBeAllclose([0.25]);
    });
  });

  it("counts the pairs where there are more images than texts, or fewer", () => {
    tf.tidy(() => {
      const [all, few] = [tf.tensor2d(unitRows(1, 5, 8)), tf.tensor2d(unitRows(1, 5, 8).slice(0, 3))];
      expect([run(all, few), run(few, all)]).toEqual([1, 1]);
    });
  });

  it("names what is wrong with its arguments", () => {
    tf.tidy(() => {
      expect(() => inBatchAccuracy(tf.zeros([3, 2]), tf.zeros([3, 4]))).toThrow(refusal("SHAPE_MISMATCH"));
      expect(() => inBatchAccuracy(tf.zeros([3, 2], "bool"), tf.zeros([3, 2]))).toThrow(/image must be float32, got bool/);
    });
  });
});
