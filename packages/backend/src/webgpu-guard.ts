import { fail } from "@rsdix/internal";
import * as tf from "@tensorflow/tfjs-core";
import { type ReadingBackend, watchLoss } from "./device-loss";
import { sentence } from "./discovery-host";
import { replaceKernel } from "./replace-kernel";
import { registerWebgpuAdamW } from "./webgpu-adamw";
import { registerWebgpuAttention } from "./webgpu-attention";
import { mendEmpties, type StoringBackend } from "./webgpu-empties";
import { registerWebgpuLayerNorm } from "./webgpu-layer-norm";
import { registerWebgpuLinear } from "./webgpu-linear";

/** What is used of tfjs' WebGPUBackend. */
interface GuardedBackend extends ReadingBackend {
  device?: {
    limits: { maxStorageBuffersPerShaderStage: number };
    lost?: Promise<{ reason: "destroyed" | "unknown"; message: string }>;
    createComputePipeline?(descriptor: object): { getBindGroupLayout(index: number): object };
    addEventListener(type: "uncapturederror", listener: (event: { error: { message: string }; preventDefault?(): void }) => void): void;
  };
  tensorMap?: { get(dataId: object): { values?: unknown } | undefined };
  bufferManager?: object;
  disposeData(dataId: object): void;
}

const guarded = new WeakSet<object>();
const splitting = new WeakSet<tf.KernelFunc>();

/** Mends what stock tfjs does wrongly on WebGPU without a word, and gives it kernels of ours; for the backend that runs, once. */
export function guardWebgpu(): void {
  const backend = tf.backend() as unknown as GuardedBackend;
  if (!backend.device || guarded.has(backend)) return; // no device: a stand-in
  guarded.add(backend);
  reportErrors(backend);
  keepLayouts(backend.device);
  if (backend.bufferManager) mendEmpties(backend as unknown as StoringBackend);
  const { lost } = backend.device;
  if (lost) watchLoss(backend, { name: "webgpu", lost, onHost: (dataId) => backend.tensorMap?.get(dataId)?.values != null });
  splitSums();
  registerWebgpuAdamW();
  registerWebgpuAttention();
  registerWebgpuLayerNorm();
  registerWebgpuLinear();
}

/** A GPU only logs that it refused a kernel or ran out of memory, and results are zeros: reading one is an error here. */
function reportErrors(backend: GuardedBackend): void {
  let first: { message: string } | undefined;
  backend.device!.addEventListener("uncapturederror", (event) => {
    event.preventDefault?.(); // it is reported below, and need not be logged too
    first ??= event.error;
  });
  const check = () => {
    if (!first) return;
    const { message } = first;
    const memory = first.constructor.name === "GPUOutOfMemoryError" || /exceeds the max buffer size/.test(message);
    first = undefined;
    fail(
      memory ? "OUT_OF_MEMORY" : "BACKEND_WRONG_RESULT",
      memory
        ? `The GPU ran out of memory: ${sentence(message)} Use a smaller batch or model, or dispose tensors that are no longer needed.`
        : `The GPU refused a kernel, so that results are wrong: ${sentence(message)} Use another backend, for example "wasm".`,
    );
  };
  const { read, readSync } = backend;
  backend.read = async (dataId) => {
    const values = await read.call(backend, dataId);
    check();
    return values;
  };
  backend.readSync = (dataId) => {
    const values = readSync.call(backend, dataId);
    check();
    return values;
  };
}

/** tfjs asks a program for the layout of its bindings each time that it runs, and gets a new object. */
function keepLayouts(device: NonNullable<GuardedBackend["device"]>): void {
  const create = device.createComputePipeline?.bind(device);
  if (!create) return;
  device.createComputePipeline = (descriptor) => {
    const pipeline = create(descriptor);
    const ask = pipeline.getBindGroupLayout.bind(pipeline);
    const layouts: object[] = [];
    pipeline.getBindGroupLayout = (index) => {
      layouts[index] ??= ask(index);
      return layouts[index];
    };
    return pipeline;
  };
}

/** Stock `addN` binds one buffer for each summand, of which a kernel may have eight or ten. */
function splitSums(): void {
  const registered = tf.getKernel("AddN", "webgpu");
  if (!registered || splitting.has(registered.kernelFunc)) return; // kernels stay when a backend is renewed
  replaceKernel("AddN", "webgpu", splitSum);
  splitting.add(tf.getKernel("AddN", "webgpu")!.kernelFunc);
}

function splitSum(stock: tf.KernelFunc): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const most = (backend as GuardedBackend).device!.limits.maxStorageBuffersPerShaderStage - 1; // one buffer is the result's
    const sum = (tensors: tf.TensorInfo[]) =>
      stock({ inputs: tensors as unknown as tf.NamedTensorInfoMap, backend, ...(attrs && { attrs }) }) as tf.TensorInfo;
    let [total, ...rest] = inputs as unknown as [tf.TensorInfo, ...tf.TensorInfo[]];
    const first = total;
    do {
      const next = sum([total, ...rest.splice(0, most - 1)]);
      if (total !== first) (backend as GuardedBackend).disposeData(total.dataId);
      total = next;
    } while (rest.length > 0);
    return total;
  };
}
