import { checkRange, createRandom, fail, type Random, show } from "@rsdix/internal";
import { isShape } from "./checkpoint/checkpoint";

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

/** The most numbers of a weight: backends count them in 32 bits. */
const MAX_NUMBERS = 2 ** 31 - 1;

/** Throws unless these are descriptions of weights, each of which a backend can hold. */
export function checkSpecs(specs: readonly ParameterSpec[]): void {
  if (!Array.isArray(specs)) fail("INVALID_ARGUMENT", `specs must be an array of { name, shape, init }, got ${show(specs)}.`);
  const names = new Set<string>();
  for (const spec of specs as readonly ParameterSpec[]) {
    if (typeof spec?.name !== "string") fail("INVALID_ARGUMENT", `A weight must have a name, got ${show(spec?.name)}.`);
    const { name, shape } = spec;
    if (names.has(name)) fail("INVALID_ARGUMENT", `Two weights are called "${name}".`);
    names.add(name);
    const fits = isShape(shape) && (!spec.transposed || shape.length === 2) && (!spec.vocabulary || shape.length > 0);
    const expected = spec.transposed ? "two whole numbers" : spec.vocabulary ? "at least one whole number" : "whole numbers";
    if (!fits) fail("INVALID_ARGUMENT", `The shape of "${name}" must be ${expected}, got ${show(shape)} ${String(shape)}.`);
    const numbers = shape.reduce((product, size) => product * size, 1);
    if (numbers > MAX_NUMBERS) {
      fail(
        "OUT_OF_MEMORY",
        `"${name}" would have ${numbers} numbers ([${shape.join(", ")}]); a backend holds at most ${MAX_NUMBERS} in one.`,
      );
    }
    checkInit(spec);
  }
}

function checkInit({ name, init }: ParameterSpec): void {
  if (init === "zeros" || init === "ones") return;
  const [[kind, value] = ["", undefined], second] = typeof init === "object" && init ? Object.entries(init) : [];
  if (second || !["constant", "normal", "uniform"].includes(kind)) {
    fail("INVALID_ARGUMENT", `The init of "${name}" must be "zeros", "ones", { constant }, { normal } or { uniform }, got ${show(init)}.`);
  }
  checkRange(value, `The init of "${name}", ${kind},`, kind === "constant" ? {} : { min: 0 });
}

/** Memory for numbers; OUT_OF_MEMORY where there is none. */
function numbersOf(name: string, count: number): Float32Array {
  try {
    return new Float32Array(count);
  } catch (error) {
    return fail("OUT_OF_MEMORY", `"${name}" has ${count} numbers, for which there is no memory.`, error);
  }
}

/**
 * The values that a weight starts with; they depend only on the seed and its name. A token table draws each row from a stream of its own, so
 * that a compact table starts with exactly the rows that the full one would have.
 */
export function initialValues(spec: ParameterSpec, seed: number, ids?: Int32Array): Float32Array {
  const stream = createRandom(seed).fork(spec.name);
  const width = spec.shape.slice(1).reduce((product, size) => product * size, 1);
  if (!spec.vocabulary) return fill(numbersOf(spec.name, (spec.shape[0] ?? 1) * width), spec.init, stream);
  const rows = ids?.length ?? spec.shape[0]!;
  const values = numbersOf(spec.name, rows * width);
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
