import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

/** Fails when an asynchronous `body` leaves a tensor behind. */
export async function withoutLeak(body: () => Promise<void>): Promise<void> {
  const before = tf.memory().numTensors;
  await body();
  expect(tf.memory().numTensors - before, "tensors left behind").toBe(0);
}
