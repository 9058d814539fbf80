import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { onEachBackend } from "../../../test/tensors";
import { agreesWithPyTorch, forEachForm } from "../test/golden";
import { evaluate, expectFinite, expectGradientsMatchDifferences, expectSame, matrix } from "../test/gradients";
import { similarityMSELosses } from "../test/plain-losses";
import { unitRows } from "../test/random-batch";
import golden from "./fixtures/similarityMSE.json";
import { type SimilarityMSE, type SimilarityMSEOptions, similarityMSE } from "./similarity-mse";

const OUTPUTS = ["total", "imageImage", "imageText", "textText"] as const;
type Output = (typeof OUTPUTS)[number];

/** Embeddings of M images, N texts and their captions. */
const batch = (m: number, n: number, d: number, f: number) => ({
  image: unitRows(1, m, d),
  text: unitRows(2, n, d),
  sentence: unitRows(3, Math.max(m, n), f),
});

/** Value of an output and its gradients to image and text; `weights` make a scalar of unreduced losses. */
function run(inputs: ReturnType<typeof batch>, options: SimilarityMSEOptions, output: Output = "total", weights?: number[]) {
  return evaluate(lossOf(inputs.sentence, options, output, weights), [matrix(inputs.image), matrix(inputs.text)]);
}

/** An output as a function of image and text. */
function lossOf(sentence: number[][], options: SimilarityMSEOptions, output: Output = "total", weights?: number[]) {
  return (image: tf.Tensor2D, text: tf.Tensor2D) =>
    tf.tidy(() => {
      const losses: tf.Tensor = similarityMSE({ image, text, sentence: tf.tensor2d(sentence) }, options)[output];
      // tf.grads wants a way to each input, and a part has none to what it does not compare.
      const ofBoth = tf.add(losses, tf.mul(tf.add(tf.sum(image), tf.sum(text)), 0));
      return weights ? tf.sum(tf.mul(ofBoth, tf.tensor1d(weights))) : ofBoth;
    });
}

const SIZES = [
  [6, 6],
  [5, 9],
  [9, 4],
  [1, 1],
  [1, 3],
  [3, 1],
] as const;

onEachBackend("similarityMSE", (backend) => {
  forEachForm(backend, (form, tiles, some) =>
    agreesWithPyTorch(
      form,
      golden,
      (embeddings, options) => similarityMSE(embeddings as never, { ...options, ...tiles } as SimilarityMSEOptions),
      some,
    ),
  );

  it.each(SIZES)("agrees with the plain formula, %i images and %i texts, each part and reduction", (m, n) => {
    const inputs = batch(m, n, 5, 7);
    const plain = similarityMSELosses(inputs.image, inputs.text, inputs.sentence);
    for (const output of OUTPUTS) {
      const losses = plain[output]!;
      const sum = losses.reduce((a, b) => a + b, 0);
      for (const tile of [undefined, 2, "auto"] as const) {
        const given = tile === undefined ? {} : { tile };
        expect(run(inputs, { ...given, reduction: "none" }, output).value).toBeAllclose(losses, { atol: 1e-6 });
        expect(run(inputs, { ...given, reduction: "sum" }, output).value).toBeAllclose([sum]);
        expect(run(inputs, given, output).value).toBeAllclose([sum / losses.length]);
      }
    }
  });

  it.each([12, 6, 8, 1, 5, 100, "auto"] as const)("is the same with tile %s: values and gradients", (tile) => {
    for (const [m, n] of [
      [12, 12],
      [12, 7],
      [5, 12],
    ] as const) {
      const inputs = batch(m, n, 5, 4);
      const weights = inputs.sentence.map((_, k) => 1 + (k % 3) - 0.5 * k);
      for (const output of OUTPUTS) {
        const dense = run(inputs, { reduction: "none" }, output, weights);
        const tiled = run(inputs, { reduction: "none", tile }, output, weights);
        expect(tiled.value).toBeAllclose(dense.value);
        tiled.gradients.forEach((gradient, k) => {
          const largest = Math.max(...dense.gradients[k]!.map(Math.abs));
          expect(gradient).toBeAllclose(dense.gradients[k]!, { rtol: 1e-5, atol: 1e-5 * largest });
        });
      }
    }
  });

  // On plain JavaScript it takes seconds; test/tiled-auto.test.ts has it there, all sides by four.
  it.skipIf(backend === "cpu").each([
    [1100, 1900],
    [1900, 1100],
  ])("is the same with strips that are kept, %i images and %i texts", (m, n) => {
    const inputs = batch(m, n, 3, 3);
    const [dense, auto] = [run(inputs, {}), run(inputs, { tile: "auto" })];
    expectSame(auto, dense, 1e-5, 1e-9);
  });

  it.each([undefined, 3])("has the gradient of central differences, each part by itself and weighted: tile %s", (tile) => {
    for (const [m, n] of [
      [6, 6],
      [4, 7],
      [7, 3],
    ] as const) {
      const { image, text, sentence } = batch(m, n, 5, 6);
      const given = tile === undefined ? {} : { tile };
      const weights = sentence.map((_, k) => 2 - k);
      for (const output of OUTPUTS) {
        // A small step: the moved rows must still count as rows of unit length.
        expectGradientsMatchDifferences(lossOf(sentence, given, output), [matrix(image), matrix(text)], { step: 4e-3 });
        const weighted = lossOf(sentence, { ...given, reduction: "none" }, output, weights);
        expectGradientsMatchDifferences(weighted, [matrix(image), matrix(text)], { step: 4e-3 });
      }
    }
  });

  it("gives the parts' gradients nothing of what they do not depend on", () => {
    const inputs = batch(5, 5, 4, 3);
    expect(run(inputs, {}, "imageImage").gradients[1]!.map(Math.abs)).toEqual(new Array(20).fill(0));
    expect(run(inputs, { tile: 2 }, "textText").gradients[0]!.map(Math.abs)).toEqual(new Array(20).fill(0));
  });

  it("is permuted with the rows", () => {
    const { image, text, sentence } = batch(6, 6, 5, 7);
    const order = [3, 0, 5, 1, 4, 2];
    const permute = <T>(rows: T[]) => order.map((k) => rows[k]!);
    const plain = run({ image, text, sentence }, { reduction: "none" });
    const permuted = run({ image: permute(image), text: permute(text), sentence: permute(sentence) }, { reduction: "none" });
    expect(permuted.value).toBeAllclose(permute(plain.value));
  });

  it("is zero with zero gradient where the cosines are the sentences', at most 4, and finite throughout", () => {
    const rows = unitRows(1, 6, 5);
    const same = expectFinite(lossOf(rows, {}), [matrix(rows), matrix(rows)]);
    expect([...same.value, ...same.gradients.flat()]).toBeAllclose(new Array(61).fill(0), { atol: 1e-6 });
    const first = rows.map(() => rows[0]!);
    const opposite = first.map((row) => row.map((x) => -x));
    expect(run({ image: first, text: opposite, sentence: first }, {}, "imageText").value).toBeAllclose([4]);
    expectFinite(lossOf(first, { tile: 4 }), [matrix(first), matrix(opposite)]);
  });

  it("is nothing but rounding for one image against itself, gradient included", () => {
    const { value, gradients } = run(batch(1, 3, 5, 4), {}, "imageImage");
    expect([...value, ...gradients.flat()]).toBeAllclose(new Array(21).fill(0), { atol: 1e-6 });
  });

  it("returns the mean for sum with `reference`, as the original", () => {
    const inputs = batch(5, 3, 4, 4);
    for (const output of OUTPUTS) {
      const [reference, mean, sum] = [
        run(inputs, { reduction: "sum", reference: true }, output),
        run(inputs, {}, output),
        run(inputs, { reduction: "sum", reference: false }, output),
      ];
      expect(reference).toEqual(mean);
      expect(sum.value).toBeAllclose([5 * mean.value[0]!]);
    }
  });

  it("has no gradient to the sentences", () => {
    tf.tidy(() => {
      const [image, sentence] = [tf.tensor2d(unitRows(1, 4, 3)), tf.tensor2d(unitRows(2, 4, 3))];
      const through = (x: tf.Tensor) => similarityMSE({ image, text: image, sentence: x as tf.Tensor2D }).total;
      expect(() => tf.grad(through)(sentence)).toThrow(/Cannot compute gradient/);
    });
  });

  /** Greatest memory of value and gradients beyond the inputs, in bytes. */
  async function peakBytes(n: number, options: SimilarityMSEOptions): Promise<number> {
    const d = 8;
    const [image, text, sentence] = [1, 2, 3].map((seed) => tf.tensor2d(unitRows(seed, n, d)));
    const before = tf.memory();
    const loss = (a: tf.Tensor, b: tf.Tensor) =>
      similarityMSE({ image: a as tf.Tensor2D, text: b as tf.Tensor2D, sentence: sentence! }, options).total as tf.Tensor;
    const { peakBytes: peak } = await tf.profile(() => {
      const { value, grads } = tf.valueAndGrads(loss)([image!, text!]);
      tf.dispose([value, grads]);
      return tf.scalar(0);
    });
    expect(tf.memory().numTensors).toBe(before.numTensors + 1); // the scalar that profile wants
    tf.dispose([image!, text!, sentence!]);
    return peak - before.numBytes;
  }

  it("needs memory that grows linearly with a tile, forward and backward", async () => {
    const [half, whole] = [await peakBytes(256, { tile: 16 }), await peakBytes(512, { tile: 16 })];
    expect(whole / half).toBeLessThan(2.1);
    expect(whole).toBeLessThan(512 * 512 * 4 * 0.5); // half of a single N x N matrix
    expect((await peakBytes(512, {})) / whole).toBeGreaterThan(8);
  });
});

describe("similarityMSE's types", () => {
  it("follow the reduction", () => {
    tf.tidy(() => {
      const x = tf.tensor2d(unitRows(1, 3, 2));
      const none: SimilarityMSE<"none"> = similarityMSE({ image: x, text: x, sentence: x }, { reduction: "none" });
      const mean: SimilarityMSE = similarityMSE({ image: x, text: x, sentence: x });
      expect(Object.values(none).map(({ shape }) => shape)).toEqual([[3], [3], [3], [3]]);
      expect(Object.values(mean).map(({ shape }) => shape)).toEqual([[], [], [], []]);
    });
  });
});

describe("similarityMSE's arguments", () => {
  it("are named when wrong, and nothing is left behind", () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const x = tf.tensor2d(unitRows(1, 3, 2));
      const call = (change: object, options?: object) => () =>
        similarityMSE({ image: x, text: x, sentence: x, ...change } as never, options as never);
      expect(call({ image: tf.tensor2d(unitRows(1, 3, 4)) })).toThrow(
        /image and text must have the same width d, got \[3, 4\] and \[3, 2\]/,
      );
      expect(call({ text: tf.tensor2d(unitRows(1, 5, 2)) })).toThrow(
        /sentence must have the shape \[max\(M, N\), f\], here \[5, \d\], got \[3, \d\]/,
      );
      expect(call({ sentence: tf.zeros([3]) })).toThrow(/sentence must be a tensor of shape \[max\(M, N\), f\]/);
      expect(call({ sentence: undefined })).toThrow(refusal("SHAPE_MISMATCH"));
      expect(call({ sentence: tf.zeros([3, 2], "int32") })).toThrow(/sentence must be float32, got int32/);
      expect(call({ image: tf.mul(x, 2) })).toThrow(/image must have rows of length 1, got length 2.00 at row 0/);
      expect(call({ sentence: tf.zeros([3, 2]) })).toThrow(/sentence must have rows of length 1/);
      expect(call({ text: tf.fill([3, 2], Number.NaN) })).toThrow(/text must be finite, got NaN at row 0, column 0/);
      expect(call({ teacher: x })).toThrow(refusal("UNKNOWN_OPTION"));
      expect(call({}, { strip: 3 })).toThrow(refusal("UNKNOWN_OPTION"));
      for (const tile of [0, -1, 1.5, Number.NaN, "all"]) expect(call({}, { tile })).toThrow(/tile must be a whole number/);
      expect(call({}, { reduction: "median" })).toThrow(/reduction must be/);
      expect(call({}, { reference: 1, reduction: "sum" })).toThrow(/reference must be true or false, got 1/);
      expect(call({}, { reference: true })).toThrow(/reference changes nothing but reduction: "sum"; leave it out/);
      expect(call({}, { reference: true, reduction: "none" })).toThrow(refusal("INVALID_ARGUMENT"));
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});
