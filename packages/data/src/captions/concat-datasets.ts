import { checkOptions, fail, show } from "@rsdix/internal";
import type { CaptionRecord, JsonValue } from "../caption-dataset";
import type { FileStore } from "../files/file-store";
import { hasFiles, type ImageDataset } from "../image-dataset";
import type { SkippedItem } from "./reading";
import { mountFiles } from "./store-views";

/** Options of `concatDatasets`. */
export interface ConcatDatasetsOptions {
  /** The name of the whole; the sets' names joined by "+" unless told otherwise. */
  readonly dataset?: string;
}

/**
 * Puts several data sets into one. The files of each lie in a folder of its own, named after the set (a second set of the same name gets
 * "-2"), so that two images of one name stay two; images are numbered anew from 0, in order; splits, labels and what was left out stay. Where all sets have
 * classes, those of the whole are the first set's, then what the next ones add. Further fields of a set are kept under its folder's name.
 *
 * @param datasets - the data sets, open or about to be.
 * @param options - `dataset`, the name of the whole.
 * @returns the whole; closing its files closes those of all sets.
 * @throws RsdixError (as a rejection) EMPTY_DATA for no data set; INVALID_ARGUMENT for what is none; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { concatDatasets, type FileStore, type ImageDataset } from "@rsdix/data";
 * const files: FileStore = { name: "none", names: async () => [], read: async () => new Uint8Array(), close: async () => undefined };
 * const images = [{ filename: "a.png", imgid: 7, split: "train", sentences: [{ raw: "a lake" }] }] as const;
 * const set: ImageDataset = { dataset: "tiny", images, files };
 * const both = await concatDatasets([set, set]);
 * if (both.images.map(({ filename }) => filename).join() !== "tiny/a.png,tiny-2/a.png") throw new Error("expected a folder a set");
 * ```
 */
export async function concatDatasets(
  datasets: readonly (ImageDataset | Promise<ImageDataset>)[],
  options: ConcatDatasetsOptions = {},
): Promise<ImageDataset> {
  checkOptions(options, ["dataset"], "concatDatasets");
  if (options.dataset !== undefined && typeof options.dataset !== "string")
    fail("INVALID_ARGUMENT", `dataset must be the whole's name, got ${show(options.dataset)}.`);
  if (!Array.isArray(datasets) || datasets.length === 0) fail("EMPTY_DATA", "concatDatasets takes a list of at least one data set.");
  const sets = await allOrNone(datasets);
  const stores = new Map<string, FileStore>();
  const images: CaptionRecord[] = [];
  const extra: [string, JsonValue][] = [];
  const skipped: SkippedItem[] = [];
  sets.forEach((set, index) => {
    if (!hasFiles(set)) {
      fail("INVALID_ARGUMENT", `datasets[${index}] must be a data set with files, as rsicd(folder) gives it.`);
    }
    const folder = unusedFolder(set.dataset, stores);
    stores.set(folder, set.files);
    if (set.extra) extra.push([folder, set.extra]);
    for (const { filename, ...item } of set.skipped ?? [])
      skipped.push({ ...item, ...(filename !== undefined && { filename: `${folder}/${filename}` }) });
    for (const image of set.images) images.push({ ...image, filename: `${folder}/${image.filename}`, imgid: images.length });
  });
  const classes = sets.every((set) => set.classes) ? [...new Set(sets.flatMap((set) => set.classes!))] : undefined;
  return {
    dataset: options.dataset ?? sets.map(({ dataset }) => dataset).join("+"),
    images,
    ...(extra.length > 0 && { extra: Object.fromEntries(extra) }),
    files: mountFiles(stores),
    ...(classes && { classes }),
    ...(sets.some((set) => set.skipped) && { skipped }),
  };
}

/** The data sets once all are open; where one cannot be, the others are closed. */
async function allOrNone(datasets: readonly (ImageDataset | Promise<ImageDataset>)[]): Promise<ImageDataset[]> {
  const settled = await Promise.allSettled(datasets);
  const failed = settled.find((result) => result.status === "rejected");
  const sets = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (!failed) return sets;
  await Promise.allSettled(sets.map((set) => set?.files?.close()));
  throw failed.reason;
}

/** A folder's name for a data set that no other has: its own with "_" for what file names should not hold. */
function unusedFolder(dataset: string, used: ReadonlyMap<string, unknown>): string {
  const name = dataset.replace(/[/\\:\0]/g, "_").trim() || "set";
  const plain = /^\.+$/.test(name) ? "set" : name;
  for (let n = 1; ; n++) {
    const folder = n === 1 ? plain : `${plain}-${n}`;
    if (!used.has(folder)) return folder;
  }
}
