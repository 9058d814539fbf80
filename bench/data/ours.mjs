// Our side, and sharp's own pipeline. Workloads: epoch-SIDE-WORKERS, first-SIDE-WORKERS, sharp-SIDE, memory-SIDE, captions.
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { batches, nwpuCaptions } from "@rsdix/data";
import { toBatch } from "@rsdix/image";
import { answerRequests } from "../backend/answer.mjs";
import { BATCH, folderOf, IMAGES, paths } from "./peers.mjs";

const fromImage = createRequire(new URL("../../packages/image/package.json", import.meta.url));
const sharpVersion = JSON.parse(readFileSync(join(dirname(fromImage.resolve("sharp")), "../package.json"), "utf8")).version;
const preprocess = { size: 224 };

/** A data set without captions of a folder's images. */
function datasetOf(side) {
  const folder = folderOf(side);
  const names = readdirSync(folder).filter((name) => name.endsWith(".jpg"));
  const images = names.sort().map((filename, imgid) => ({ filename, imgid, split: "train", sentences: [] }));
  if (images.length !== IMAGES) throw new Error(`${folder} must have ${IMAGES} images, got ${images.length}: run setup.mjs again`);
  return {
    dataset: folder,
    images,
    files: { name: folder, names: async () => names, read: (name) => readFile(join(folder, name)), close: async () => undefined },
  };
}

/** An epoch a run; workers stay from one to the next, as the peer's do, and batches are given back when they are used up. */
async function epochs(side, workers) {
  const dataset = datasetOf(side);
  const source = batches(dataset, { batchSize: BATCH, shuffle: false, preprocess, workers, epochs: Number.POSITIVE_INFINITY });
  const iterator = source[Symbol.asyncIterator]();
  const check = async () => {
    const alone = batches({ ...dataset, images: dataset.images.slice(0, 1) }, { batchSize: 1, shuffle: false, preprocess });
    for await (const { pixels } of alone) return Array.from(pixels).filter((_, i) => i % 97 === 0);
  };
  const run = async () => {
    for (let step = 0; step < source.stepsPerEpoch; step++) (await iterator.next()).value.release();
  };
  return { run, check };
}

/** From nothing but the list of images to the first batch; sharp is loaded, workers are started, and code is new. */
function first(side, workers) {
  const run = async () => {
    for await (const _ of batches(datasetOf(side), { batchSize: BATCH, shuffle: false, preprocess, workers })) break;
  };
  return { run, check: () => [] };
}

/** Decoding and resizing by libvips, which isn't Pillow's to the byte; the arithmetic is ours. */
function sharpAlone(side) {
  const sharp = fromImage("sharp");
  const { images, files } = datasetOf(side);
  const load = async ({ filename }) => {
    const pipeline = sharp(await files.read(filename)).resize(224, 224, { kernel: "cubic", fastShrinkOnLoad: false });
    return { width: 224, height: 224, data: new Uint8Array(await pipeline.removeAlpha().toColourspace("srgb").raw().toBuffer()) };
  };
  const run = async () => {
    let next = 0;
    const pixels = new Float32Array(BATCH * 3 * 224 * 224);
    const work = async () => {
      while (next < images.length) {
        const index = next++;
        pixels.set(toBatch([await load(images[index])]), (index % BATCH) * 3 * 224 * 224);
      }
    };
    await Promise.all(Array.from({ length: 4 }, work));
  };
  return { run, check: () => [] };
}

/** Memory in use after each 2,000 of 20,000 images. */
function memory(side) {
  const rss = [];
  const run = async () => {
    let done = 0;
    for await (const { records, release } of batches(datasetOf(side), { batchSize: BATCH, seed: 1, preprocess, workers: 2, epochs: 20 })) {
      release();
      if (Math.floor((done + records.length) / 2000) > Math.floor(done / 2000)) rss.push(process.memoryUsage.rss());
      done += records.length;
    }
  };
  return { run, check: () => [], profile: () => ({ rss }) };
}

/** From an annotation of 157,500 captions on the disk to the data set; the images are there by name. */
function captions() {
  const names = JSON.parse(readFileSync(join(paths.captions, "names.json"), "utf8"));
  const files = {
    name: "NWPU",
    names: async () => names,
    read: (name) => readFile(join(paths.captions, name)),
    close: async () => undefined,
  };
  let set;
  const run = async () => {
    set = await nwpuCaptions(files);
  };
  return { run, check: () => [], profile: () => ({ captions: set.images.reduce((sum, { sentences }) => sum + sentences.length, 0) }) };
}

const kinds = { captions, epoch: epochs, first, sharp: sharpAlone, memory };
await answerRequests({ sharp: sharpVersion }, async (workload) => {
  const [kind, ...rest] = workload.split("-");
  return kinds[kind](...rest.map(Number));
});
