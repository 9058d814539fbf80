import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { type Host, loadPackage } from "./discovery-host";

interface WasmModule {
  _malloc(bytes: number): number;
  _free(address: number): void;
  HEAPU8: Uint8Array;
}

/** Loads the wasm backend's package and turns its threads off: its threaded build corrupts memory. */
export async function loadWasm(host: Host, wasmPath?: string): Promise<void> {
  const wasm = await loadPackage<typeof import("@tensorflow/tfjs-backend-wasm")>(host, "@tensorflow/tfjs-backend-wasm");
  if (tf.engine().registry.wasm) {
    const threads = wasm.getThreadsCount();
    if (threads > 1) {
      fail(
        "BACKEND_UNAVAILABLE",
        `The wasm backend already runs on ${threads} threads, where it corrupts memory. Call startBackend before anything starts it.`,
      );
    }
    return;
  }
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  if (wasmPath) wasm.setWasmPaths(wasmPath); // in Node the files are found beside the package's own
}

/** What XNNPACK, which computes inside the module, said when it gave up. */
let refusal: string | undefined;

/**
 * Runs what starts the wasm module, and listens to what the module prints from then on. XNNPACK allocates on its own (it packs weights on first
 * use); when that fails it prints a line, and the result is whatever lay in memory. `checkKernel` makes that an error.
 */
export async function listenToModule(start: () => Promise<void>): Promise<void> {
  const { warn } = console;
  console.warn = (...words: unknown[]) => {
    if (String(words[0]).startsWith("XNN status")) refusal = String(words[0]);
    else warn.apply(console, words);
  };
  try {
    await start(); // the module keeps the function that it finds here
  } finally {
    console.warn = warn;
  }
}

/** Runs a kernel; throws when XNNPACK gave up inside it. */
export function checkKernel<T>(kernel: () => T): T {
  let result: T;
  refusal = undefined;
  try {
    result = kernel();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError && heapIsFull()) failInside(error); // what XNNPACK allocated ended beyond the heap
    throw error;
  }
  if (refusal === undefined) return result;
  const said: string = refusal;
  for (const { dataId } of [result as tf.TensorInfo].flat()) tf.backend().disposeData(dataId);
  if (/status 6\b/.test(said)) failInside(said);
  return fail("BACKEND_WRONG_RESULT", `A kernel of the wasm backend failed: ${said} Use another backend.`);
}

function failInside(cause: unknown): never {
  return fail(
    "OUT_OF_MEMORY",
    `The wasm backend could not allocate memory inside a kernel, as for packing weights (${state()}). ${ADVICE}`,
    cause,
  );
}

const heapIsFull = () => (wasmHeapBytes() ?? 0) > 3.5 * 2 ** 30;

const ADVICE = "Use a smaller batch or model, or dispose tensors that are no longer needed.";

const state = (module = runningModule()) =>
  `its heap ends at 4096 MB; tensors hold ${megabytes(tf.memory().numBytes)}, the heap is ${megabytes(module?.HEAPU8.length ?? 0)}`;

const guarded = new WeakSet<WasmModule>();

/**
 * The wasm heap ends at 4 GiB, and in stock tfjs an allocation that fails returns address 0, where tensors then overwrite each other.
 * This makes it an error at the first such allocation.
 */
export function guardWasmAllocations(module = runningModule()): void {
  if (!module || guarded.has(module)) return;
  guarded.add(module);
  module._free(module._malloc(1)); // emscripten's first call replaces `_malloc` on the module, and would undo the guard
  const malloc = module._malloc.bind(module);
  module._malloc = (bytes) => {
    const address = malloc(bytes);
    // Near the end malloc may also return a block that ends beyond the heap. It is not freed: the next blocks may lie in it.
    if ((address === 0 && bytes > 0) || (address >>> 0) + bytes > module.HEAPU8.length) {
      fail("OUT_OF_MEMORY", `The wasm backend could not allocate ${megabytes(bytes)} (${state(module)}). ${ADVICE}`);
    }
    return address;
  };
}

/**
 * The size of the wasm heap, which grows with what was ever needed at once and never shrinks.
 *
 * @returns Bytes; undefined when another backend runs.
 * @example
 * ```ts
 * import { startBackend, wasmHeapBytes } from "@rsdix/backend";
 * await startBackend("wasm");
 * console.log(`${wasmHeapBytes()! / 2 ** 20} MB`);
 * ```
 * @see https://webassembly.github.io/spec/js-api/ (memories, which grow only)
 */
export function wasmHeapBytes(): number | undefined {
  return runningModule()?.HEAPU8.length;
}

function runningModule(): WasmModule | undefined {
  return tf.getBackend() === "wasm" ? (tf.backend() as unknown as { wasm: WasmModule }).wasm : undefined;
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MB`;
