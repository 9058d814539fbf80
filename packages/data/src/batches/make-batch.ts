import { ImageProcessor, type RgbImage } from "@rsdix/image";
import { fail } from "@rsdix/internal";
import type { CaptionRecord } from "../caption-dataset";
import type { Settings } from "./batch-options";
import type { BatchPosition } from "./batch-position";
import type { BatchCommon, BatchImages, BatchPixels, SkippedImage } from "./batch-types";
import type { ImagePool } from "./image-pool";
import { isOfAnImage, randomOf } from "./image-work";
import { changeCaption, preprocessOne, tokenizeCaptions } from "./own-functions";
import type { PixelMemory } from "./pixel-memory";
import type { RunPlan } from "./run-plan";
import { captionKey } from "./unique-captions";

/** A run over an opened data set. */
export interface Run {
  readonly settings: Settings;
  readonly records: readonly CaptionRecord[];
  readonly plan: RunPlan;
  readonly captioned: boolean;
  readonly labels: Int32Array | undefined;
  readonly memory: PixelMemory;
  /** Names the data set in messages. */
  readonly name: string;
  position(step: number): BatchPosition;
}

/** A batch of any options. */
export type AnyBatch = BatchCommon & Partial<BatchPixels & BatchImages> & { readonly tokens?: unknown };

/** Makes the batch of a step; undefined where all its images were skipped. */
export async function makeBatch(run: Run, pool: ImagePool, step: number): Promise<AnyBatch | undefined> {
  const { settings, records, plan, labels } = run;
  const epoch = plan.epoch(step);
  const indices = [...plan.indices(step)];
  const stack = settings.processor
    ? pixelStack(indices.length, ImageProcessor.fromConfig(settings.processor), run.memory)
    : imageStack(indices.length);
  const load = async (index: number, row: number): Promise<SkippedImage | undefined> => {
    const record = records[index]!;
    const use = async (image: RgbImage) => {
      const random = settings.custom && randomOf(settings.seed, epoch, record.filename);
      stack.set(row, random ? await preprocessOne(settings.custom!, image, { record, epoch, random }) : image, record.filename);
    };
    try {
      await pool.load({ filename: record.filename, epoch }, use);
      return undefined;
    } catch (error) {
      if (settings.onError !== "skip" || !isOfAnImage(error)) throw error;
      return { record, step, error };
    }
  };
  const problems = await Promise.all(indices.map(load));
  const skipped = problems.filter((problem) => problem !== undefined);
  for (const problem of skipped) await settings.onSkip?.(problem); // in the batch's order, however long each image took
  const rows = problems.flatMap((problem, row) => (problem ? [] : [row]));
  if (rows.length === 0) return undefined;
  const kept = rows.map((row) => indices[row]!);
  const drawn = run.captioned ? await captionsOf(run, kept, epoch) : { captions: [], repeatedCaptions: 0 };
  return {
    ...stack.finish(rows),
    records: kept.map((index) => records[index]!),
    ...drawn,
    ...(labels && { labels: Int32Array.from(kept, (index) => labels[index]!) }),
    ...(settings.tokenize && { tokens: await tokenizeCaptions(settings.tokenize, drawn.captions, { step, epoch }) }),
    ...{ epoch, step, position: run.position(step + 1), skipped },
  };
}

async function captionsOf({ plan, settings, records }: Run, indices: readonly number[], epoch: number) {
  const drawn = indices.map((index) => plan.caption(index, epoch));
  const repeatedCaptions = drawn.length - new Set(drawn.map(captionKey)).size;
  const { augmentText, seed } = settings;
  if (!augmentText) return { captions: drawn, repeatedCaptions };
  const change = (caption: string, i: number) => {
    const record = records[indices[i]!]!;
    return changeCaption(augmentText, caption, { record, epoch, random: randomOf(seed, epoch, record.filename).fork("text") });
  };
  return { captions: await Promise.all(drawn.map(change)), repeatedCaptions };
}

/** Rows of a batch, filled in as images arrive. */
interface Stack {
  set(row: number, image: RgbImage, filename: string): void;
  /** What is in the rows named, which ascend. */
  finish(rows: readonly number[]): BatchPixels | BatchImages;
}

function imageStack(n: number): Stack {
  const images = new Array<RgbImage>(n);
  return {
    set(row, image) {
      images[row] = image;
    },
    finish: (rows) => ({ images: rows.map((row) => images[row]!) }),
  };
}

/** One array for all rows: no other image of float32 is made. */
function pixelStack(n: number, processor: ImageProcessor, memory: PixelMemory): Stack {
  let pixels: Float32Array | undefined;
  let first: { width: number; height: number; filename: string } | undefined;
  return {
    set(row, image, filename) {
      const { width, height, data } = image;
      first ??= { width, height, filename };
      if (width !== first.width || height !== first.height) {
        fail(
          "SHAPE_MISMATCH",
          `Images of a batch must have one size: "${first.filename}" has ${first.width} x ${first.height} pixels after preprocessing, "${filename}" ` +
            `has ${width} x ${height}. Give preprocess a size.`,
        );
      }
      pixels ??= memory.take(n * data.length);
      processor.normalize(image, pixels.subarray(row * data.length, (row + 1) * data.length));
    },
    finish(rows) {
      const { width, height } = first!;
      const length = 3 * height * width;
      for (const [to, row] of rows.entries()) if (to !== row) pixels!.copyWithin(to * length, row * length, (row + 1) * length);
      const kept = rows.length === n ? pixels! : pixels!.slice(0, rows.length * length);
      return { pixels: kept, shape: [rows.length, 3, height, width], release: () => memory.giveBack(kept) };
    },
  };
}
