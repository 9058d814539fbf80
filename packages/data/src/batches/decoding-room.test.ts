import { describe, expect, it, vi } from "vitest";
import { memoryFiles } from "../../test/memory-files";
import { verify } from "../verify/verify";
import { batches } from "./batches";
import type { DecodeWorkerHandle } from "./platform";

// Decoders that count what they have in hand: images of 11,000 x 11,000 pixels would take gigabytes of this test's machine.
const work = vi.hoisted(() => {
  const seen = { now: 0, most: 0, begun: 0 };
  const together = { expected: 0 };
  const moment = () => new Promise((resolve) => setTimeout(resolve, 5));
  const decode = async () => {
    seen.begun++;
    seen.most = Math.max(seen.most, ++seen.now);
    // A slow machine may be long in reading the eighth image: none is done before as many are in hand as shall be, and a moment for more.
    for (let waited = 0; seen.most < together.expected && waited < 2000; waited++) await moment();
    await moment();
    seen.now--;
    return { width: 1, height: 1, data: new Uint8Array(3) };
  };
  const expectTogether = (most: number) => {
    Object.assign(seen, { now: 0, most: 0, begun: 0 });
    together.expected = most;
  };
  return { seen, decode, expectTogether };
});
vi.mock("../decode-node", () => ({ decode: work.decode, serve: () => () => undefined }));
vi.mock("../workers-node", () => ({
  firstMaker: () => "workers",
  startWorker: async (): Promise<DecodeWorkerHandle> => {
    let answer: (message: unknown) => void = () => undefined;
    return {
      post: async (message) => {
        const { id } = message as { id?: number };
        if (id !== undefined) answer({ id, image: await work.decode() });
      },
      listen: (onMessage) => {
        answer = onMessage;
      },
      hold: () => undefined,
      terminate: async () => undefined,
    };
  },
}));

/** The start of a PNG that says its size. */
function png(side: number): Uint8Array {
  const bytes = new Uint8Array(45);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, side);
  view.setUint32(20, side);
  return bytes;
}

const setOf = (side: number) => {
  const images = Array.from({ length: 8 }, (_, i) => ({ filename: `${i}.png`, imgid: i, split: "train" as const, sentences: [] }));
  return { dataset: "large", images, files: memoryFiles(Object.fromEntries(images.map(({ filename }) => [filename, png(side)]))) };
};

describe.each([0, 1])("with %i workers, images are decoded together", (workers) => {
  it.each([
    [256, 8],
    [6000, 4], // 108 MB each
    [11_000, 1], // 363 MB each
    [30_000, 1], // more than the room: refused by a real decoder
  ])("of %i pixels a side, at most %i", async (side, most) => {
    work.expectTogether(most);
    const source = batches(setOf(side), { batchSize: 8, prefetch: 1, workers, epochs: 1 });
    for await (const { records } of source) expect(records).toHaveLength(8);
    expect(work.seen).toEqual({ now: 0, most, begun: 8 });
  });
});

it("a check of a data set decodes no more together", async () => {
  for (const [side, most] of [
    [256, 8],
    [11_000, 1],
  ] as const) {
    work.expectTogether(most);
    await verify(setOf(side), { concurrency: 8 });
    expect(work.seen).toEqual({ now: 0, most, begun: 8 });
  }
});
