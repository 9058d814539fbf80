import { l2Normalize } from "@rsdix/backend";
import type { ImageTextModel } from "@rsdix/models";
import * as tf from "@tensorflow/tfjs-core";

/** A batch's embeddings, one after the other, each scaled to length 1 where `normalize` says so. */
export function encodeBatch(
  model: ImageTextModel,
  { pixels, shape }: { readonly pixels: Float32Array; readonly shape: readonly [number, number, number, number] },
  normalize: boolean,
): Promise<Float32Array> {
  const encoded = tf.tidy(() => {
    const rows = model.encodeImage(tf.tensor4d(pixels, [...shape]));
    return normalize ? l2Normalize(rows) : rows;
  });
  return encoded.data<"float32">().finally(() => encoded.dispose());
}
