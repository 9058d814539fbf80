/** Whether a folder holds a whole data set, made with the same generator and parameters. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CaptionDataset } from "@rsdix/data";
import { readKarpathy } from "@rsdix/data/node";
import type { Caps } from "./split";

/** Raise it with every change that gives other pictures, labels or captions. */
const GENERATOR = "bluemarble 2";

/** What the data set depends on besides the sources and the generator. */
export interface Parameters {
  readonly seed: number;
  readonly points: number;
  readonly caps: Caps;
}

/** What is written beside a whole data set. */
export interface Manifest extends Parameters {
  readonly generator: string;
  /** SHA-256 of the annotations. */
  readonly dataset: string;
}

/** The files of a data set. */
export interface Paths {
  /** Says that the folder is ours; there before anything else. */
  readonly marker: string;
  readonly images: string;
  readonly dataset: string;
  readonly manifest: string;
}

/**
 * Where things are in a data set's folder.
 *
 * @param dir the folder
 * @returns the paths
 */
export function readPaths(dir: string): Paths {
  return {
    marker: join(dir, ".bluemarble"),
    images: join(dir, "images"),
    dataset: join(dir, "dataset_bluemarble.json"),
    manifest: join(dir, "manifest.json"),
  };
}

/**
 * The manifest of a data set that was written.
 *
 * @param paths its files
 * @param parameters what it was made with
 * @returns the manifest
 */
export async function describe(paths: Paths, parameters: Parameters): Promise<Manifest> {
  const { seed, points, caps } = parameters;
  return { generator: GENERATOR, seed, points, caps, dataset: await hash(paths.dataset) };
}

/**
 * Reads a data set that is whole and was made with these parameters.
 *
 * @param paths its files
 * @param parameters what it must have been made with
 * @returns the annotations, or undefined when it has to be made
 */
export async function readWhole(paths: Paths, parameters: Parameters): Promise<CaptionDataset | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(paths.manifest, "utf8"));
    if (JSON.stringify(found) !== JSON.stringify(await describe(paths, parameters))) return undefined;
    const dataset = await readKarpathy(paths.dataset);
    const names = new Set(await readdir(paths.images));
    return dataset.images.every(({ filename }) => names.has(filename)) ? dataset : undefined;
  } catch {
    return undefined; // missing, half-written or damaged: all the same, it is made anew
  }
}

async function hash(path: string): Promise<string> {
  return createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
}
