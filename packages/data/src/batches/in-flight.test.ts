import { setTimeout as pause } from "node:timers/promises";
import type { RgbImage } from "@rsdix/image";
import { describe, expect, it, vi } from "vitest";
import { pictureDataset } from "../../test/picture-dataset";
import { batches } from "./batches";

// Workers make the first batch, too: it is they that are tested.
vi.mock("../workers-node", async (original) => ({ ...(await original<typeof import("../workers-node")>()), firstMaker: () => "workers" }));

const set = await pictureDataset(40);

describe.each([0, 2])("an asynchronous preprocess, with %i workers", (workers) => {
  const options = { batchSize: 10, seed: 2, workers, concurrency: 3, prefetch: 3 } as const;
  const most = Math.max(1, workers) * 3;

  it("has no more images in hand than are in work, and the stream is what it would be without", async () => {
    let [inHand, peak] = [0, 0];
    const slow = async (image: RgbImage) => {
      peak = Math.max(peak, ++inHand);
      await pause(5);
      inHand--;
      return { ...image, data: image.data.map((value) => 255 - value) };
    };
    const plain = batches(set, options)[Symbol.asyncIterator]();
    for await (const { images, captions, records } of batches(set, { ...options, preprocess: slow })) {
      const { value } = await plain.next();
      expect({ captions, records }).toEqual({ captions: value!.captions, records: value!.records });
      expect(images).toEqual(value!.images.map((image) => ({ ...image, data: image.data.map((byte) => 255 - byte) })));
    }
    expect(peak).toBeGreaterThan(1);
    expect(peak).toBeLessThanOrEqual(most);
    expect(inHand).toBe(0);
  });

  it("that never ends begins no more than that, and nothing after the run was stopped", async () => {
    const controller = new AbortController();
    const waiting: (() => void)[] = [];
    const hang = (image: RgbImage) => new Promise<RgbImage>((resolve) => waiting.push(() => resolve(image)));
    const run = batches(set, { ...options, preprocess: hang, signal: controller.signal }).batch(0);
    const stop = async () => {
      while (waiting.length < most) await pause(5);
      await pause(50);
      controller.abort("enough");
    };
    stop();
    await expect(run).rejects.toMatchObject({ code: "ABORTED", cause: "enough" });
    expect(waiting).toHaveLength(most);
    for (const end of waiting) end();
    await pause(20);
    expect(waiting).toHaveLength(most);
  });
});

it.each([0, 2])("what onSkip throws ends the run as it is, and it is told nothing more, with %i workers", async (workers) => {
  const read = async (name: string) => (Number.parseInt(name, 10) % 2 ? Uint8Array.of(1, 2, 3) : set.files.read(name));
  const damaged = { ...set, files: { ...set.files, read } };
  for (const thrown of [undefined, new Error("enough"), "what it was told"]) {
    const told: unknown[] = [];
    const onSkip = ({ error }: { error: Error }) => {
      told.push(error);
      throw thrown === "what it was told" ? error : thrown;
    };
    const source = batches(damaged, { batchSize: 20, shuffle: false, prefetch: 0, workers, onError: "skip", onSkip });
    const caught = await source.batch(0).catch((error: unknown) => error);
    expect(caught).toBe(thrown === "what it was told" ? told[0] : thrown);
    const { length } = told;
    await pause(50);
    expect(told).toHaveLength(length);
  }
});

it.each([0, 2])("what is left out is told in the batch's order, however long each image takes, with %i workers", async (workers) => {
  const read = async (name: string) => {
    const number = Number.parseInt(name, 10);
    await pause(60 - 10 * number);
    return number % 2 ? Uint8Array.of(1, 2, 3) : set.files.read(name);
  };
  const told: string[] = [];
  const onSkip = ({ record }: { record: { filename: string } }) => told.push(record.filename);
  const source = batches(
    { ...set, files: { ...set.files, read } },
    { batchSize: 6, shuffle: false, prefetch: 0, workers, onError: "skip", onSkip },
  );
  const { skipped } = await source.batch(0);
  expect(told).toEqual(["1.png", "3.png", "5.png"]);
  expect(skipped.map(({ record }) => record.filename)).toEqual(told);
  await source.close();
});
