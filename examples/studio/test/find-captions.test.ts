import type { FileStore } from "@rsdix/data";
import { afterEach, describe, expect, it, vi } from "vitest";
import { processorTime } from "../../../test/processor-time";
import type { Progress } from "../src/protocol";
import { findCaptions } from "../src/worker/captions";

// Node has no decoder of a browser.
vi.mock("@rsdix/image/web", async () => import("@rsdix/image/node"));

afterEach(() => vi.restoreAllMocks());

/** As many files of one base name in folders of their own, with a captions' file that names them. */
function manyFolders(count: number, nameOf: (folder: number) => string): FileStore {
  const names = Array.from({ length: count }, (_, i) => `images/${i}x/rgb.png`);
  const table = `filename,caption\n${names.map((_, i) => `${nameOf(i)},a lake\n`).join("")}`;
  const read = async () => new TextEncoder().encode(table);
  return { name: "ds", names: async () => ["captions.csv", ...names], read, close: async () => undefined };
}

describe("captions of images of one base name in thousands of folders", () => {
  const find = (store: FileStore, emit: (progress: Progress) => void, signal = new AbortController().signal) =>
    findCaptions(store, new Set(), { emit, signal });

  it.each([
    ["as they are", (i: number) => `${i}x/rgb.png`],
    ["in capital letters", (i: number) => `${i}X/RGB.PNG`],
  ])(
    "are found soon where rows name them %s",
    async (_, nameOf) => {
      const seconds = processorTime();
      const { found, about } = await find(manyFolders(20_000, nameOf), () => undefined);
      expect(found?.state).toMatchObject({ images: 20_000, captions: 20_000 });
      expect(about).toEqual([]);
      expect(seconds()).toBeLessThan(5); // a look at each image for each takes minutes
    },
    60_000,
  );

  it("tell how far they are found, and end when they are stopped, but go on where that was before", async () => {
    let time = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (time += 10)); // each look at a clock takes long
    const store = manyFolders(100, (i) => `${i}x/rgb.png`);
    const told: Progress[] = [];
    await find(store, (progress) => told.push(progress));
    expect(told.length).toBeGreaterThan(5);
    expect(told[0]).toEqual({ what: "captions.csv", done: expect.any(Number), total: 100 });
    const stop = new AbortController();
    const stopped = find(store, () => setTimeout(() => stop.abort(new Error("enough"))), stop.signal);
    await expect(stopped).rejects.toThrowError("enough");
    expect((await find(store, () => undefined, stop.signal)).found?.state.images).toBe(100);
  });

  it("end when they are stopped while the file is parsed, as soon as that is done", async () => {
    const stop = new AbortController();
    const store = manyFolders(100, (i) => `${i}x/rgb.png`);
    const read = async () => {
      setTimeout(() => stop.abort(new Error("enough"))); // which comes when parsing has begun
      return store.read("captions.csv");
    };
    const told: Progress[] = [];
    await expect(find({ ...store, read }, (progress) => told.push(progress), stop.signal)).rejects.toMatchObject({ code: "ABORTED" });
    expect(told).toEqual([]);
  });
});
