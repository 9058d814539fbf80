import { checkOptions, checkRange, createRandom, fail, show } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { checkFloat32 } from "../check-tensors";

/** Which numbers a dropout draws. */
export interface DropoutStream {
  /** A whole number. */
  readonly seed: number;
  /** The training step, a whole number: every step drops something else. */
  readonly step: number;
  /** The layer, by any name: two layers of one step drop independently. */
  readonly place: string;
}

/** Dropout in a training step. Without it, and where a rate is 0, nothing is computed. */
export interface DropoutOptions {
  /** A whole number; the same seed and step drop the same on every backend. */
  readonly seed: number;
  /** The training step, a whole number. */
  readonly step: number;
  /** Share of the attention weights that is dropped, in [0, 1]. Default 0. */
  readonly attention?: number;
  /** Share of what attention and MLP add to the residual stream, in [0, 1]. Default 0. */
  readonly residual?: number;
  /** Share of the input embeddings, in [0, 1]. Default 0. */
  readonly embedding?: number;
}

/** What may be dropped. */
export type DropoutRate = "attention" | "residual" | "embedding";

const BIT_PATTERNS = 2 ** 32;

/**
 * Inverted dropout: each number becomes 0 with probability `rate`, and the others are divided by 1 - rate, so that the mean stays. What is
 * dropped depends only on seed, step, place and position, not on the backend or on what was drawn before.
 *
 * @param x Any shape `[...]`, float32.
 * @param rate The share to drop, in [0, 1].
 * @param stream Seed, step and place.
 * @returns Shape `[...]`, float32; `x` itself when the rate is 0.
 * @throws INVALID_ARGUMENT for what is no float32 tensor, a rate outside [0, 1], a seed or step that isn't a whole number, or a place that is no
 * text; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import "@tensorflow/tfjs";
 * import * as tf from "@tensorflow/tfjs-core";
 * import { dropout } from "@rsdix/models";
 * const y = dropout(tf.ones([1000]), 0.25, { seed: 1, step: 0, place: "embeddings" });
 * console.log(y.dataSync().filter((value) => value === 0).length); // about 250; the others are 4/3
 * ```
 * @see Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014.
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, stream: DropoutStream): T {
  if (typeof x?.dataSync !== "function" || x.isDisposed)
    fail("INVALID_ARGUMENT", `dropout: x must be a tensor that isn't disposed, got ${show(x)}.`);
  checkFloat32(x, "dropout: x");
  checkRange(rate, "dropout: rate", { min: 0, max: 1 });
  const { place, ...step } = checkOptions(stream, ["seed", "step", "place"], "dropout");
  checkStep(step);
  if (typeof place !== "string") fail("INVALID_ARGUMENT", `dropout: place must be text, got ${show(place)}.`);
  if (rate === 0) return x;
  return tf.tidy(() => tf.mul(x, tf.tensor(mask(x.size, rate, stream), x.shape)) as T);
}

/** `dropout` at the rate that options give to a kind of place. */
export function drop<T extends tf.Tensor>(x: T, options: DropoutOptions | undefined, kind: DropoutRate, place: string): T {
  const rate = options?.[kind] ?? 0;
  return options && rate > 0 ? dropout(x, rate, { seed: options.seed, step: options.step, place }) : x;
}

/** Throws unless options are absent or those of a function that drops at `kinds` of places. */
export function checkDropout(options: DropoutOptions | undefined, kinds: readonly DropoutRate[], where: string): void {
  if (options === undefined) return;
  checkOptions(options, ["seed", "step", ...kinds], `${where}'s dropout`);
  checkStep(options);
  for (const kind of kinds) if (options[kind] !== undefined) checkRange(options[kind], `dropout.${kind}`, { min: 0, max: 1 });
}

function checkStep({ seed, step }: { seed: number; step: number }): void {
  checkRange(seed, "dropout: seed", { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkRange(step, "dropout: step", { min: 0, max: BIT_PATTERNS - 1, integer: true });
}

/**
 * 0 or 1 / (1 - rate) for each position. The project's generator names the stream, and a hash of position and name decides: two rounds of
 * murmur3's finaliser take 4 ns a number where drawing one takes 30, and a training step needs a hundred million.
 */
function mask(size: number, rate: number, { seed, step, place }: DropoutStream): Float32Array {
  const stream = createRandom(seed).fork(step).fork(place);
  const [first, second] = [stream.int(BIT_PATTERNS) | 0, stream.int(BIT_PATTERNS) | 0];
  const below = rate * BIT_PATTERNS;
  const kept = 1 / (1 - rate);
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const drawn = finalise(finalise(i ^ first) ^ second) >>> 0;
    values[i] = drawn < below ? 0 : kept;
  }
  return values;
}

/** MurmurHash3's 32-bit finaliser: every bit of the result depends on every bit of the input. */
function finalise(bits: number): number {
  let x = bits;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}
