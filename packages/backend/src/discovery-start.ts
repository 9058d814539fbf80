import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import type { Host } from "./discovery-host";

/** Where the kernels of a backend that has started run. */
export interface Started {
  /** "gpu" only where a graphics card computes: a GPU package without its driver, or a software adapter, is "cpu"; undefined when unknown. */
  device: "cpu" | "gpu" | undefined;
  /** Threads of the kernels; undefined where the backend decides that itself. */
  threads: number | undefined;
  /** The graphics card, or what stands in for it, as its driver calls it. */
  adapter?: string;
}

/** What was asked for beside the name. */
export interface Wish {
  /** The user named this backend: what "auto" passes over, such as a software adapter, is taken. */
  explicit: boolean;
  wasmPath: string | undefined;
}

/** Starts one kind of backend and makes it TensorFlow.js' current one, or throws an error whose message is the reason why not. */
export type Start = (host: Host, wish: Wish) => Promise<Started>;

/** True when a backend of this name can be set. */
export function isRegistered(name: string): boolean {
  return Object.hasOwn(tf.engine().registryFactory, name);
}

/** Makes a registered backend the current one. */
export async function activate(name: string): Promise<void> {
  if (!isRegistered(name) || !(await tf.setBackend(name))) {
    fail("BACKEND_UNAVAILABLE", `The TensorFlow.js backend "${name}" does not start on this machine.`);
  }
  await tf.ready();
}

/** Stops the stock cpu backend from recommending tfjs-node, whoever creates it and whenever: `rejected` says more. */
export function silenceCpu(): void {
  const { registry, registryFactory } = tf.engine() as unknown as {
    registry: Record<string, object>;
    registryFactory: Record<string, Entry>;
  };
  const entry = registryFactory.cpu;
  const cpu: { firstUse?: boolean } | undefined = registry.cpu;
  if (cpu) cpu.firstUse = false;
  if (!entry || silenced.has(entry)) return;
  silenced.add(entry);
  const { factory } = entry;
  entry.factory = () => {
    const made = factory();
    if ("firstUse" in made) made.firstUse = false;
    return made;
  };
}

/** How the cpu backend is registered. */
interface Entry {
  factory: () => object;
}

const silenced = new WeakSet<Entry>();
