import { FLOAT32_MAX } from "@rsdix/internal";

/** A value of a step. */
export interface Point {
  readonly step: number;
  readonly value: number;
}

/** Neighbouring steps as one: their mean, the least and the greatest. */
export interface Bucket extends Point {
  readonly low: number;
  readonly high: number;
}

/** Values that a picture of a few hundred points of width can show. */
const BUCKETS = 200;
/** Buckets on either side that the smooth line averages over. */
const REACH = 5;

/** A curve of any length as at most 200 buckets of equally many steps; what is no number is left out. */
export function downsample(points: readonly Point[]): Bucket[] {
  const finite = points.filter(isNumber);
  const size = Math.max(1, Math.ceil(finite.length / BUCKETS));
  return Array.from({ length: Math.ceil(finite.length / size) }, (_, i) => {
    const bucket = finite.slice(i * size, (i + 1) * size);
    const values = bucket.map(({ value }) => value);
    return { step: mean(bucket.map(({ step }) => step)), value: mean(values), low: Math.min(...values), high: Math.max(...values) };
  });
}

/** The mean around each bucket, of equally many before and after it, so that the line neither lags nor leads. */
export function smooth(buckets: readonly Bucket[]): Point[] {
  return buckets.map(({ step }, i) => {
    const reach = Math.min(REACH, i, buckets.length - 1 - i);
    return { step, value: mean(buckets.slice(i - reach, i + reach + 1).map(({ value }) => value)) };
  });
}

/** Whether there is a number to draw; of tensors comes none beyond float32, which an axis could not span. */
export function isNumber({ value }: Point): boolean {
  return Math.abs(value) <= FLOAT32_MAX;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}
