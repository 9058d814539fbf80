import { createRandom, type Random } from "@rsdix/internal";

/** Every value the same. */
export interface ConstantInitializer {
  /** The value. */
  readonly constant: number;
}

/** Draws from a normal distribution with mean 0. */
export interface NormalInitializer {
  /** The standard deviation. */
  readonly normal: number;
}

/** Draws evenly from [-bound, bound). */
export interface UniformInitializer {
  /** The bound. */
  readonly uniform: number;
}

/** How a weight starts. */
export type Initializer = "zeros" | "ones" | ConstantInitializer | NormalInitializer | UniformInitializer;

/** One weight of a model: its name in checkpoints, its shape in memory, how it starts and how it is trained. */
export interface ParameterSpec {
  /** The checkpoint's own (Hugging Face) name. */
  readonly name: string;
  /** The shape in memory. */
  readonly shape: readonly number[];
  /** The values before training. */
  readonly init: Initializer;
  /** A Linear's weight: [out, in] in checkpoints, [in, out] in memory, so that x·W needs no transpose. */
  readonly transposed?: true;
  /** Whether weight decay acts on it: yes for matrices, no (the default) for biases, norms, tables and temperatures. */
  readonly decay?: boolean;
  /** A table with a row a token, which may be held compactly (see `Vocabulary`). */
  readonly vocabulary?: true;
}

/**
 * The values that a weight starts with; they depend only on the seed and its name. A token table draws each row from a stream of its own, so
 * that a compact table starts with exactly the rows that the full one would have.
 */
export function initialValues(spec: ParameterSpec, seed: number, ids?: Int32Array): Float32Array {
  const stream = createRandom(seed).fork(spec.name);
  const width = spec.shape.slice(1).reduce((product, size) => product * size, 1);
  if (!spec.vocabulary) return fill(new Float32Array((spec.shape[0] ?? 1) * width), spec.init, stream);
  const rows = ids?.length ?? spec.shape[0]!;
  const values = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    fill(values.subarray(row * width, (row + 1) * width), spec.init, stream.fork(ids ? ids[row]! : row));
  }
  return values;
}

function fill(values: Float32Array, init: Initializer, random: Random): Float32Array {
  if (init === "zeros") return values;
  if (init === "ones") return values.fill(1);
  if ("constant" in init) return values.fill(init.constant);
  if ("normal" in init) for (let i = 0; i < values.length; i++) values[i] = random.normal() * init.normal;
  else for (let i = 0; i < values.length; i++) values[i] = (random.next() * 2 - 1) * init.uniform;
  return values;
}
