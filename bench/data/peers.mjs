// Where torchvision and the images of the benchmark live: outside the repository, made by setup.mjs, never needed by a test.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { paths as backendPaths, peersFolder, versions as pinned } from "../backend/peers.mjs";

/** Pinned: what the results name. */
export const versions = { torch: pinned.torch, numpy: pinned.numpy, torchvision: "0.29.2", pillow: "13.0.0" };

/** Sides of the square images, and how many there are of each. */
export const SIDES = [256, 600];
export const IMAGES = 1000;
export const BATCH = 64;
export const WORKERS = 2;

export const paths = { python: backendPaths.python, images: join(peersFolder, "images"), captions: join(peersFolder, "captions") };
export const folderOf = (side) => join(paths.images, `jpeg-${side}`);

const images = SIDES.map((side) => join(folderOf(side), "made"));
const annotation = ["dataset_nwpu.json", "names.json"].map((name) => join(paths.captions, name));
/** Another suite's setup.mjs makes Python without torchvision; the annotation comes after that. */
const torchvision = [paths.python, ...annotation];

/** What setup.mjs makes for each section. */
export const needs = {
  throughput: [...torchvision, ...images],
  first: [...torchvision, ...images],
  memory: images,
  captions: torchvision,
  augment: torchvision,
};

export const here = fileURLToPath(new URL(".", import.meta.url));
