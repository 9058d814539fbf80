import { join } from "node:path";
import type { RgbImage } from "@rsdix/image";
import { decodeImage } from "@rsdix/image/node";
import { checkOptions, checkRange, checkSignal, fail, type RsdixError, show } from "@rsdix/internal";
import { heard } from "./caller-function";
import type { CaptionRecord } from "./caption-dataset";
import { checkFunctions } from "./check-inputs";
import { eachOf } from "./each-of";
import { filenameProblem } from "./filename-problem";

/** Options of `loadImages`. */
export interface LoadImagesOptions {
  /** How many files are read and decoded at a time, 1 to 64; 4 (Node's own number of worker threads) unless told otherwise. */
  readonly concurrency?: number;
  /** Called after each file with how many are done, of how many; what it throws, or rejects with, ends the work. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Stops the loading. */
  readonly signal?: AbortSignal;
  /** What is kept of each image, such as a smaller version: a whole data set at full size may not fit into memory. */
  readonly transform?: (image: RgbImage) => RgbImage;
  /** The most pixels that an image may have, counted before it is decoded; 134,217,728 unless told otherwise. */
  readonly maxPixels?: number;
}

// Enough to see a pattern (a wrong folder, a broken download) without filling the screen.
const NAMED_FILES = 10;

/**
 * Decodes the images of a data set into memory, in the order of the records. All files are tried before an error is thrown, so that one
 * run finds every missing and damaged file.
 *
 * @param records - the images; only `filename` is used.
 * @param dir - the folder that file names are relative to.
 * @param options - `concurrency` (4), `onProgress`, `signal`, `transform` and `maxPixels`.
 * @returns the images, one a record.
 * @throws RsdixError with the count and the first ten of the files that could not be loaded, and the code of the first of them:
 * FILE_NOT_FOUND, FILE_CORRUPT or FILE_TOO_LARGE; INVALID_ARGUMENT for what is no list of records or an option out of range, and for a file name
 * that leaves the folder; ABORTED; MISSING_DEPENDENCY without sharp; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { mkdtemp, rm, writeFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { loadImages } from "@rsdix/data/node";
 * import { encodePng } from "@rsdix/image/node";
 * const folder = await mkdtemp(join(tmpdir(), "example-"));
 * await writeFile(join(folder, "1.png"), await encodePng({ width: 1, height: 1, data: Uint8Array.of(1, 2, 3) }));
 * const [image] = await loadImages([{ filename: "1.png" }], folder);
 * if (image.data[2] !== 3) throw new Error("expected the pixel");
 * await rm(folder, { recursive: true });
 * ```
 */
export async function loadImages(
  records: readonly Pick<CaptionRecord, "filename">[],
  dir: string,
  options: LoadImagesOptions = {},
): Promise<RgbImage[]> {
  checkOptions(options, ["concurrency", "onProgress", "signal", "transform", "maxPixels"], "loadImages");
  const { concurrency = 4, onProgress, signal, transform = (image) => image, maxPixels } = options;
  checkRange(concurrency, "concurrency", { min: 1, max: 64, integer: true });
  if (maxPixels !== undefined) checkRange(maxPixels, "maxPixels", { min: 1, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkFunctions({ onProgress, transform });
  checkSignal(signal);
  if (!Array.isArray(records)) fail("INVALID_ARGUMENT", `loadImages takes a list of records, got ${show(records)}.`);
  if (typeof dir !== "string") fail("INVALID_ARGUMENT", `dir must be a folder's path, got ${show(dir)}.`);
  records.forEach((record: Partial<CaptionRecord> | null, index) => {
    const filename = record?.filename;
    const problem = filenameProblem(filename);
    if (problem) fail("INVALID_ARGUMENT", `The file name of records[${index}] ${problem}, got ${JSON.stringify(filename)}.`);
  });
  const decoding = maxPixels === undefined ? {} : { maxPixels };
  const images = new Array<RgbImage>(records.length);
  const failures = new Map<number, RsdixError>();
  let done = 0;
  await eachOf(records.length, concurrency, async (index) => {
    if (signal?.aborted) fail("ABORTED", `Loading images was stopped after ${done} of ${records.length}.`, signal.reason);
    try {
      images[index] = transform(await decodeImage(join(dir, records[index]!.filename), decoding));
    } catch (error) {
      if (!isAboutOneFile(error)) throw error;
      failures.set(index, error);
    }
    await heard(onProgress?.({ done: ++done, total: records.length }), signal);
  });
  if (failures.size > 0) reportFailures(failures, records.length, dir);
  return images;
}

function isAboutOneFile(error: unknown): error is RsdixError {
  return ["FILE_NOT_FOUND", "FILE_CORRUPT", "FILE_TOO_LARGE"].includes((error as RsdixError).code);
}

function reportFailures(failures: ReadonlyMap<number, RsdixError>, total: number, dir: string): never {
  const ordered = [...failures].sort(([a], [b]) => a - b).map(([, error]) => error);
  const named = ordered.slice(0, NAMED_FILES).map((error) => `\n  ${error.message}`);
  const more = ordered.length > NAMED_FILES ? `\n  and ${ordered.length - NAMED_FILES} more` : "";
  const { code } = ordered[0]!;
  fail(code, `${ordered.length} of ${total} images in ${dir} could not be loaded:${named.join("")}${more}`, ordered[0]);
}
