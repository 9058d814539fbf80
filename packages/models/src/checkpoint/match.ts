import { fail, showShape } from "@rsdix/internal";
import type { ParameterSpec } from "../initialize";
import { type CheckpointTensor, listNames, transposed } from "./checkpoint";

/** The shape that a weight has in checkpoints. */
function checkpointShape(spec: ParameterSpec): number[] {
  return spec.transposed ? [...spec.shape].reverse() : [...spec.shape];
}

/**
 * Checks that a checkpoint holds exactly the arrays that a model needs, all of them float32 and of the right shape, and reports every
 * difference at once: fixing names one error at a time takes a day.
 */
export function checkCheckpoint(
  specs: readonly ParameterSpec[],
  checkpoint: ReadonlyMap<string, CheckpointTensor>,
  ignore: readonly RegExp[] = [],
): void {
  const wanted = new Set(specs.map((spec) => spec.name));
  const missing = specs.filter((spec) => !checkpoint.has(spec.name)).map((spec) => spec.name);
  const unexpected = [...checkpoint.keys()].filter((name) => !wanted.has(name) && !ignore.some((pattern) => name.search(pattern) >= 0));
  const wrong = specs.flatMap((spec) => {
    const found = checkpoint.get(spec.name);
    if (!found) return [];
    const shape = checkpointShape(spec);
    const same = found.dtype === "float32" && found.shape.length === shape.length && found.shape.every((size, i) => size === shape[i]);
    const length = shape.reduce((product, size) => product * size, 1);
    if (same && found.data.length === length) return [];
    return [
      `${spec.name} (expected float32 ${showShape({ shape })}, got ${found.dtype} ${showShape(found)} with ${found.data.length} values)`,
    ];
  });
  const report = [
    missing.length > 0 && `missing: ${listNames(missing)}`,
    unexpected.length > 0 && `unexpected: ${listNames(unexpected)}`,
    wrong.length > 0 && `wrong: ${listNames(wrong)}`,
  ].filter(Boolean);
  if (report.length > 0) {
    fail(
      "CHECKPOINT_MISMATCH",
      `The checkpoint doesn't fit the model: ${report.join("; ")}. Check the model's configuration, and the names' prefix (belowPrefix).`,
    );
  }
}

/** A weight's values as memory has them. */
export function fromCheckpointLayout(spec: ParameterSpec, tensor: CheckpointTensor): Float32Array {
  const data = tensor.data as Float32Array; // checkCheckpoint has seen the dtype
  return spec.transposed ? transposed(data, spec.shape[1]!, spec.shape[0]!) : data;
}

/** A weight's values as checkpoints have them. */
export function toCheckpointLayout(spec: ParameterSpec, values: Float32Array): CheckpointTensor {
  const data = spec.transposed ? transposed(values, spec.shape[0]!, spec.shape[1]!) : values;
  return { dtype: "float32", shape: checkpointShape(spec), data };
}
