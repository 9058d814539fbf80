import type * as tf from "@tensorflow/tfjs-core";
import type { Among } from "../src/draw";
import type { Choices } from "../src/likeliest";

/** `draw` in float64, over scores that are read and sorted: what is to be found without doing so. */
export async function drawPlainly(logits: tf.Tensor2D, uniforms: readonly number[], among: Among): Promise<Choices> {
  const rows = await logits.array();
  const tokens = Int32Array.from(rows, (row, i) => drawRow(row, uniforms[i]!, among));
  const logProbabilities = Float32Array.from(rows, (row, i) => {
    const max = row.reduce((a, b) => Math.max(a, b));
    return row[tokens[i]!]! - max - Math.log(total(row.map((x) => Math.exp(x - max))));
  });
  return { count: 1, tokens, logProbabilities };
}

function drawRow(row: readonly number[], uniform: number, { p, topK = row.length, temperature }: Among): number {
  const max = row.reduce((a, b) => Math.max(a, b));
  const best = row.toSorted((a, b) => b - a);
  const weightOf = (x: number) => Math.exp((x - max) / temperature);
  let worst = best[Math.min(topK, row.length) - 1]!;
  const all = total(row.filter((x) => x >= worst).map(weightOf));
  if (p < 1) worst = best[reachedAt(best.map(weightOf), (sum) => sum >= p * all)]!;
  const kept = [...row.keys()].filter((token) => row[token]! >= worst);
  const weights = kept.map((token) => weightOf(row[token]!));
  const number = uniform * total(weights);
  return kept[reachedAt(weights, (sum) => sum > number)]!;
}

/** Where the sum of the weights so far first suffices; the last where it never does. */
function reachedAt(weights: readonly number[], suffices: (sum: number) => boolean): number {
  let sum = 0;
  for (const [i, weight] of weights.entries()) {
    sum += weight;
    if (suffices(sum)) return i;
  }
  return weights.length - 1;
}

const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
