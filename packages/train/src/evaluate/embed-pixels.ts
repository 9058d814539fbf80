import type { ImageTextModel } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";

/** A batch's images as embeddings, row-major [n, dim]. */
export async function embedPixels(
  model: ImageTextModel,
  { pixels, shape }: { readonly pixels: Float32Array; readonly shape: readonly [number, number, number, number] },
): Promise<Float32Array> {
  const embedded = tf.tidy(() => model.encodeImage(tf.tensor4d(pixels, [...shape])));
  return embedded.data<"float32">().finally(() => embedded.dispose());
}
