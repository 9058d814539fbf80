import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { drain } from "../../../test/drain";
import { scratchFolder } from "../../../test/scratch-folder";
import { makeTar } from "../test/make-tar";
import { memoryFiles } from "../test/memory-files";
import { all as allSamples, PNG } from "../test/read-shards";
import { all as allPatches, small } from "../test/scenes";
import { batches } from "./batches/batches";
import { karpathy } from "./captions/loaders";
import { openClasses } from "./classes/open-classes";
import { embedDataset } from "./features/embed-dataset";
import { loadImages } from "./load-images";
import { parseKarpathy } from "./parse-karpathy";
import { readKarpathy } from "./read-karpathy";
import { openSentinel2 } from "./sentinel2/scene";
import { writePatches } from "./sentinel2/write-patches-node";
import { verify } from "./verify/verify";
import { webDataset } from "./webdataset/web-dataset";
import { writeWebDataset } from "./webdataset/write-webdataset";

const image = { imgid: 0, filename: "a.png", split: "train" as const, sentences: [{ raw: "a lake" }] };
const annotation = { dataset: "tiny", images: [image, { ...image, filename: 5 }] };
const files = memoryFiles({ "dataset.json": JSON.stringify(annotation), "a.png": PNG, "river/1.png": PNG });
const set = { dataset: "tiny", images: [image], files };
const scene = async (value: number) => openSentinel2(await small(new Uint16Array(2 * 4 * 3).fill(value), 4, 2));
const skip = { onError: "skip" } as const;

let folder = "";
beforeAll(async () => {
  folder = scratchFolder("file");
  await writeFile(join(folder, "dataset.json"), JSON.stringify(annotation));
});

const stop = (signal: AbortSignal | undefined) => signal && { signal };

/** Whatever tells a function of the caller's something, and gives a promise. */
const TELLERS: Record<string, (tell: () => void, signal?: AbortSignal) => Promise<unknown>> = {
  "onSkip of a loader": (onSkip, signal) => karpathy(files, { ...skip, onSkip, ...stop(signal) }),
  "onSkip of readKarpathy": (onSkip) => readKarpathy(join(folder, "dataset.json"), { ...skip, onSkip }),
  "onSkip of openClasses": (onSkip, signal) => openClasses(files, "mine", { ...skip, onSkip, ...stop(signal) }),
  "onSkip of webDataset": async (onSkip, signal) => webDataset(await makeTar([["a.png", PNG]]), { ...skip, onSkip, ...stop(signal) }),
  "onSkip of readWebDataset": async (onSkip, signal) => allSamples(await makeTar([["a.png", PNG]]), { ...skip, onSkip, ...stop(signal) }),
  "onSkip of batches": (onSkip, signal) => drain(batches(set, { batchSize: 1, preprocess: { size: 2 }, ...skip, onSkip, ...stop(signal) })),
  "onSkip of embedDataset": (onSkip, signal) =>
    embedDataset(set, () => new Float32Array(1), { model: "m", ...skip, onSkip, ...stop(signal) }),
  "onProgress of embedDataset": (onProgress, signal) =>
    embedDataset(set, () => new Float32Array(1), { model: "m", ...skip, onProgress, ...stop(signal) }),
  "onSkip of cutPatches": async (onSkip, signal) => allPatches(await scene(0), { size: 2, onSkip, ...stop(signal) }),
  "onPatch of writePatches": async (onPatch, signal) =>
    writePatches(await scene(1500), join(folder, "patches"), { size: 2, onPatch, ...stop(signal) }),
  "onProgress of writeWebDataset": (onProgress, signal) => writeWebDataset(set, join(folder, "shards"), { onProgress, ...stop(signal) }),
  "onProgress of loadImages": (onProgress, signal) => loadImages([{ filename: "none.png" }], folder, { onProgress, ...stop(signal) }),
  "onProgress of verify": (onProgress, signal) => verify(set, { onProgress, ...stop(signal) }),
};

it.each(Object.entries(TELLERS))("%s ends the work by what it rejects with, as by what it throws", async (_, work) => {
  for (const error of [new Error("enough"), Object.assign(new Error("mine"), { code: "FILE_CORRUPT" }), undefined]) {
    for (const tell of [
      () => Promise.reject(error),
      () => {
        throw error;
      },
    ]) {
      const caught = await work(tell).then(
        () => "nothing",
        (thrown: unknown) => thrown,
      );
      expect(caught).toBe(error);
      await rm(join(folder, "patches"), { recursive: true, force: true });
    }
  }
});

const STOPPABLE = Object.entries(TELLERS).filter(([name]) => name !== "onSkip of readKarpathy"); // which takes no signal

it.each(STOPPABLE)("%s stops by the signal though what it promises never comes", async (_, work) => {
  const run = work((() => new Promise<void>(() => undefined)) as () => void, AbortSignal.timeout(20));
  await expect(run).rejects.toMatchObject({ name: "RsdixError", code: "ABORTED" });
  await rm(join(folder, "patches"), { recursive: true, force: true });
});

it("a parser doesn't wait, and what a promise of onSkip rejects with ends nothing", async () => {
  const { images } = parseKarpathy(annotation, "here", { ...skip, onSkip: () => Promise.reject(new Error("enough")) as never });
  expect(images).toHaveLength(1);
  await new Promise((resolve) => setTimeout(resolve, 5)); // a rejection that nobody heard of would fail this file
});
