import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import type { Gpu } from "./discovery-adapter";

/** The package "webgpu": Dawn, which is Chromium's WebGPU, as a Node addon. */
export interface Dawn {
  create(flags: string[]): Gpu;
  globals: { GPUBuffer: { prototype: MappableBuffer } };
}

interface MappableBuffer {
  readonly size: number;
  readonly mapState: "unmapped" | "pending" | "mapped";
  mapAsync(mode: number): Promise<void>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
}

/** What is used of tfjs' WebGPUBackend. */
interface WebgpuBackend {
  tensorMap: { get(dataId: object): { dtype: tf.DataType; values?: unknown; resource?: { size: number } } };
  device: { createBuffer(options: { size: number; usage: number }): MappableBuffer & { destroy(): void } };
  commandEncoder: { copyBufferToBuffer(from: object, fromByte: number, to: object, toByte: number, bytes: number): void };
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  convertAndCacheOnCPU(dataId: object, values: unknown): void;
  readSync(dataId: object): unknown;
}

/** GPUBufferUsage.COPY_DST | MAP_READ, and GPUMapMode.READ. */
const STAGING = 8 | 1;
const READ = 1;
const PATIENCE_MS = 60_000; // a minute without an answer is a lost device, not a long queue

/** A `GPU` as browsers have it. */
export function createGpu(dawn: Dawn): Gpu {
  return dawn.create([]);
}

/** Puts WebGPU where tfjs looks for it: its classes among the globals, the GPU at `navigator.gpu`. Returns what takes it away again. */
export function installGpu(dawn: Dawn, gpu: Gpu): () => void {
  const added = Object.keys(dawn.globals).filter((name) => !(name in globalThis));
  Object.assign(globalThis, dawn.globals);
  const remove = globalThis.navigator ? addGpu(globalThis.navigator, gpu) : createNavigator(gpu);
  return () => {
    for (const name of added) Reflect.deleteProperty(globalThis, name);
    remove();
  };
}

/** Node's own navigator, from Node 21 on, stays the object that it is: nothing else may be asked for its private fields, such as `userAgent`. */
function addGpu(navigator: object, gpu: Gpu): () => void {
  const before = Object.getOwnPropertyDescriptor(navigator, "gpu");
  if (before?.configurable === false) return () => undefined; // the program's own GPU, for good
  Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  return () => {
    if (before) Object.defineProperty(navigator, "gpu", before);
    else Reflect.deleteProperty(navigator, "gpu");
  };
}

function createNavigator(gpu: Gpu): () => void {
  const value = { userAgent: `Node.js/${process.versions.node}`, gpu };
  Object.defineProperty(globalThis, "navigator", { value, configurable: true, writable: true });
  return () => Reflect.deleteProperty(globalThis, "navigator");
}

/**
 * Makes `dataSync()` work on WebGPU in Node, where tfjs would draw to a canvas that Node does not have.
 *
 * Dawn learns that the GPU has finished in a callback that it hands to `setImmediate`; calling that callback here lets a buffer become readable
 * without going back to the event loop.
 */
export function enableSyncReads(dawn: Dawn): void {
  const backend = tf.backend() as unknown as WebgpuBackend;
  const buffers = dawn.globals.GPUBuffer.prototype;
  const ticks = collectors.get(buffers) ?? collectTicks(buffers);
  collectors.set(buffers, ticks);
  const stock = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    const { dtype, values, resource } = backend.tensorMap.get(dataId);
    if (values != null || dtype === "string" || dtype === "complex64" || !resource) return stock(dataId); // complex64 comes back for its two parts
    const staging = backend.device.createBuffer({ size: resource.size, usage: STAGING });
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.commandEncoder.copyBufferToBuffer(resource, 0, staging, 0, resource.size);
    backend.submitQueue();
    ticks.until(
      () => staging.mapState === "mapped",
      () => staging.mapAsync(READ),
    );
    const read = tf.util.convertBackendValuesAndArrayBuffer(staging.getMappedRange().slice(0), dtype);
    staging.unmap();
    staging.destroy();
    backend.convertAndCacheOnCPU(dataId, read);
    return read;
  };
}

/** One for a process, also where a second backend is started. */
const collectors = new WeakMap<MappableBuffer, ReturnType<typeof collectTicks>>();

/** Keeps Dawn's callback in sight, also where an `await tensor.data()` that is under way has handed it over already. */
function collectTicks(buffers: MappableBuffer) {
  const { setImmediate: later } = globalThis;
  const { mapAsync } = buffers;
  let waiting: (() => void) | undefined;
  let spinning = false;

  const collecting = <T>(body: () => T): T => {
    const outside = globalThis.setImmediate;
    globalThis.setImmediate = ((tick: () => void) => {
      waiting = tick;
      if (!spinning) later(run, tick);
    }) as typeof setImmediate;
    try {
      return body();
    } finally {
      globalThis.setImmediate = outside;
    }
  };
  const run = (tick: () => void) => {
    if (waiting !== tick) return; // called already
    waiting = undefined;
    collecting(tick);
  };
  buffers.mapAsync = function (this: MappableBuffer, ...args) {
    return collecting(() => mapAsync.apply(this, args));
  };

  return {
    /** Starts something and calls Dawn until it is done. */
    until(done: () => boolean, start: () => Promise<void>): void {
      let failed: unknown;
      spinning = true;
      try {
        start().catch((error) => {
          failed = error;
        });
        const started = performance.now();
        while (!done()) {
          if (!waiting || performance.now() - started > PATIENCE_MS) {
            fail(
              "BACKEND_UNAVAILABLE",
              "The GPU did not answer dataSync(): its device may be lost. Read with `await tensor.data()`.",
              failed,
            );
          }
          run(waiting);
        }
      } finally {
        spinning = false;
        if (waiting) later(run, waiting);
      }
    },
  };
}
