import { checkRange, fail } from "@rsdix/internal";
import { type BatchPlan, batchPlan } from "../batch-plan";
import type { CaptionRecord } from "../caption-dataset";
import { createRandom } from "../create-random";
import { drawCaption } from "../draw-caption";
import { captionKey, spreadKeys } from "./unique-captions";

/** What decides which images, with which captions, a step takes. */
export interface RunPlanOptions {
  readonly records: readonly CaptionRecord[];
  readonly batchSize: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly uniqueCaptions: boolean;
}

/** The steps of a run, and the caption that an image has in an epoch. */
export interface RunPlan extends BatchPlan {
  /** A pure function of seed, epoch and file name: the same whatever else is in the data set, and in whichever order. */
  caption(index: number, epoch: number): string;
}

/** Plans a run: shuffled, in the order of the records, or with identical captions kept apart. */
export function planRun(options: RunPlanOptions): RunPlan {
  const { records, batchSize, seed, shuffle, dropLast, uniqueCaptions } = options;
  const plan = batchPlan({ size: records.length, batchSize, seed, dropLast });
  const draws = createRandom(seed).fork("caption");
  const caption = (index: number, epoch: number) => {
    const record = records[index]!;
    return drawCaption(record, draws.fork(epoch).fork(record.filename));
  };
  const { stepsPerEpoch } = plan;
  if (uniqueCaptions) return { ...keptApart(plan, options, caption), caption };
  if (shuffle) return { ...plan, caption };
  const indices = (step: number) => {
    const start = (step - plan.epoch(step) * stepsPerEpoch) * batchSize;
    return Int32Array.from({ length: Math.min(batchSize, records.length - start) }, (_, i) => start + i);
  };
  return { stepsPerEpoch, epoch: plan.epoch, indices, caption };
}

function keptApart(plan: BatchPlan, { batchSize, seed }: RunPlanOptions, caption: RunPlan["caption"]): BatchPlan {
  const { stepsPerEpoch } = plan;
  const lots = createRandom(seed).fork("unique captions");
  let cached: { epoch: number; batches: Int32Array[] } | undefined;
  const batchesOf = (epoch: number) => {
    if (cached?.epoch !== epoch) {
      const parts = Array.from({ length: stepsPerEpoch }, (_, i) => plan.indices(epoch * stepsPerEpoch + i));
      const order = Int32Array.from(parts.flatMap((part) => [...part]));
      const keys = Array.from(order, (index) => captionKey(caption(index, epoch)));
      cached = { epoch, batches: spreadKeys(order, keys, batchSize, lots.fork(epoch)) };
    }
    return cached.batches;
  };
  return { ...plan, indices: (step) => batchesOf(plan.epoch(step))[step % stepsPerEpoch]! };
}

/** Whether the images have captions to draw; a few that have none among many that do are an error. */
export function haveCaptions(records: readonly CaptionRecord[], name: string): boolean {
  const captioned = (record: CaptionRecord) => record.sentences.some(({ raw }) => raw.trim() !== "");
  const without = records.find((record) => !captioned(record));
  if (!without) return true;
  const others = records.filter(captioned).length;
  if (others === 0) return false;
  return fail(
    "EMPTY_DATA",
    `The image "${without.filename}" of ${name} has no caption, and ${others} of ${records.length} have: leave it out, or give it one.`,
  );
}

/** The number of each image's class; undefined where the images have none. */
export function classNumbers(
  records: readonly CaptionRecord[],
  classes: readonly string[] | undefined,
  name: string,
): Int32Array | undefined {
  if (!classes || records.every(({ label }) => label === undefined)) return undefined;
  const numbers = new Map(classes.map((label, i) => [label, i]));
  return Int32Array.from(records, ({ filename, label }) => {
    if (label === undefined)
      fail("EMPTY_DATA", `The image "${filename}" of ${name} has no label, and others have: leave it out, or give it one.`);
    return (
      numbers.get(label) ??
      fail("INVALID_ARGUMENT", `The image "${filename}" of ${name} is labelled "${label}", which isn't among its classes.`)
    );
  });
}

/** A step, from 0. */
export function checkStep(step: unknown, name: string): void {
  checkRange(step, name, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
}
