import { fail } from "@rsdix/internal";
import type * as tf from "@tensorflow/tfjs-core";

/** Throws unless a tensor's numbers are float32; `name` is the argument, as in "ClipCap: embeddings". */
export function checkFloat32({ dtype }: tf.Tensor, name: string): void {
  if (dtype !== "float32") fail("INVALID_ARGUMENT", `${name} must be float32, got ${dtype}. Convert it with tf.cast(x, "float32").`);
}
