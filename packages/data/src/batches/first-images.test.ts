import { beforeEach, describe, expect, it, vi } from "vitest";
import { countedReads, pictureDataset } from "../../test/picture-dataset";
import type { Batch } from "./batch-types";
import { batches } from "./batches";

// What happens in which order: "here" for an image that the calling thread decodes, "worker" for a worker that is started.
const seen = vi.hoisted(() => ({ maker: "", events: [] as string[] }));
vi.mock("../decode-node", async (original) => {
  const actual = await original<typeof import("../decode-node")>();
  const decode: typeof actual.decode = async (bytes, maxPixels) => {
    const image = await actual.decode(bytes, maxPixels);
    seen.events.push("here");
    return image;
  };
  return { ...actual, decode };
});
vi.mock("../workers-node", async (original) => {
  const actual = await original<typeof import("../workers-node")>();
  const startWorker = () => {
    seen.events.push("worker");
    return actual.startWorker();
  };
  return { ...actual, startWorker, firstMaker: () => seen.maker };
});

const set = await pictureDataset(20);
const OPTIONS = { batchSize: 4, seed: 3, preprocess: { size: 6 } } as const;
const here = (count: number) => new Array<string>(count).fill("here");
const workers = (count: number) => new Array<string>(count).fill("worker");

async function all(source: AsyncIterable<Batch<{ size: number }>>) {
  const found = [];
  for await (const { pixels, captions } of source) found.push({ pixels, captions });
  return found;
}

beforeEach(() => {
  Object.assign(seen, { maker: "caller alone", events: [] });
});

describe("the first batch of a run with workers", () => {
  it("is made by the calling thread before they start, and they make the others: the same as without", async () => {
    const alone = await all(batches(set, OPTIONS));
    seen.events = [];
    expect(await all(batches(set, { ...OPTIONS, workers: 2 }))).toEqual(alone);
    expect(seen.events).toEqual([...here(4), ...workers(2)]);
  });

  it("is made while they start where there are cores for that", async () => {
    seen.maker = "caller";
    await all(batches(set, { ...OPTIONS, workers: 3 }));
    expect(seen.events).toEqual([...workers(3), ...here(4)]);
  });

  it("is left to them where the calling thread is not to be held up", async () => {
    seen.maker = "workers";
    await all(batches(set, { ...OPTIONS, workers: 1 }));
    expect(seen.events).toEqual(workers(1));
  });

  it("needs none when there is no other", async () => {
    await all(batches({ ...set, images: set.images.slice(0, 4) }, { ...OPTIONS, workers: 2 }));
    expect(seen.events).toEqual(here(4));
  });

  it("is left to them when images are augmented", async () => {
    const options = { ...OPTIONS, augment: "dihedral" } as const;
    const worked = await all(batches(set, { ...options, workers: 1 }));
    expect(seen.events).toEqual(workers(1));
    expect(worked).toEqual(await all(batches(set, options)));
  });

  it("has at most 64 images of the calling thread", async () => {
    const large = await pictureDataset(70);
    await all(batches(large, { ...OPTIONS, batchSize: 70, workers: 1 }));
    expect(seen.events).toEqual([...here(64), ...workers(1)]);
  });

  it("may have images that are left out", async () => {
    const read: typeof set.files.read = async (name, options) => (name === "2.png" ? Uint8Array.of(1) : set.files.read(name, options));
    const options = { ...OPTIONS, shuffle: false, onError: "skip" } as const;
    const damaged = { ...set, files: { ...set.files, read } };
    const alone = await all(batches(damaged, options));
    seen.events = [];
    expect(await all(batches(damaged, { ...options, workers: 1 }))).toEqual(alone);
    expect(seen.events).toEqual([...here(3), ...workers(1)]);
  });

  it("starts none when the run is stopped before it is there", async () => {
    const controller = new AbortController();
    const { files } = countedReads(set.files, (begun) => begun === 3 && controller.abort("enough"));
    const run = all(batches({ ...set, files }, { ...OPTIONS, workers: 2, signal: controller.signal }));
    await expect(run).rejects.toMatchObject({ name: "RsdixError", code: "ABORTED", cause: "enough" });
    expect(seen.events).not.toContain("worker");
  });
});
