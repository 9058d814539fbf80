import { createRandom } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { retrievalRecall } from "./retrieval-recall";
import { topK } from "./top-k";

const refuses = (run: () => unknown, code: string) => expect(run).toThrow(refusal(code));

/** Images with one to four captions each, captions being noisy copies of the image. */
function archive(seed: number, images: number, dim: number) {
  const random = createRandom(seed);
  const image = Float32Array.from({ length: images * dim }, () => random.normal());
  const owner: number[] = [];
  for (let i = 0; i < images; i++) for (let c = 0; c <= random.int(4); c++) owner.push(i);
  random.shuffle(owner);
  const text = Float32Array.from(owner.flatMap((i) => Array.from({ length: dim }, (_, d) => image[i * dim + d]! + 1.5 * random.normal())));
  return { image, text, owner, dim };
}

/** Recall straight from its definition: sort the whole row, a foreign item before an own one where they tie. */
function bySorting({ image, text, owner, dim }: ReturnType<typeof archive>, k: number) {
  const unit = (all: Float32Array, row: number) => {
    const values = [...all.subarray(row * dim, (row + 1) * dim)];
    const norm = Math.hypot(...values);
    return values.map((value) => value / norm);
  };
  const images = Array.from({ length: image.length / dim }, (_, i) => unit(image, i));
  const texts = owner.map((_, t) => unit(text, t));
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, d) => sum + value * b[d]!, 0);
  const found = (query: number[], items: number[][], isOwn: (item: number) => boolean) =>
    items
      .map((item, index) => ({ score: dot(query, item), own: isOwn(index) }))
      .sort((a, b) => (Math.abs(a.score - b.score) < 1e-9 ? Number(a.own) - Number(b.own) : b.score - a.score))
      .slice(0, k)
      .some(({ own }) => own);
  const share = (hits: boolean[]) => hits.filter(Boolean).length / hits.length;
  return {
    imageToText: share(images.map((query, i) => found(query, texts, (t) => owner[t] === i))),
    textToImage: share(texts.map((query, t) => found(query, images, (i) => owner[t] === i))),
  };
}

describe("retrievalRecall", () => {
  it.each([1, 2, 3])("equals sorting every row, over several tiles (seed %i)", (seed) => {
    const set = archive(seed, 70, 6);
    const result = retrievalRecall(set.image, set.text, set.owner, { dim: 6, tieTolerance: 1e-9 });
    for (const k of [1, 5, 10]) {
      const expected = bySorting(set, k);
      expect(result.imageToText[k]).toBeCloseTo(expected.imageToText, 12);
      expect(result.textToImage[k]).toBeCloseTo(expected.textToImage, 12);
    }
    const all = [...Object.values(result.imageToText), ...Object.values(result.textToImage)];
    expect(all).toHaveLength(6);
    expect(result.meanRecall).toBeCloseTo(all.reduce((a, b) => a + b) / 6, 12);
    expect(result.imageToText[1]).toBeGreaterThan(0.1);
    expect(result.imageToText[1]).toBeLessThan(0.95);
  });

  it("does not depend on the order of images and texts, nor on the lengths of the embeddings", () => {
    const { image, text, owner, dim } = archive(4, 30, 5);
    const options = { dim, ks: [1, 3] };
    const rows = (all: Float32Array, order: number[]) => order.flatMap((row) => [...all.subarray(row * dim, (row + 1) * dim)]);
    const imageOrder = createRandom(1).shuffle(Array.from({ length: 30 }, (_, i) => i));
    const textOrder = createRandom(2).shuffle(owner.map((_, t) => t));
    const moved = retrievalRecall(
      rows(image, imageOrder),
      rows(text, textOrder).map((value) => value * 7),
      textOrder.map((t) => imageOrder.indexOf(owner[t]!)),
      options,
    );
    expect(moved).toEqual(retrievalRecall(image, text, owner, options));
  });

  it("is perfect for perfect embeddings and zero for collapsed ones", () => {
    const eye = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    const perfect = retrievalRecall(eye, eye, [0, 1, 2], { dim: 3, ks: [1, 2] });
    expect(perfect).toEqual({ imageToText: { 1: 1, 2: 1 }, textToImage: { 1: 1, 2: 1 }, meanRecall: 1 });
    for (const value of [0, 0.3]) {
      const same = new Float32Array(9).fill(value);
      expect(retrievalRecall(same, same, [0, 1, 2], { dim: 3, ks: [1, 2] }).meanRecall).toBe(0);
    }
  });

  it("counts a caption that another image also has as a tie against, also when the copies differ in a last digit", () => {
    const images = [1, 0, 0.8, 0.6];
    for (const difference of [0, 1e-7]) {
      const texts = [1, 0, 1, difference]; // the same caption under both images
      const shared = retrievalRecall(images, texts, [0, 1], { dim: 2, ks: [1, 2] });
      expect(shared.imageToText).toEqual({ 1: 0, 2: 1 });
      expect(shared.textToImage).toEqual({ 1: 0.5, 2: 1 });
    }
    const exact = retrievalRecall(images, [1, 0, 1, 1e-7], [0, 1], { dim: 2, ks: [1], tieTolerance: 0 });
    expect(exact.imageToText[1]).toBeGreaterThan(0);
  });

  it("takes one good caption of several as enough", () => {
    const result = retrievalRecall([1, 0, 0, 1], [1, 0, -1, 0, 0, 1], [0, 0, 1], { dim: 2, ks: [1] });
    expect(result.imageToText[1]).toBe(1);
    expect(result.textToImage[1]).toBeCloseTo(2 / 3, 12);
  });

  it("refuses what it cannot score", () => {
    const eye = [1, 0, 0, 1];
    const ks = { dim: 2, ks: [1] };
    expect(() => retrievalRecall(eye, eye, [0, 1], { dim: 2 })).toThrow(
      "ks is [1, 5, 10] unless told otherwise, and there are 2 images: give ks",
    );
    refuses(() => retrievalRecall(eye, eye, [0, 1], { dim: 2, ks: [0] }), "INVALID_ARGUMENT");
    refuses(() => retrievalRecall(eye, eye, [0, 1], { dim: 2, ks: [] }), "INVALID_ARGUMENT");
    refuses(() => retrievalRecall(eye, eye, [0, 1], { dim: 3, ks: [1] }), "SHAPE_MISMATCH");
    refuses(() => retrievalRecall(eye, eye, [0, 1], { dim: 0, ks: [1] }), "INVALID_ARGUMENT");
    refuses(() => retrievalRecall(eye, eye, [0], ks), "SHAPE_MISMATCH");
    refuses(() => retrievalRecall(eye, eye, [0, 2], ks), "INVALID_ARGUMENT");
    refuses(() => retrievalRecall(eye, eye, [0, 0], ks), "INVALID_ARGUMENT"); // the second image has no text
    refuses(() => retrievalRecall([], eye, [0, 1], ks), "EMPTY_DATA");
    refuses(() => retrievalRecall([1, 0, Number.NaN, 1], eye, [0, 1], ks), "NOT_A_NUMBER");
    refuses(() => retrievalRecall(eye, [1, 0, Number.POSITIVE_INFINITY, 1], [0, 1], ks), "NOT_A_NUMBER");
    refuses(() => retrievalRecall(eye, eye, [0, 1], { ...ks, tieTolerance: -1 }), "INVALID_ARGUMENT");
    refuses(() => retrievalRecall(eye, eye, [0, 1], { ...ks, k: 1 } as typeof ks), "UNKNOWN_OPTION");
    refuses(() => retrievalRecall(eye, eye, [0, 1], undefined as unknown as typeof ks), "INVALID_ARGUMENT");
  });
});

describe("topK", () => {
  it("finds the nearest by cosine, best first, ties in the archive's order", () => {
    const hits = topK([0, 2], new Float32Array([0.6, 0.8, 1, 0, 0, 5, 0.8, 0.6, 0, 1]), 4);
    expect(hits.map(({ index }) => index)).toEqual([2, 4, 0, 3]);
    expect(hits.map(({ score }) => score)).toBeAllclose([1, 1, 0.8, 0.6], { rtol: 0, atol: 1e-7 });
  });

  it("gives a zero row the similarity 0", () => {
    expect(topK([1, 0], [-1, 0, 0, 0], 2)).toEqual([
      { index: 1, score: 0 },
      { index: 0, score: -1 },
    ]);
  });

  it("refuses what it cannot search", () => {
    refuses(() => topK([], [1, 2], 1), "EMPTY_DATA");
    refuses(() => topK([1, 0], [], 1), "EMPTY_DATA");
    refuses(() => topK([1, 0], [1, 2, 3], 1), "SHAPE_MISMATCH");
    for (const k of [0, 2, 0.5]) refuses(() => topK([1, 0], [1, 2], k), "INVALID_ARGUMENT");
    refuses(() => topK([1, Number.NaN], [1, 2], 1), "NOT_A_NUMBER");
    refuses(() => topK("ab" as unknown as number[], [1, 2], 1), "INVALID_ARGUMENT");
  });
});
