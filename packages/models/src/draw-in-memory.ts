import type * as tf from "@tensorflow/tfjs-core";
import type { Among } from "./draw";
import { type Choices, checkNumbers } from "./likeliest";
import { BANNED } from "./repetition";

/** Distances from the best score fall into so many bins, so that only one bin is sorted. */
const BINS = 1024;

/** What lies farther below the best score than this has no weight in float32. */
const DEEPEST = 104;

/** `draw` where a tensor's values are at hand. */
export async function drawInMemory(logits: tf.Tensor2D, uniforms: readonly number[], among: Among): Promise<Choices> {
  const [rows, width] = logits.shape;
  const values = await logits.data<"float32">();
  const tokens = new Int32Array(rows);
  const logProbabilities = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const x = values.subarray(row * width, (row + 1) * width);
    tokens[row] = drawRow(x, uniforms[row]!, among);
    logProbabilities[row] = logProbability(x, tokens[row]!);
  }
  checkNumbers(logProbabilities);
  return { count: 1, tokens, logProbabilities };
}

function drawRow(x: Float32Array, uniform: number, { p, topK, temperature }: Among): number {
  const best = maxOf(x);
  const distances = new Float64Array(x.length); // 0 and above; the weight is exp of its negative
  for (let token = 0; token < x.length; token++) distances[token] = (best - x[token]!) / temperature;
  let farthest = Number.POSITIVE_INFINITY;
  if (topK !== undefined && topK < x.length) farthest = reach(distances, () => 1, topK);
  const weigh = (distance: number) => (distance <= farthest ? Math.exp(-distance) : 0);
  const weights = new Float64Array(x.length);
  for (let token = 0; token < x.length; token++) weights[token] = weigh(distances[token]!);
  if (p < 1) {
    farthest = reach(distances, weigh, p * total(weights));
    for (let i = 0; i < weights.length; i++) if (distances[i]! > farthest) weights[i] = 0;
  }
  let left = uniform * total(weights);
  let last = 0;
  for (let token = 0; token < weights.length; token++) {
    if (weights[token] === 0) continue;
    last = token;
    left -= weights[token]!;
    if (left < 0) break;
  }
  return last;
}

/** The least distance within which the weights add up to `target`. */
function reach(distances: Float64Array, weigh: (distance: number) => number, target: number): number {
  const binOf = (distance: number) => Math.min(BINS - 1, Math.floor((distance * BINS) / DEEPEST));
  const bins = new Float64Array(BINS);
  for (let i = 0; i < distances.length; i++) bins[binOf(distances[i]!)]! += weigh(distances[i]!);
  let sum = 0;
  let bin = 0;
  while (bin < BINS - 1 && sum + bins[bin]! < target) sum += bins[bin++]!;
  const sorted = distances.filter((distance) => binOf(distance) === bin).sort();
  for (const distance of sorted) {
    sum += weigh(distance);
    if (sum >= target) return distance;
  }
  return sorted.at(-1) ?? DEEPEST;
}

/** The natural logarithm of a token's probability. */
function logProbability(x: Float32Array, token: number): number {
  const max = maxOf(x);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.exp(x[i]! - max);
  return x[token]! - max - Math.log(Math.max(sum, 1e-30));
}

/** The best score; where all are banned they lie below it. */
function maxOf(x: Float32Array): number {
  let max = BANNED;
  for (let i = 0; i < x.length; i++) if (x[i]! > max) max = x[i]!;
  return max;
}

function total(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]!;
  return sum;
}
