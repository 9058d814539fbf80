import { readdir, rmdir } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { encodePng } from "@rsdix/image/node";
import { checkOptions, fail, show } from "@rsdix/internal";
import { heard } from "../caller-function";
import type { CaptionDataset, CaptionRecord } from "../caption-dataset";
import { checkFunctions } from "../check-inputs";
import { quietly } from "../files/quietly";
import { makeFolders } from "../make-folders";
import { writeFileAtomic } from "../write-file-atomic";
import { writeKarpathy } from "../write-karpathy";
import { CUT_OPTIONS, type CutPatchesOptions, cutPatches, type PatchPart } from "./cut-patches";
import type { Sentinel2Scene } from "./scene";

/** Options of `writePatches`. */
export interface WritePatchesOptions extends CutPatchesOptions {
  /** What the images' names begin with: letters, digits, "-", "_" and "."; "patch" unless told otherwise. */
  readonly name?: string;
  /** Called after each patch, and waited for; what it throws, or rejects with, ends the writing, as it is. */
  readonly onPatch?: (patch: PatchPart & { readonly filename: string }) => void;
}

/**
 * Cuts a scene into patches and writes them as PNG, with an annotation file to be captioned: `dataset.json` in the form of `dataset_rsicd.json`, whose
 * images have no sentences yet and keep `longitude`, `latitude`, `bounds` and `epsg`. This is how S2LCD was made.
 *
 * @param scene - a scene of `openSentinel2`.
 * @param folder - where the images and `dataset.json` are written; it is made when it isn't there.
 * @param options - those of `cutPatches`, `name` ("patch") and `onPatch`.
 * @returns the data set that was written; all its images are in the split "test" until `randomSplit` draws others.
 * @throws RsdixError as `cutPatches`; INVALID_ARGUMENT where the folder has a `dataset.json` or patches of this name already; WRITE_FAILED; EMPTY_DATA when
 * every patch is left out; MISSING_DEPENDENCY without sharp.
 * @example
 * ```ts
 * import { mkdtemp, rm } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openSentinel2 } from "@rsdix/data";
 * import { writePatches } from "@rsdix/data/node";
 * import { writeArrayBuffer } from "geotiff";
 * const place = { ProjectedCSTypeGeoKey: 32632, ModelPixelScale: [10, 10, 0], ModelTiepoint: [0, 0, 0, 500000, 5000000, 0] };
 * const file = await writeArrayBuffer(new Uint16Array(2 * 4 * 3).fill(1500), { width: 4, height: 2, SamplesPerPixel: 3, ...place });
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * const { images } = await writePatches(await openSentinel2(new Uint8Array(file)), folder, { size: 2, name: "alps" });
 * if (images[1].filename !== "alps_0_2.png" || images[1].extra?.epsg !== 32632) throw new Error("expected row 0, column 2");
 * await rm(folder, { recursive: true });
 * ```
 * @see https://github.com/NeuRoNeLab/RSDiX-CLIP (S2LCD); https://sentiwiki.copernicus.eu/web/s2-products
 */
export async function writePatches(scene: Sentinel2Scene, folder: string, options: WritePatchesOptions = {}): Promise<CaptionDataset> {
  const { name = "patch", onPatch, ...cut } = checkOptions(options, [...CUT_OPTIONS, "name", "onPatch"], "writePatches");
  checkFunctions({ onPatch });
  if (typeof folder !== "string" || folder === "") fail("INVALID_ARGUMENT", `folder must be a path, got ${show(folder)}.`);
  if (typeof name !== "string" || !/^[\w.-]+$/.test(name)) {
    fail("INVALID_ARGUMENT", `name must be letters, digits, "-", "_" and ".", got ${JSON.stringify(name)}.`);
  }
  const made = await prepare(folder, name);
  try {
    const dataset: CaptionDataset = {
      dataset: name,
      images: await writeImages(scene, folder, name, { ...cut, ...(onPatch && { onPatch }) }),
    };
    await writeKarpathy(join(folder, ANNOTATION), dataset);
    return dataset;
  } catch (error) {
    if (made !== undefined) await removeEmpty(folder, made);
    throw error;
  }
}

async function writeImages(
  scene: Sentinel2Scene,
  folder: string,
  name: string,
  { onPatch, ...cut }: WritePatchesOptions,
): Promise<readonly CaptionRecord[]> {
  const images: CaptionRecord[] = [];
  for await (const { image, x, y, noData, cloud, bounds, epsg, longitude, latitude } of cutPatches(scene, cut)) {
    const filename = `${name}_${y}_${x}.png`;
    await writeFileAtomic(join(folder, filename), await encodePng(image));
    images.push({ filename, imgid: images.length, split: "test", sentences: [], extra: { longitude, latitude, bounds, epsg } });
    await heard(onPatch?.({ filename, x, y, noData, cloud }), cut.signal);
  }
  if (images.length === 0) fail("EMPTY_DATA", "Every patch of the scene was left out: raise maxNoData or maxCloud, or take another scene.");
  return images;
}

/** Takes back a folder and those above it that were made for it, `made` the first of them, as far as nothing is in them. */
async function removeEmpty(folder: string, made: string): Promise<void> {
  await quietly(async () => {
    const first = resolve(made);
    const isMade = (path: string) => path === first || path.startsWith(join(first, sep)); // not another that begins with its name
    for (let at = resolve(folder); isMade(at); at = dirname(at)) await rmdir(at); // throws where it isn't empty
  });
}

/** Makes the folder, and gives the first of those that weren't there. */
async function prepare(folder: string, name: string): Promise<string | undefined> {
  const unwritten = (cause: Error) => fail("WRITE_FAILED", `${folder} can't be made or listed: ${cause.message}.`, cause);
  const made = await makeFolders(folder).catch(unwritten);
  const patch = (file: string) => file.startsWith(`${name}_`) && /^\d+_\d+\.png$/.test(file.slice(name.length + 1));
  const before = (await readdir(folder).catch(unwritten)).find((file) => file === ANNOTATION || patch(file));
  if (before !== undefined) {
    fail(
      "INVALID_ARGUMENT",
      `${folder} has patches already, ${before} among them: remove them, or give another folder${before === ANNOTATION ? "" : " or name"}.`,
    );
  }
  return made;
}

/** The annotation file beside the patches. */
const ANNOTATION = "dataset.json";
