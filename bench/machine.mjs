// What a result was measured on.
import { availableParallelism, cpus, totalmem } from "node:os";

/** How many threads each side of a suite computes on. */
export const THREADS = 2;

const processor = () => `${cpus()[0].model.trim()}, ${availableParallelism()} cores`;

export function machine() {
  return `${processor()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
}

/** Whether a row's `machine` has the processor of this one, and as many cores: Node's version makes no other machine of it. */
export const isThisMachine = (text) => text.startsWith(`${processor()}, `);

/** Whether there is a native backend that can be loaded. */
export async function nativeIsThere() {
  try {
    const { registerNativeBackend } = await import("@rsdix/backend-native");
    await registerNativeBackend();
    return true;
  } catch {
    return false;
  }
}

/** Ends a suite that lacks what it measures, or measures against: `npm run bench` says so, and goes on with the next. */
export function leaveOut(why) {
  console.error(why);
  process.exit(LEFT_OUT);
}

/** The exit code of a suite that was left out. */
export const LEFT_OUT = 3; // 2 is for what it was started with

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Between what the values lie. */
export const range = (values) => ({ min: Math.min(...values), max: Math.max(...values) });
