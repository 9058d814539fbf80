import * as tf from "@tensorflow/tfjs-core";
import { DISTILLATION_SCALE_MAX_FACTOR, DISTILLATION_SCALE_MIN_FACTOR } from "./constants";

/** clamp(exp(τ), 1, 100). */
export function clampedFactor(tau: tf.Scalar): tf.Scalar {
  return tf.clipByValue(tf.exp(tau), DISTILLATION_SCALE_MIN_FACTOR, DISTILLATION_SCALE_MAX_FACTOR);
}

/** 1 where exp(τ) lies within the clamp, both ends included, else 0. */
export function withinClamp(tau: tf.Scalar): tf.Scalar {
  const factor = tf.exp(tau);
  const within = tf.logicalAnd<tf.Scalar>(
    tf.greaterEqual(factor, DISTILLATION_SCALE_MIN_FACTOR),
    tf.lessEqual(factor, DISTILLATION_SCALE_MAX_FACTOR),
  );
  return tf.cast<tf.Scalar>(within, "float32");
}
