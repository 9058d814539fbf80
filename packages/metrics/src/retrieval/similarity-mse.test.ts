import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import golden from "../fixtures/retrieval.json";
import { type SimilarityMSEResult, similarityMSE } from "./similarity-mse";

const wrong = (value: unknown) => value as never;
const { dim, images, texts, sentences, whole, batches, batchesWithLast, batchSize } = golden.similarityMSE;
const inputs = { image: images, text: texts, sentence: sentences };

function expectParts({ similarityMSE: total, imageImage, imageText, textText }: SimilarityMSEResult, expected: typeof whole) {
  expect([total, imageImage, imageText, textText]).toBeAllclose(
    [expected.total, expected.imageImage, expected.imageText, expected.textText],
    {
      rtol: 0,
      atol: 1e-12,
    },
  );
}

describe("similarityMSE", () => {
  it("is the value over the whole matrices, by numpy", async () => {
    const result = await similarityMSE(inputs, { dim });
    expectParts(result, whole);
    expect(result.rows).toBe(images.length / dim);
    const single = { image: new Float32Array(images), text: new Float32Array(texts), sentence: new Float32Array(sentences) };
    expectParts(await similarityMSE(single, { dim }), whole);
  });

  it("is the mean over batches as in training, with and without a last one", async () => {
    const dropped = await similarityMSE(inputs, { dim, batchSize });
    expectParts(dropped, batches);
    expect(dropped.rows).toBe(48);
    const kept = await similarityMSE(inputs, { dim, batchSize, dropLast: false });
    expectParts(kept, batchesWithLast);
    expect(kept.rows).toBe(61);
    expectParts(await similarityMSE(inputs, { dim, batchSize: 61 }), whole);
  });

  it("scores each batch as if it were alone, whatever its size", async () => {
    const slice = (values: number[], width: number, start: number) => values.slice(start * width, (start + 7) * width);
    let sum = 0;
    for (let start = 0; start < 56; start += 7) {
      const batch = { image: slice(images, dim, start), text: slice(texts, dim, start), sentence: slice(sentences, 7, start) };
      sum += (await similarityMSE(batch, { dim })).similarityMSE;
    }
    expect((await similarityMSE(inputs, { dim, batchSize: 7 })).similarityMSE).toBeCloseTo(sum / 8, 12);
  });

  it("is the value that the original logs of a batch of three", async () => {
    const { images, texts, sentences, original } = golden.similarityMSE.three;
    expectParts(await similarityMSE({ image: images.flat(), text: texts.flat(), sentence: sentences.flat() }, { dim: 3 }), original);
  });

  it("is 0 for the sentence encoder's own geometry, and does not depend on lengths or on the order of rows", async () => {
    const own = await similarityMSE({ image: sentences, text: sentences.map((value) => 5 * value), sentence: sentences }, { dim: 7 });
    expect(own.similarityMSE).toBeLessThan(1e-14);
    expect(own.similarityMSE).toBeGreaterThanOrEqual(0);
    const order = createRandom(1).shuffle(Array.from({ length: 61 }, (_, i) => i));
    const moved = (values: number[], width: number) =>
      order.flatMap((row) => values.slice(row * width, (row + 1) * width).map((value) => value * 3));
    const turned = { image: moved(images, dim), text: moved(texts, dim), sentence: moved(sentences, 7) };
    expectParts(await similarityMSE(turned, { dim }), whole);
  });

  it("takes rows that are zero as like nothing", async () => {
    const result = await similarityMSE({ image: [0, 0], text: [1, 0], sentence: [1] }, { dim: 2 });
    expect(result).toMatchObject({ imageImage: 1, imageText: 1, textText: 0 });
  });

  it("shows progress and stops", async () => {
    const seen: number[] = [];
    await similarityMSE(inputs, { dim, batchSize, onProgress: ({ done, total }) => seen.push(done / total) });
    expect(seen).toEqual([0, 1 / 3, 2 / 3, 1]);
    const run = similarityMSE(inputs, { dim, signal: AbortSignal.abort() });
    await expect(run).rejects.toMatchObject({ code: "ABORTED", message: "similarityMSE was stopped after 0 of 61." });
  });

  it("refuses what it cannot compare", async () => {
    const refuses = (given: unknown, options: unknown, code: string, message: string) =>
      expect(similarityMSE(wrong(given), wrong(options))).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    const rows = { image: [1, 0, 0, 1], text: [1, 0, 0, 1], sentence: [1, 1] };
    await refuses(rows, { dim: 3 }, "SHAPE_MISMATCH", "image must be rows of 3 values, got 4 values.");
    await refuses({ ...rows, text: [1, 0] }, { dim: 2 }, "SHAPE_MISMATCH", "There must be one text an image, got 2 images and 1 texts.");
    await refuses(
      { ...rows, sentence: [1, 1, 1] },
      { dim: 2 },
      "SHAPE_MISMATCH",
      "sentence must be an embedding for each of 2 captions, got 3 values.",
    );
    await refuses({ ...rows, sentence: [] }, { dim: 2 }, "EMPTY_DATA", "sentence is empty");
    await refuses({ ...rows, sentence: undefined }, { dim: 2 }, "INVALID_ARGUMENT", "sentence must be an array or typed array of numbers");
    await refuses(
      { ...rows, sentence: "11" },
      { dim: 2 },
      "INVALID_ARGUMENT",
      "sentence must be an array or typed array of numbers, got 11.",
    );
    await refuses({ ...rows, image: [] }, { dim: 2 }, "EMPTY_DATA", "image is empty");
    await refuses({ ...rows, image: [1, 0, 0, Number.NaN] }, { dim: 2 }, "NOT_A_NUMBER", "image must be finite, got NaN in row 1.");
    await refuses({ ...rows, images: [1] }, { dim: 2 }, "UNKNOWN_OPTION", `similarityMSE's inputs has no option "images".`);
    await refuses(undefined, { dim: 2 }, "INVALID_ARGUMENT", "image must be an array or typed array of numbers, got undefined.");
    await refuses(rows, undefined, "INVALID_ARGUMENT", "dim must be a whole number at least 1, got undefined.");
    await refuses(rows, { dim: 2, batchSize: 0 }, "INVALID_ARGUMENT", "batchSize must be a whole number at least 1, got 0.");
    await refuses(rows, { dim: 2, batchSize: 3 }, "EMPTY_DATA", "There are 2 rows, fewer than a batch of 3");
    await refuses(rows, { dim: 2, dropLast: true }, "INVALID_ARGUMENT", "dropLast needs a batchSize");
    await refuses(rows, { dim: 2, batchSize: 1, dropLast: 1 }, "INVALID_ARGUMENT", "dropLast must be true or false, got 1.");
    await refuses(rows, { dim: 2, tile: 1 }, "UNKNOWN_OPTION", 'similarityMSE has no option "tile".');
    await refuses(rows, { dim: 2, signal: 1 }, "INVALID_ARGUMENT", "signal must be an AbortSignal, got 1.");
  });
});
