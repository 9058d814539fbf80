import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { refusal } from "../../../test/refusal";
import { startBackend } from "./index";
import { type Dawn, enableSyncReads } from "./webgpu-node";

/** Ticks that a copy takes on the GPU; Infinity is a device that never answers. */
let ticksNeeded = 3;
let events: string[] = [];

/** As Dawn does it: one tick for all buffers waits in `setImmediate`, and hands over the next one until the GPU has finished. */
const pending = new Map<GPUBuffer, () => void>();
let queued = false;

function queueTick(): void {
  if (queued) return;
  queued = true;
  setImmediate(() => {
    queued = false;
    events.push("tick");
    for (const [buffer, resolve] of pending) {
      if (--buffer.left > 0) continue;
      buffer.mapState = "mapped";
      pending.delete(buffer);
      resolve();
    }
    if (pending.size > 0) queueTick();
  });
}

class GPUBuffer {
  mapState = "unmapped";
  left = ticksNeeded;
  constructor(
    readonly size: number,
    private readonly bytes: ArrayBuffer,
  ) {}
  mapAsync(): Promise<void> {
    this.mapState = "pending";
    if (ticksNeeded === Number.POSITIVE_INFINITY) return Promise.reject(new Error("lost"));
    return new Promise((resolve) => {
      pending.set(this, resolve);
      queueTick();
    });
  }
  getMappedRange = () => this.bytes;
  unmap = () => events.push("unmap");
  destroy = () => events.push("destroy");
}

const values = Float32Array.of(1, 2, 3);
const records = new Map<object, { dtype: string; values?: unknown; resource?: object }>();

beforeEach(async () => {
  await startBackend("cpu");
  ticksNeeded = 3;
  events = [];
  const stub = {
    tensorMap: { get: (id: object) => records.get(id) },
    device: { createBuffer: ({ size }: { size: number }) => new GPUBuffer(size, values.buffer) },
    commandEncoder: {
      copyBufferToBuffer: (_: object, __: number, ___: object, ____: number, bytes: number) => events.push(`copy ${bytes}`),
    },
    ensureCommandEncoderReady: () => events.push("encoder"),
    endComputePassEncoder: () => events.push("end pass"),
    submitQueue: () => events.push("submit"),
    convertAndCacheOnCPU: (id: object, read: unknown) => Object.assign(records.get(id)!, { values: read }),
    readSync: (id: object) => records.get(id)!.values,
  };
  tf.registerBackend("webgpu", () => Object.assign(Object.create(tf.findBackend("cpu")), stub), 0);
  await tf.setBackend("webgpu");
  enableSyncReads({ create: () => ({}), globals: { GPUBuffer } } as unknown as Dawn);
});

afterEach(async () => {
  await tf.setBackend("cpu");
  tf.removeBackend("webgpu");
});

/** Data on the GPU, and a read of it. */
function onGpu(): () => unknown {
  const id = {};
  records.set(id, { dtype: "float32", resource: { size: 12 } });
  return () => (tf.backend() as unknown as { readSync(id: object): unknown }).readSync(id);
}

describe("enableSyncReads", () => {
  it("copies, ticks until the copy is there, and keeps what it read", () => {
    const outside = globalThis.setImmediate;
    const read = onGpu();
    expect(read()).toEqual(values);
    expect(events).toEqual(["encoder", "end pass", "copy 12", "submit", "tick", "tick", "tick", "unmap", "destroy"]);
    expect(read()).toEqual(values); // from the cache
    expect(events).toHaveLength(9);
    expect(globalThis.setImmediate).toBe(outside);
  });

  it("takes over a tick that an asynchronous read had queued, and does not repeat it", async () => {
    const asynchronous = new GPUBuffer(12, values.buffer).mapAsync();
    expect(onGpu()()).toEqual(values);
    await asynchronous;
    await new Promise((resolve) => setImmediate(resolve));
    expect(events.filter((event) => event === "tick")).toHaveLength(3); // each once, by whoever came first
  });

  it("is an error when the device does not answer", () => {
    ticksNeeded = Number.POSITIVE_INFINITY;
    expect(onGpu()).toThrow(refusal("BACKEND_UNAVAILABLE", /did not answer.*await tensor.data/));
  });
});
