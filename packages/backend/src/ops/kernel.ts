import * as tf from "@tensorflow/tfjs-core";

/** Tensors by name, as kernels take them. */
export type Tensors = Readonly<Record<string, tf.Tensor>>;

/** Numbers, flags and names that a kernel takes beside its tensors. */
export type Attributes = Readonly<Record<string, number | boolean | string | undefined>>;

/**
 * A tfjs kernel of ours. A backend may register its own under the name; on any other the composed one runs, which is written with tfjs's
 * ops. What they share is the contract: names and shapes of inputs and outputs. Outputs after the first are the kernel's own business
 * ("state"): they are only ever handed to the gradient kernel of the same backend.
 */
export interface Kernel {
  readonly name: `Rsdix${string}`;
  readonly composed: (inputs: never, attrs: never) => tf.Tensor[];
}

/** Kernels that have run, by name. */
// For all copies of this code in a process, as what tfjs has of kernels is.
const KERNELS = Symbol.for("@rsdix/backend/kernels");
const shared = globalThis as { [KERNELS]?: Map<string, Kernel> };
shared[KERNELS] ??= new Map();
const kernels = shared[KERNELS];

/** Runs a kernel on the current backend; the outputs are new tensors. */
export function runKernel(kernel: Kernel, inputs: Tensors, attrs: Attributes = {}): tf.Tensor[] {
  const backendName = tf.getBackend();
  kernels.set(kernel.name, kernel);
  if (!hasKernel(kernel, backendName)) {
    tf.registerKernel({
      kernelName: kernel.name,
      backendName,
      kernelFunc: ({ inputs, attrs }) => runComposed(kernel.name, inputs as unknown as Tensors, attrs as never),
    });
  }
  const outputs = tf.engine().runKernel(kernel.name, inputs as tf.NamedTensorMap, attrs as never) as tf.Tensor | tf.Tensor[];
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** What a kernel is made of, for a backend whose own one leaves some calls to it. It is known here once `runKernel` was asked for it. */
export function runComposed(name: Kernel["name"], inputs: Tensors, attrs: Attributes): tf.Tensor[] {
  return tf.tidy(() => kernels.get(name)!.composed(inputs as never, attrs as never));
}

/** Whether a backend has the kernel, by its own or by the composed one once that has run. */
export function hasKernel(kernel: Pick<Kernel, "name">, backendName = tf.getBackend()): boolean {
  return Boolean(tf.getKernel(kernel.name, backendName));
}

/** Whether tfjs is recording what is computed now. */
export function isRecording(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}
