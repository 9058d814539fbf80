import { fail, show, showShape } from "@rsdix/internal";
import type { ParameterSpec } from "../initialize";
import { type CheckpointTensor, isTensor, listNames, transposed } from "./checkpoint";

/** An array of a checkpoint that isn't as the model needs it. */
export interface MisshapedArray {
  /** The checkpoint's name. */
  readonly name: string;
  /** The shape that the model needs, as checkpoints have it; float32. */
  readonly expected: readonly number[];
  /** The shape in the checkpoint. */
  readonly found: readonly number[];
  /** What its numbers are in the checkpoint. */
  readonly dtype: string;
}

/** How a checkpoint differs from what a model needs; all three are empty where it fits. */
export interface LoadReport {
  /** Names that the model needs and the checkpoint lacks. */
  readonly missing: readonly string[];
  /** Names that the checkpoint has and the model doesn't need; what was to be ignored isn't among them. */
  readonly unused: readonly string[];
  /** Arrays of another shape, or of integers. */
  readonly misshaped: readonly MisshapedArray[];
}

/** What is compared of an array; of one in memory also how many numbers it really has. */
type Described = Pick<MisshapedArray, "dtype"> & { readonly shape: readonly number[]; readonly data?: { readonly length: number } };

/** More names in a message help nobody; the error's `cause` is the whole report. */
const NAMES_IN_MESSAGE = 20;

/** What files call integers, of which no weight is made: `I64` in safetensors, `int64` in torch. */
const INTEGERS = /^(u?int\d+|[iu]\d+|bool)$/i;

/** The shape that a weight has in checkpoints. */
function checkpointShape(spec: ParameterSpec): number[] {
  return spec.transposed ? [...spec.shape].reverse() : [...spec.shape];
}

/** Finds every difference between what a model needs and what a checkpoint has, without reading a number. */
export function compareCheckpoint(
  specs: readonly ParameterSpec[],
  checkpoint: ReadonlyMap<string, Described>,
  ignore: readonly RegExp[] = [],
): LoadReport {
  if (!Array.isArray(ignore) || !ignore.every((pattern) => pattern instanceof RegExp)) {
    fail("INVALID_ARGUMENT", `ignore must be an array of patterns of names, like [/position_ids$/], got ${show(ignore)}.`);
  }
  const wanted = new Set(specs.map((spec) => spec.name));
  return {
    missing: specs.filter((spec) => !checkpoint.has(spec.name)).map((spec) => spec.name),
    unused: [...checkpoint.keys()].filter((name) => !wanted.has(name) && !ignore.some((pattern) => name.search(pattern) >= 0)),
    misshaped: specs.flatMap((spec) => {
      const array = checkpoint.get(spec.name);
      return array ? misshaped(spec, array) : [];
    }),
  };
}

function misshaped(spec: ParameterSpec, { dtype, shape, data }: Described): MisshapedArray[] {
  const expected = checkpointShape(spec);
  const length = shape.reduce((product, size) => product * size, 1);
  const found = data && data.length !== length ? [data.length] : shape;
  const same = found.length === expected.length && found.every((size, axis) => size === expected[axis]);
  return same && !INTEGERS.test(dtype) ? [] : [{ name: spec.name, expected, found, dtype }];
}

/**
 * Checks that a checkpoint holds exactly the arrays that a model needs, and reports every difference at once: fixing names one error at a time
 * takes a day.
 */
export function refuseDifferences(report: LoadReport): void {
  const wrong = report.misshaped.map(
    ({ name, expected, found, dtype }) =>
      `${name} (expected float32 ${showShape({ shape: expected })}, got ${dtype} ${showShape({ shape: found })})`,
  );
  const kinds = { missing: report.missing, unused: report.unused, "mis-shaped": wrong };
  const differences = Object.entries(kinds).filter(([, names]) => names.length > 0);
  if (differences.length === 0) return;
  const text = differences.map(([kind, names]) => `${kind}: ${listNames(names, NAMES_IN_MESSAGE)}`).join("; ");
  fail(
    "CHECKPOINT_MISMATCH",
    `The checkpoint doesn't fit the model: ${text}. Check the model's configuration, and the names' prefix (belowPrefix).`,
    report,
  );
}

/** The numbers of an array that was just read, which must be what its description promised. */
export function checkRead(spec: ParameterSpec, tensor: CheckpointTensor): CheckpointTensor {
  if (!isTensor(tensor)) fail("INVALID_ARGUMENT", `"${spec.name}" was read as ${show(tensor)}, where { dtype, shape, data } was expected.`);
  const [wrong] = tensor.dtype === "float32" ? misshaped(spec, tensor) : [{ found: tensor.shape, dtype: tensor.dtype }];
  if (!wrong) return tensor;
  return fail(
    "CHECKPOINT_MISMATCH",
    `"${spec.name}" was read as ${wrong.dtype} ${showShape({ shape: wrong.found })}, where float32 ${showShape({ shape: checkpointShape(spec) })} was announced.`,
  );
}

/** A weight's values as memory has them. */
export function fromCheckpointLayout(spec: ParameterSpec, tensor: CheckpointTensor): Float32Array {
  const data = tensor.data as Float32Array; // the dtype was compared
  return spec.transposed ? transposed(data, spec.shape[1]!, spec.shape[0]!) : data;
}

/** A weight's values as checkpoints have them. */
export function toCheckpointLayout(spec: ParameterSpec, values: Float32Array): CheckpointTensor {
  const data = spec.transposed ? transposed(values, spec.shape[0]!, spec.shape[1]!) : values;
  return { dtype: "float32", shape: checkpointShape(spec), data };
}

/** The order to load in: an array and its copy on the backend are in memory together, which costs least while the model is small. */
export function largestFirst(specs: readonly ParameterSpec[]): ParameterSpec[] {
  const size = ({ shape }: ParameterSpec) => shape.reduce((product, length) => product * length, 1);
  return [...specs].sort((a, b) => size(b) - size(a));
}
