import { readFileSync } from "node:fs";
import { belowPrefix, type Checkpoint, type CheckpointTensor, type Parameters, parseSafetensors } from "@rsdix/models";
import type * as tf from "@tensorflow/tfjs-core";

/** The arrays of a fixture. */
export function goldenArrays(name: string): Checkpoint {
  return parseSafetensors(readFileSync(new URL(`../src/fixtures/${name}.safetensors`, import.meta.url))).tensors;
}

/** A float32 array of a fixture. */
export function floats(arrays: ReadonlyMap<string, CheckpointTensor>, name: string): Float32Array {
  return arrays.get(name)!.data as Float32Array;
}

/** An int32 array of a fixture. */
export function integers(arrays: ReadonlyMap<string, CheckpointTensor>, name: string): Int32Array {
  return arrays.get(name)!.data as Int32Array;
}

/** The float32 arrays below a prefix, in the order of their names, as one: as the scripts in golden/ join them. */
export function joined(
  arrays: ReadonlyMap<string, CheckpointTensor>,
  prefix = "",
  wanted: (name: string) => boolean = () => true,
): number[] {
  const below = belowPrefix(arrays, prefix);
  const names = [...below.keys()].filter(wanted).sort();
  return names.flatMap((name) => [...(below.get(name)!.data as Float32Array)]);
}

/** Gradients in the checkpoint's layout, where a linear layer's weight is [out, in]. */
export function asCheckpoint(of: Parameters, gradients: ReadonlyMap<string, tf.Tensor>): Checkpoint {
  const result: Checkpoint = new Map();
  for (const { name, transposed, shape } of of.specs) {
    const values = (gradients.get(name)?.dataSync() as Float32Array | undefined) ?? new Float32Array(shape.reduce((a, b) => a * b, 1));
    const [rows = 1, columns = 1] = shape;
    const data = transposed ? Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!) : values;
    result.set(name, { dtype: "float32", shape: transposed ? [columns, rows] : [...shape], data });
  }
  return result;
}
