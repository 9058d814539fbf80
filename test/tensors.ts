import "@tensorflow/tfjs"; // registers the gradients, which tfjs-core alone does not do in Node
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect } from "vitest";

/** Runs the same tests on every embedded backend: plain JavaScript and WebAssembly. */
export function onEachBackend(title: string, body: (backend: "cpu" | "wasm") => void): void {
  describe.each(["cpu", "wasm"] as const)(`${title} on %s`, (backend) => {
    beforeAll(async () => {
      tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
      await tf.setBackend(backend);
    });
    body(backend);
  });
}

/** Fails when `body` leaves a tensor behind: what it returns must be plain numbers. */
export function expectNoLeak<T>(body: () => T): T {
  const before = tf.memory().numTensors;
  const result = body();
  expect(tf.memory().numTensors - before, "tensors left behind").toBe(0);
  return result;
}
