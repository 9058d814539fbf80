import { setTimeout as pause } from "node:timers/promises";
import type { RgbImage } from "@rsdix/image";
import { describe, expect, it } from "vitest";
import { drain } from "../../../../test/drain";
import { refusal } from "../../../../test/refusal";
import { countedReads, pictureDataset } from "../../test/picture-dataset";
import type { ImageDataset } from "../image-dataset";
import type { BatchPosition } from "./batch-position";
import type { BatchCommon, BatchesOptions } from "./batch-types";
import { batches } from "./batches";
import { captionKey } from "./unique-captions";

const set = await pictureDataset(23);
const PREPROCESS = { size: 8 };

/** All that a user sees of a stream. */
function seen(stream: readonly (BatchCommon & { pixels?: Float32Array })[]) {
  return stream.map(({ records, captions, epoch, step, position, pixels }) => ({
    ...{ files: records.map(({ filename }) => filename), captions, epoch, step, position },
    pixels: pixels && [...pixels],
  }));
}

describe("batches", () => {
  it("takes every image once an epoch, with one of its captions, in a new order each epoch", async () => {
    const stream = await drain(batches(set, { batchSize: 5, seed: 1, epochs: 3 }));
    expect(stream.map(({ records }) => records.length)).toEqual([5, 5, 5, 5, 3, 5, 5, 5, 5, 3, 5, 5, 5, 5, 3]);
    const orders = [0, 1, 2].map((epoch) => stream.filter((batch) => batch.epoch === epoch).flatMap(({ records }) => records));
    for (const order of orders) expect(order.map(({ imgid }) => imgid).sort((a, b) => a - b)).toEqual(set.images.map(({ imgid }) => imgid));
    expect(new Set(orders.map((order) => order.map(({ imgid }) => imgid).join())).size).toBe(3);
    for (const { records, captions, images } of stream) {
      expect(images).toHaveLength(records.length);
      for (const [i, { sentences }] of records.entries()) expect(sentences.map(({ raw }) => raw)).toContain(captions[i]);
    }
    const drawn = stream.flatMap(({ records, captions }) => records.map(({ imgid }, i) => [imgid, captions[i]!] as const));
    const ofOne = new Set(drawn.filter(([imgid]) => imgid % 3 !== 0).map(([imgid, caption]) => `${imgid} ${caption}`));
    expect(ofOne.size).toBeGreaterThan(15); // not always the first
  });

  it("keeps the order of the data set without shuffle, its split, and leaves out a small last batch with dropLast", async () => {
    const images = set.images.map((record, i) => ({ ...record, split: i % 2 ? ("val" as const) : ("restval" as const) }));
    const stream = await drain(batches({ ...set, images }, { batchSize: 4, shuffle: false, split: "train", dropLast: true }));
    expect(stream.map(({ records }) => records.map(({ imgid }) => imgid))).toEqual([
      [0, 2, 4, 6],
      [8, 10, 12, 14],
      [16, 18, 20, 22],
    ]);
    expect(batches({ ...set, images }, { batchSize: 4, split: "val" })).toMatchObject({ batchSize: 4, size: 11, stepsPerEpoch: 3 });
  });

  it("gives the same stream with 0, 1 and 4 workers, however many images are in work and batches are prepared", async () => {
    const options = { batchSize: 4, seed: 3, epochs: 2, preprocess: PREPROCESS, augment: "dihedral" as const };
    const reference = seen(await drain(batches(set, options)));
    expect(reference[0]!.pixels).toHaveLength(4 * 3 * 8 * 8);
    for (const more of [{ workers: 1 }, { workers: 4 }, { workers: 4, concurrency: 1, prefetch: 7 }, { concurrency: 1, prefetch: 0 }]) {
      expect(seen(await drain(batches(set, { ...options, ...more })))).toEqual(reference);
    }
    expect(seen(await drain(batches(set, { ...options, seed: 4 })))).not.toEqual(reference);
  });

  it("augments each image anew in each epoch, the same in workers", async () => {
    const augment = {
      probability: 0.5,
      rotation: { degrees: [0, 180] },
      horizontalFlip: 0.5,
      colorJitter: { brightness: [0.5, 1.1] },
    } as const;
    const options = { batchSize: 23, shuffle: false, epochs: 2, augment };
    const [first, second] = await drain(batches(set, options));
    const plain = await drain(batches(set, { batchSize: 23, shuffle: false }));
    expect(await drain(batches(set, { ...options, workers: 2 }))).toEqual([first, second]);
    const changed = first!.images.map(({ data }, i) => data.join() !== plain[0]!.images[i]!.data.join());
    expect(changed.filter(Boolean).length).toBeGreaterThan(4);
    expect(changed.filter(Boolean).length).toBeLessThan(19);
    expect(first!.images).not.toEqual(second!.images);
  });

  it("goes on in mid-epoch as if it had never stopped", async () => {
    const options = { batchSize: 4, seed: 3, epochs: 3, preprocess: PREPROCESS, augment: "dihedral" as const, uniqueCaptions: true };
    const whole = await drain(batches(set, options));
    for (const at of [0, 3, 5, 11, 17]) {
      const position = JSON.parse(JSON.stringify(whole[at]!.position)) as BatchPosition;
      expect(seen(await drain(batches(set, { ...options, position })))).toEqual(seen(whole.slice(at + 1)));
    }
  });

  it("refuses a position of another run", async () => {
    const [first] = await drain(batches(set, { batchSize: 4, seed: 3 }));
    const begin = (dataset: ImageDataset, options: Partial<BatchesOptions>, position = first!.position) => {
      return () => batches(dataset, { batchSize: 4, seed: 3, position, ...options });
    };
    const changed = { ...set, images: set.images.map((record, i) => (i === 9 ? { ...record, sentences: [{ raw: "new" }] } : record)) };
    expect(begin(set, { seed: 4 })).toThrow(refusal("CHECKPOINT_MISMATCH", "of a run with seed 3, and this one has 4"));
    expect(begin(set, { batchSize: 5 })).toThrow(refusal("CHECKPOINT_MISMATCH", "batchSize 4, and this one has 5"));
    expect(begin({ ...set, images: set.images.slice(1) }, {})).toThrow(refusal("CHECKPOINT_MISMATCH", "size 23, and this"));
    expect(begin(changed, {})).toThrow(refusal("CHECKPOINT_MISMATCH", "other images or captions"));
    expect(begin(set, { shuffle: false })).toThrow(refusal("CHECKPOINT_MISMATCH", "another order"));
    expect(begin(set, {}, { ...first!.position, epoch: 2 })).toThrow(refusal("CHECKPOINT_MISMATCH", "isn't in epoch 2 of 6 steps"));
    expect(begin(set, {}, { ...first!.position, step: -1 })).toThrow(refusal("INVALID_ARGUMENT", "position.step must be"));
    expect(begin(set, {}, "3" as never)).toThrow(refusal("INVALID_ARGUMENT", "batches' position must be an object"));
  });

  it("gives a step by its number, and goes on from there", async () => {
    const options = { batchSize: 4, seed: 3, preprocess: PREPROCESS, workers: 1 };
    const whole = await drain(batches(set, { ...options, epochs: 2 }));
    const source = batches(set, options);
    const asked = [await source.batch(7), await source.batch(8), await source.batch(2)];
    expect(seen(asked)).toEqual(seen([whole[7]!, whole[8]!, whole[2]!]));
    await source.close();
    expect(seen([await source.batch(1)])).toEqual(seen([whole[1]!]));
    await expect(source.batch(-1)).rejects.toThrow(refusal("INVALID_ARGUMENT", "step must be a whole number"));
    await source.close();
  });

  it("tokenizes, changes texts and numbers classes", async () => {
    const images = set.images.map((record, i) => ({ ...record, label: i % 2 ? "sea" : "land" }));
    const classed = { ...set, images, classes: ["land", "sea"] };
    const source = batches(Promise.resolve(classed), {
      batchSize: 6,
      augmentText: (caption, { record, epoch, random }) => `${caption}|${record.imgid}|${epoch}|${random.int(2) < 2}`,
      tokenize: async (captions) => captions.map((caption) => caption.split("|").length),
    });
    expect(await source).toMatchObject({ stepsPerEpoch: 4, classes: ["land", "sea"] });
    for await (const { tokens, captions, labels, records } of source) {
      expect(tokens).toEqual(captions.map(() => 4));
      expect(captions.map((caption) => Number(caption.split("|")[1]))).toEqual(records.map(({ imgid }) => imgid));
      expect([...labels!]).toEqual(records.map(({ imgid }) => imgid % 2));
    }
  });

  it("gives images without captions where there are none, but not where some are missing", async () => {
    const none = { ...set, images: set.images.map((record) => ({ ...record, sentences: [] })) };
    const [batch] = await drain(batches(none, { batchSize: 23 }));
    expect(batch).toMatchObject({ captions: [], repeatedCaptions: 0 });
    expect(() => batches(none, { batchSize: 2, tokenize: () => 1 })).toThrow(refusal("INVALID_ARGUMENT", "tokenize needs captions"));
    const some = { ...set, images: set.images.map((record, i) => (i === 4 ? { ...record, sentences: [{ raw: " " }] } : record)) };
    expect(() => batches(some, { batchSize: 2 })).toThrow(refusal("EMPTY_DATA", '"4.png" of "pictures" has no caption, and 22 of 23'));
  });

  it("takes a function as preprocessing, with workers that only decode", async () => {
    const preprocess = (image: RgbImage, { random }: { random: { int(n: number): number } }): RgbImage => {
      return { width: 1, height: 1, data: Uint8Array.of(image.data[0]!, image.width, random.int(256)) };
    };
    const options = { batchSize: 23, seed: 2, preprocess };
    const [local] = await drain(batches(set, options));
    const [worked] = await drain(batches(set, { ...options, workers: 2 }));
    expect(worked!.images).toEqual(local!.images);
    expect(new Set(local!.images.map(({ data }) => data[2])).size).toBeGreaterThan(10);
    expect(local!.images.every(({ data }) => data[1] === 12)).toBe(true);
  });
});

describe("uniqueCaptions", () => {
  it("keeps identical captions out of a batch, and every image in the epoch", async () => {
    const set = await pictureDataset(24); // eight of them "a field"
    for (const [options, expected] of [
      [{ batchSize: 3 }, 0],
      [{ batchSize: 6 }, 4],
    ] as const) {
      let repeated = 0;
      const files: string[] = [];
      for await (const batch of batches(set, { ...options, seed: 1, uniqueCaptions: true, epochs: 2 })) {
        repeated += batch.repeatedCaptions;
        files.push(...batch.records.map(({ filename }) => filename));
        expect(batch.repeatedCaptions).toBe(batch.captions.length - new Set(batch.captions.map(captionKey)).size);
      }
      expect(repeated).toBe(2 * expected); // eight in four batches: four must
      for (const epoch of [files.slice(0, 24), files.slice(24)]) expect(new Set(epoch).size).toBe(24);
    }
    let without = 0;
    for await (const batch of batches(set, { batchSize: 3, seed: 1, epochs: 2 })) without += batch.repeatedCaptions;
    expect(without).toBeGreaterThan(0);
  });
});

describe("memory", () => {
  it("may be given back: the stream stays the same, and who goes on using it sees nothing", async () => {
    const options = { batchSize: 5, seed: 3, epochs: 4, preprocess: PREPROCESS };
    const reference = await drain(batches(set, options));
    const buffers: number[] = [];
    let step = 0;
    for await (const { pixels, shape, release } of batches(set, options)) {
      expect([...pixels]).toEqual([...reference[step++]!.pixels]);
      expect(pixels.length).toBe(shape.reduce((product, size) => product * size));
      release();
      release();
      buffers.push(pixels.length);
    }
    expect(buffers).toEqual(Array(20).fill(0));
    expect(step).toBe(20);
  });

  it.each([0, 2])("holds no more images than prefetch asks for, with %i workers", async (workers) => {
    for (const prefetch of [0, 1, 3]) {
      let handed = 0;
      const { files, begun } = countedReads(set.files, (reads) => expect(reads - handed).toBeLessThanOrEqual((prefetch + 1) * 3));
      for await (const { records } of batches({ ...set, files }, { batchSize: 3, epochs: 2, prefetch, workers, preprocess: PREPROCESS })) {
        handed += records.length;
        await pause(5);
        expect(begun() - handed).toBeLessThanOrEqual(prefetch * 3);
      }
      expect(handed).toBe(46);
      expect(begun()).toBe(46);
    }
  });
});
