import { RsdixError } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { sentence } from "./discovery-host";

/** What `onLost` is told. */
export interface DeviceLoss {
  /** TensorFlow.js' name of the backend whose device it was. */
  backend: "webgpu" | "webgl";
  /** "destroyed" where the page ended the device itself; "unknown" for all else: a driver that was reset, a GPU that was unplugged or is out of memory. */
  reason: "destroyed" | "unknown";
  /** What the browser says of it. */
  message: string;
}

type Listener = (loss: DeviceLoss) => void;

/** What is used of a GPU backend of tfjs. */
export interface ReadingBackend {
  readonly disposed?: boolean;
  read(dataId: object): Promise<unknown>;
  readSync(dataId: object): unknown;
  /** What every kernel calls. */
  runWebGPUProgram?(...args: unknown[]): unknown;
  runWebGLProgram?(...args: unknown[]): unknown;
}

/** How one kind of device is watched. */
export interface Watched {
  name: DeviceLoss["backend"];
  /** Resolves when the device is lost. */
  lost: Promise<Omit<DeviceLoss, "backend">>;
  /** True where the device can be asked whether it is lost: the promise only resolves when the page is idle. */
  isLost?(): boolean;
  /** True for a tensor whose values are in the page's own memory, which outlive the device. */
  onHost(dataId: object): boolean;
}

interface Watch {
  loss?: DeviceLoss;
  readonly listeners: Set<Listener>;
}

const watches = new WeakMap<object, Watch>();

/** A lost device rejects the reads that it still owes a moment before it says that it is lost. */
const PATIENCE_MS = 1000;

/**
 * Makes operations and reads on a lost device a DEVICE_LOST, also reads under way: stock tfjs gives zeros (`dataSync`), an AbortError or a RangeError
 * that name a buffer, or, on WebGL, nothing ever. A device that went with its backend is no loss.
 */
export function watchLoss(backend: ReadingBackend, { name, lost, isLost, onHost }: Watched): void {
  const watch: Watch = { listeners: new Set() };
  const pending = new Set<(error: unknown) => void>();
  watches.set(backend, watch);

  const declare = ({ reason, message }: Omit<DeviceLoss, "backend">) => {
    if (watch.loss || backend.disposed) return;
    watch.loss = { backend: name, reason, message };
    for (const reject of pending) reject(errorOf(watch.loss));
    for (const listener of watch.listeners) tell(listener, watch.loss);
  };
  void lost.then(declare);
  const check = () => {
    if (!watch.loss && isLost?.()) declare({ reason: "unknown", message: "Its context was lost." });
    if (watch.loss) throw errorOf(watch.loss);
  };

  for (const name of ["runWebGPUProgram", "runWebGLProgram"] as const) {
    const run = backend[name];
    if (!run) continue;
    backend[name] = (...args) => {
      if (watch.loss) check(); // asking the context at each operation would take its time
      try {
        return run.apply(backend, args);
      } catch (error) {
        check();
        throw error;
      }
    };
  }
  const { read, readSync } = backend;
  backend.readSync = (dataId) => {
    if (!onHost(dataId)) check();
    return readSync.call(backend, dataId);
  };
  backend.read = async (dataId) => {
    if (!onHost(dataId)) check();
    return new Promise((resolve, reject) => {
      const settle = (settled: () => void) => {
        pending.delete(reject);
        settled();
      };
      pending.add(reject);
      read.call(backend, dataId).then(
        (values) => settle(() => resolve(values)),
        (error) => {
          const mayBeLost = error instanceof Error && error.name === "AbortError" && !backend.disposed;
          if (mayBeLost) setTimeout(() => settle(() => reject(error)), PATIENCE_MS);
          else settle(() => reject(error));
        },
      );
    });
  };
}

/** Tells a listener when the device of a backend is lost, or that it is; a backend without a device never is. */
export function hearOfLoss(backend: object, listener: Listener): void {
  const watch = watches.get(backend);
  if (watch?.loss) tell(listener, watch.loss);
  else watch?.listeners.add(listener);
}

/** Resolves once it is known whether a backend's device, on which something just failed, is lost. */
export async function isLostSoon(backend: object): Promise<boolean> {
  const watch = watches.get(backend);
  for (let waited = 0; watch && !watch.loss && waited < PATIENCE_MS; waited += 50) await new Promise((resolve) => setTimeout(resolve, 50));
  return watch?.loss !== undefined;
}

/** Gives a backend whose device was lost a fresh one at its next start. Returns whether it was lost. */
export function renewLost(name: string): boolean {
  const { registry, registryFactory } = tf.engine() as unknown as {
    registry: Record<string, object>;
    registryFactory: Record<string, { factory: Parameters<typeof tf.registerBackend>[1]; priority: number }>;
  };
  const [backend, entry] = [registry[name], registryFactory[name]];
  if (!backend || !entry || !watches.get(backend)?.loss) return false;
  tf.removeBackend(name);
  tf.registerBackend(name, entry.factory, entry.priority);
  return true;
}

/** By itself, so that what one throws neither reaches a read nor keeps the others from hearing. */
function tell(listener: Listener, loss: DeviceLoss): void {
  queueMicrotask(() => listener({ ...loss }));
}

function errorOf({ backend, message }: DeviceLoss): RsdixError {
  return new RsdixError(
    "DEVICE_LOST",
    `The GPU's device was lost (${backend}): ${sentence(message)} What was in its memory is gone. Call startBackend() again, which takes a fresh device or another backend, and load the models again.`,
  );
}
