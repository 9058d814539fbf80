import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, inject } from "vitest";
import { startBackend } from "../packages/backend/src/index";
import { type TestBackend, testBackends } from "./backends";

declare module "vitest" {
  interface ProvidedContext {
    /** In a browser, which has no environment variables: the list of backends, and where the .wasm files are served. Absent in Node. */
    browser?: { backends: string; wasmPath: string };
  }
}

/** What a GPU backend calls the setting by which it leaves small tensors to the cpu backend. */
const FORWARDS: Partial<Record<TestBackend, string>> = { webgpu: "WEBGPU_CPU_FORWARD", webgl: "WEBGL_CPU_FORWARD" };

/**
 * Runs the same tests on every backend of this run: plain JavaScript and WebAssembly, native where its binary is built, and what RSDIX_TEST_BACKENDS
 * names. They start as in a program; one that cannot start fails its tests.
 */
export function onEachBackend(title: string, body: (backend: TestBackend) => void): void {
  const browser = inject("browser");
  describe.each(browser ? testBackends(browser.backends) : testBackends())(`${title} on %s`, (backend) => {
    beforeAll(async () => {
      await startBackend(backend, browser && backend === "wasm" ? { wasmPath: browser.wasmPath } : {});
      const forward = FORWARDS[backend];
      if (forward) tf.env().set(forward, false);
    });
    afterAll(() => freePrograms(backend));
    body(backend);
  });
}

/** WebGL loses its context over too many programs: a backend that is made anew has none of those that these tests have left. */
async function freePrograms(backend: TestBackend): Promise<void> {
  if (backend !== "webgl") return;
  const factory = tf.findBackendFactory(backend);
  tf.removeBackend(backend);
  tf.registerBackend(backend, factory);
  await tf.setBackend(backend);
}

/** Fails when `body` leaves a tensor behind: what it returns must be plain numbers. */
export function expectNoLeak<T>(body: () => T): T {
  const before = tf.memory().numTensors;
  const result = body();
  expect(tf.memory().numTensors - before, "tensors left behind").toBe(0);
  return result;
}

/** True where the losses look at the values that they are given: on a device reading them would stop the queue. */
export function inHostMemory(backend: string): boolean {
  return ["cpu", "wasm", "native"].includes(backend);
}
