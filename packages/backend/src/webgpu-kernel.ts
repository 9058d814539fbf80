import * as tf from "@tensorflow/tfjs-core";
import { type Kernel, runComposed, type Tensors } from "./ops/kernel";
import type { ProgramBackend } from "./webgpu-program";

/** One of our kernels in few programs. */
type Fused<Attributes> = (backend: ProgramBackend, inputs: Readonly<Record<string, tf.TensorInfo>>, attrs: Attributes) => tf.TensorInfo[];

/**
 * Gives WebGPU a kernel of ours. Where `takes` says no, and where there is a tensor of no elements, the composed one runs. In Node a program costs the
 * processor a tenth of a millisecond or more, whatever it computes, and a small number that is written in JavaScript costs more.
 */
export function registerFused<Attributes>(
  kernelName: Kernel["name"],
  fused: Fused<Attributes>,
  takes: (inputs: Readonly<Record<string, tf.TensorInfo>>, attrs: Attributes) => boolean = () => true,
): void {
  if (tf.getKernel(kernelName, "webgpu")) tf.unregisterKernel(kernelName, "webgpu"); // the composed one, where it has run
  tf.registerKernel({
    kernelName,
    backendName: "webgpu",
    kernelFunc({ inputs, attrs, backend }) {
      const given = inputs as unknown as Record<string, tf.TensorInfo>;
      const full = Object.values(given).every(({ shape }) => tf.util.sizeFromShape(shape) > 0);
      if (!full || !takes(given, attrs as Attributes)) return runComposed(kernelName, inputs as unknown as Tensors, attrs as never);
      return fused(backend as ProgramBackend, given, attrs as Attributes);
    },
  });
}
