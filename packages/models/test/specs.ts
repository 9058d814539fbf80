import type { CheckpointTensor } from "../src/checkpoint/checkpoint";
import type { ParameterSpec } from "../src/initialize";

/** Weights of each kind that a model may have. */
export const SPECS: ParameterSpec[] = [
  { name: "table", shape: [9, 2], init: { normal: 0.02 }, vocabulary: true },
  { name: "fc.weight", shape: [3, 2], init: { uniform: 0.5 }, transposed: true, decay: true },
  { name: "fc.bias", shape: [2], init: "zeros" },
  { name: "norm", shape: [2], init: "ones" },
  { name: "scale", shape: [], init: { constant: 2.5 } },
];

/** An array of a checkpoint. */
export const f32 = (shape: number[], ...values: number[]): CheckpointTensor => ({
  dtype: "float32",
  shape,
  data: Float32Array.from(values),
});
