import { fail, show } from "@rsdix/internal";
import type { CaptionRecord } from "../caption-dataset";
import type { FileStore } from "../files/file-store";
import { hasFiles, type ImageDataset } from "../image-dataset";
import { selectSplit } from "../select-split";
import { untilAborted } from "../until-aborted";
import { readBatchesOptions, type Settings } from "./batch-options";
import { checkPosition, hashOrder } from "./batch-position";
import { stepTaker } from "./batch-steps";
import { openStream } from "./batch-stream";
import type { Batch, Batches, BatchesOptions, Preprocess } from "./batch-types";
import type { AnyBatch, Run } from "./make-batch";
import { pixelMemory } from "./pixel-memory";
import { checkStep, classNumbers, haveCaptions, planRun } from "./run-plan";

/** Batches of a data set that is still being opened: to be awaited, or iterated over at once. */
export type PendingBatches<B> = Promise<Batches<B>> & AsyncIterable<B>;

/** What `batches` gives for a data set, or for the promise of one. */
export type BatchesOf<D, B> = D extends Promise<ImageDataset> ? PendingBatches<B> : Batches<B>;

/**
 * A data set's images and captions in batches, read and decoded as they are asked for. Each epoch takes every image once, in a new order, with one of its
 * captions drawn anew. What a step has depends on the seed and the step alone: not on workers, nor on what was skipped before, nor on where a run was
 * taken up.
 *
 * @param dataset - a data set with its files, or the promise of one.
 * @param options - batch size, order, preprocessing, workers; only `batchSize` has no default.
 * @returns the batches: `for await (const batch of batches(...))`, or `batch(step)`; of a promised data set a promise, which can be iterated over as well.
 * @throws RsdixError INVALID_ARGUMENT and UNKNOWN_OPTION for options at once. With the data set: EMPTY_DATA when it (or the split) has no image, or only
 *   some images have captions or labels; INVALID_ARGUMENT for a label that is no class, or `tokenize` without captions; CHECKPOINT_MISMATCH for a position
 *   of another run. While iterating: what is wrong with an image, naming it (FILE_NOT_FOUND, FILE_CORRUPT, FILE_TOO_LARGE, SHAPE_MISMATCH); INVALID_ARGUMENT
 *   naming the image (or the step), with the cause, for a `preprocess`, `augmentText` or `tokenize` that throws or gives something else; OUT_OF_MEMORY
 *   for a batch too large; FILE_CORRUPT or OUT_OF_MEMORY when a worker breaks down, naming what it had; EMPTY_DATA when all images of an epoch were skipped;
 *   MISSING_DEPENDENCY without sharp
 *   in Node; ABORTED.
 * @example
 * ```ts
 * import { batches, type ImageDataset } from "@rsdix/data";
 * import { encodePng } from "@rsdix/image/node";
 * const png = await encodePng({ width: 8, height: 8, data: new Uint8Array(192) });
 * const files = { name: "memory", names: async () => ["1.png"], read: async () => png, close: async () => undefined };
 * const images = [{ filename: "1.png", imgid: 1, split: "train" as const, sentences: [{ raw: "a lake" }] }];
 * const dataset: ImageDataset = { dataset: "tiny", images, files };
 * for await (const batch of batches(dataset, { batchSize: 1, seed: 1, preprocess: { size: 4 } })) {
 *   if (batch.shape.join() !== "1,3,4,4" || batch.captions[0] !== "a lake") throw new Error("expected the image and its caption");
 * }
 * ```
 */
export function batches<D extends ImageDataset | Promise<ImageDataset>, P extends Preprocess | undefined = undefined, T = undefined>(
  dataset: D,
  options: BatchesOptions<P, T>,
): BatchesOf<D, Batch<P, T>> {
  return startBatches(dataset, options as BatchesOptions<Preprocess | undefined, unknown>) as BatchesOf<D, Batch<P, T>>;
}

function startBatches(
  dataset: ImageDataset | Promise<ImageDataset>,
  options: BatchesOptions<Preprocess | undefined, unknown>,
): Batches<AnyBatch> | PendingBatches<AnyBatch> {
  const settings = readBatchesOptions(options);
  if (!isPromise(dataset)) return openBatches(dataset, settings);
  const set = untilAborted(
    settings.signal,
    () => "Batches were stopped by the signal.",
    () => dataset,
  );
  const opened = set.then((known) => openBatches(known, settings));
  return Object.assign(opened, {
    async *[Symbol.asyncIterator]() {
      yield* await opened;
    },
  });
}

function openBatches(dataset: ImageDataset, settings: Settings): Batches<AnyBatch> {
  if (!hasFiles(dataset)) {
    fail("INVALID_ARGUMENT", `batches takes a data set with images and files, such as rsicd(...) gives; got ${show(dataset)}.`);
  }
  dataset.images.forEach(checkRecord);
  const { files } = dataset;
  const run = startRun(dataset, settings);
  const { stepsPerEpoch } = run.plan;
  const { batchSize, epochs, position } = settings;
  if (position) checkPosition(position, run.position(0), stepsPerEpoch);
  const steps = stepTaker((step) => openStream(run, files, step, Number.POSITIVE_INFINITY));
  return {
    batchSize,
    size: run.records.length,
    stepsPerEpoch,
    ...(dataset.classes && { classes: dataset.classes }),
    async *[Symbol.asyncIterator]() {
      yield* iterate(run, files, position?.step ?? 0, epochs * stepsPerEpoch);
    },
    async batch(step) {
      checkStep(step, "step");
      const made = await steps.take(step);
      return made ?? fail("EMPTY_DATA", `None of the images of step ${step} of ${run.name} could be used; onSkip is told why.`);
    },
    close: steps.close,
  };
}

function startRun(dataset: ImageDataset, settings: Settings): Run {
  const { split, batchSize, seed } = settings;
  const records = split === undefined ? dataset.images : selectSplit(dataset, split);
  const name = split === undefined ? `"${dataset.dataset}"` : `the split ${split} of "${dataset.dataset}"`;
  if (records.length === 0) fail("EMPTY_DATA", `There is no image in ${name}.`);
  const captioned = haveCaptions(records, name);
  for (const option of ["tokenize", "augmentText", "uniqueCaptions"] as const) {
    if (settings[option] && !captioned) fail("INVALID_ARGUMENT", `${option} needs captions, and ${name} has none.`);
  }
  const plan = planRun({ ...settings, records });
  const memory = pixelMemory(settings.prefetch + 1);
  let order: string | undefined; // of all texts: made when it is needed
  const position = (step: number) => {
    order ??= hashOrder({ ...settings, records });
    return { step, epoch: plan.epoch(step), seed, size: records.length, batchSize, order };
  };
  return { settings, records, plan, captioned, labels: classNumbers(records, dataset.classes, name), memory, name, position };
}

async function* iterate(run: Run, files: FileStore, start: number, end: number): AsyncGenerator<AnyBatch, void, undefined> {
  if (start >= end) return;
  const stream = await openStream(run, files, start, end);
  let barren = 0; // steps without an image, one after the other
  try {
    while (stream.next < end) {
      const batch = await stream.take();
      barren = batch ? 0 : barren + 1;
      if (batch) yield batch;
      if (barren === run.plan.stepsPerEpoch)
        fail("EMPTY_DATA", `No image of ${run.name} could be used in a whole epoch; onSkip is told why.`);
    }
  } finally {
    await stream.close();
  }
}

/** What is read of every record, before a batch is made. */
function checkRecord(record: Partial<CaptionRecord> | null, index: number): void {
  const { filename, sentences } = record ?? {};
  if (typeof filename === "string" && Array.isArray(sentences) && sentences.every((sentence) => typeof sentence?.raw === "string")) return;
  fail("INVALID_ARGUMENT", `images[${index}] must be a record with filename and sentences [{ raw }], got ${show(record)}.`);
}

function isPromise(value: unknown): value is Promise<ImageDataset> {
  return typeof (value as { then?: unknown } | undefined)?.then === "function";
}
