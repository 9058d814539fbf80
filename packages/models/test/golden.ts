import type { Checkpoint } from "../src/checkpoint/checkpoint";

/** An array as the golden scripts write it. */
export interface GoldenTensor {
  shape: number[];
  values: number[];
}

/** A fixture's weights as a checkpoint. */
export function goldenCheckpoint(weights: object): Checkpoint {
  return new Map(
    Object.entries(weights as Record<string, GoldenTensor>).map(([name, { shape, values }]) => [
      name,
      { dtype: "float32", shape, data: Float32Array.from(values) },
    ]),
  );
}
