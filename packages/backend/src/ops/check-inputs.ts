import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";

/**
 * Throws unless `value` is a float32 tensor; `name` is the operation and the argument, as in "linear: x". Kernels read the numbers as they
 * lie in memory, so another type would be computed with silently.
 */
export function checkFloat32(value: tf.Tensor, name: string): void {
  if (value?.dtype === "float32") return;
  fail("INVALID_ARGUMENT", `${name} must be a float32 tensor, got ${describe(value)}. Convert it with tf.cast(x, "float32").`);
}

/** Throws unless `value` is a float32 variable, which can be given new values. */
export function checkVariable(value: tf.Variable, name: string): void {
  checkFloat32(value, name);
  if (!(value instanceof tf.Variable)) fail("INVALID_ARGUMENT", `${name} must be a variable, got a plain tensor. Use tf.variable(tensor).`);
}

/** Throws unless `value` is an int32 tensor. */
export function checkInt32(value: tf.Tensor, name: string): void {
  if (value?.dtype === "int32") return;
  fail("INVALID_ARGUMENT", `${name} must be int32, got ${describe(value)}. Make it with tf.tensor(values, shape, "int32").`);
}

/** Throws unless options came as an object: null, or a number in their place, would be read as no options. */
export function checkIsObject(options: unknown, where: string): void {
  if (typeof options !== "object" || options === null) {
    fail("INVALID_ARGUMENT", `${where}: options must be an object, got ${String(options)}.`);
  }
}

function describe(value: tf.Tensor | undefined): string {
  return value?.dtype ?? (value === null || typeof value !== "object" ? String(value) : "an object that is none");
}
