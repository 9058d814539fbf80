import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect } from "vitest";
import { startBackend } from "../packages/backend/src/index";
import { type TestBackend, testBackends } from "./backends";

/**
 * Runs the same tests on every backend of this run: plain JavaScript and WebAssembly, native where its binary is built, and what RSDIX_TEST_BACKENDS
 * names. They start as in a program; one that cannot start fails its tests.
 */
export function onEachBackend(title: string, body: (backend: TestBackend) => void): void {
  describe.each(testBackends())(`${title} on %s`, (backend) => {
    beforeAll(async () => {
      await startBackend(backend);
      if (backend === "webgpu") tf.env().set("WEBGPU_CPU_FORWARD", false); // small tensors would be computed by the cpu backend
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
